"""Writes the report of runs: `python -m kgan.report DIR...`."""

import sys
from collections.abc import Sequence

from kgan.commands import command_parser
from kgan.report.writing import write
from kgan.terminal import one_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code, 2 for an error of the user."""
    options = command_parser("report").parse_args(arguments)
    try:
        path = write(options.directories, options.out)
    except (ValueError, OSError) as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return 2
    print(one_line(f"wrote {path}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
