"""Lists and trains presets: `python -m kgan.presets --help`."""

import sys
from collections.abc import Sequence

from kgan.commands import command_parser
from kgan.presets.gallery import draw_presets
from kgan.presets.listing import names
from kgan.presets.training import train
from kgan.terminal import one_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code, 2 for an error of the user."""
    options = command_parser("presets").parse_args(arguments)
    try:
        if options.action == "list":
            if options.picture is not None:
                draw_presets(options.picture)
            print(names())
            return 0
        out = options.out or f"runs/{options.name}"
        card = train(
            options.name,
            out,
            options.images,
            split=options.split,
            data_dir=options.data_dir,
            samples=options.samples,
            resume=not options.restart,
        )
    except (ValueError, OSError, RuntimeError) as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return 2
    measured = card["scores"].items()
    print("Scores:", ", ".join(f"{n} {value:.4g}" for n, value in measured))
    print(
        f"Written to {out}. run.keras is the whole run: the same command goes "
        "on where it was stopped. To ship the preset, copy the files of "
        f"{out}/preset to saved_models/."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
