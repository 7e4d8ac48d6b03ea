"""Serves the page of a generator: `python -m kgan.explore --help`."""

import signal
import sys
import time
from collections.abc import Sequence

from kgan.commands import command_parser
from kgan.explore.serving import serve
from kgan.terminal import one_line

LOOPBACK = ("127.", "localhost", "::1")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code, 2 for an error of the user."""
    options = command_parser("explore").parse_args(arguments)
    try:
        with serve(
            options.source,
            options.data,
            split=options.split,
            data_dir=options.data_dir,
            host=options.host,
            port=options.port,
        ) as address:
            print(one_line(f"{address} until Ctrl-C"), flush=True)
            if not options.host.startswith(LOOPBACK):
                print("Other machines that reach this one can open it.")
            # As Ctrl-C, so that the pictures are removed.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
