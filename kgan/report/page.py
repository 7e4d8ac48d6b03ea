"""One page of one run or several: a file that needs nothing else."""

import base64
import datetime
import hashlib
from collections.abc import Sequence

from kgan.report import curves, sections, tables
from kgan.report.folder import Run
from kgan.report.look import SCRIPT, STYLE
from kgan.report.text import escaped
from kgan.version import __version__


def page(runs: Sequence[Run]) -> str:
    """The report of some runs, as HTML.

    All that is of a file is escaped; the policy in the page's head lets a
    browser load nothing, and run no script but the page's own.
    """
    title = "Training report: " + ", ".join(run.name for run in runs)
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    body = "".join(
        [
            f"<h1>{escaped(title)}</h1>",
            sections.summary(runs),
            sections.alarms(runs),
            sections.pictures(runs),
            curves.curves(runs),
            curves.health(runs),
            tables.scores(runs),
            sections.neighbours(runs),
            tables.settings(runs),
            f"<footer>Written by kgan {__version__}, {now}.</footer>",
        ]
    )
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action "
        f"'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<link rel="icon" href="data:,">'
        f"<title>{escaped(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main><script>{SCRIPT}</script></body></html>\n"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
