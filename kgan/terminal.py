"""Text of files and names of files, made safe to print."""


def printable(text: str) -> str:
    r"""Escapes what a terminal would act on, or could not show.

    Control characters, such as those that begin a terminal's commands, marks
    that reorder a line, and halves of characters become escapes such as
    `\x1b`. Ends of lines stay.

    Args:
        text: Any text.
    """
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def one_line(text: str) -> str:
    r"""Escapes ends of lines as well, for a name within a line."""
    return printable(text).replace("\n", "\\n")
