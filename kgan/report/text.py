"""Text of a run's files, made safe to stand in a page."""

import html

from kgan.terminal import one_line


def escaped(text: object) -> str:
    """Any text as HTML shows it, marks that turn lines around included."""
    # Half a character has no place in UTF-8; `one_line` writes it as an escape.
    return html.escape(one_line(str(text)), quote=True)
