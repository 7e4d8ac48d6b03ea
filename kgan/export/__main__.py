"""Writes a generator for other programs: `python -m kgan.export --help`."""

import sys
from collections.abc import Sequence

from kgan.commands import command_parser
from kgan.export.comparing import BATCHES
from kgan.export.exporting import export
from kgan.terminal import one_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code, 2 for an error of the user."""
    options = command_parser("export").parse_args(arguments)
    try:
        done = export(options.source, options.format, options.out)
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return 2
    if done.reason:
        print(one_line(done.reason))
    batches = " and ".join(map(str, BATCHES))
    print(
        one_line(
            f"done: {done.path}, {options.format} of {options.source}, inputs "
            f"{', '.join(done.inputs)}; largest difference from Keras in "
            f"batches of {batches}: {done.difference:.2g}"
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
