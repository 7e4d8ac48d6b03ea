"""The figure of a search: score against clip value, a line per n_critic."""

from pathlib import Path
from typing import Any

from kgan.arguments import check_path
from kgan.files import write_bytes
from kgan.images import check_png_path
from kgan.images.plots import png_bytes
from kgan.tuning.trials import check_trials

# Okabe and Ito's colours, which colour-blind readers can tell apart; yellow,
# too light for a line, is left out.
COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)
MARKERS = "osD^vP*X<>"


def plot(trials: list[dict[str, Any]], path: str | Path) -> None:
    """Draws the score against the clip value, with a line per n_critic.

    A point is a trial's median. Its bar goes from the smallest to the largest
    score of its seeds. Crosses at the top are trials that failed.

    Args:
        trials: What `results` or `search` returned.
        path: PNG file to write. Missing directories are made.

    Raises:
        ValueError: If `trials` is something else, if `path` does not end in
            `.png`, or if no completed trial has a clip value.
        OSError: If the file cannot be written.

    Example:

    ```python
    kgan.tuning.plot(kgan.tuning.results(tuner), "runs/clip_values.png")
    ```
    """
    check_trials(trials)
    check_png_path(check_path("path", path))
    trials = [trial for trial in trials if "clip_value" in trial]
    completed = [trial for trial in trials if trial["score"] is not None]
    if not completed:
        raise ValueError(
            "`trials` must hold one that completed and has a clip value. "
            f"Received: {len(trials)} with a clip value, none completed"
        )
    # Not pyplot: its figures and backend are global state of the program.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    for index, n_critic in enumerate(sorted({t["n_critic"] for t in trials})):
        _draw(axes, [t for t in trials if t["n_critic"] == n_critic], index)
    axes.set(
        xscale="log",
        xlabel="clip value",
        ylabel=completed[0]["objective"].removeprefix("val_").replace("_", " "),
    )
    smallest = min(t["smallest"] for t in completed)
    largest = max(t["largest"] for t in completed)
    if smallest > 0 and largest / smallest > 20:
        axes.set_yscale("log")
    axes.grid(alpha=0.3, which="both")
    axes.legend(title="n_critic", fontsize="small", ncols=2)
    updates = completed[0]["budget"]
    counts = sorted({t[updates] for t in completed})
    number = f"{counts[0]:,}" + (
        f" to {counts[-1]:,}" if len(counts) > 1 else ""
    )
    seeds = max(len(t["seeds"]) for t in completed)
    axes.set_title(
        f"{number} {updates.replace('_', ' ')}, median and range of {seeds} "
        f"seed{'s' if seeds > 1 else ''}",
        fontsize="medium",
    )
    write_bytes(path, png_bytes(figure))


def _draw(axes: Any, trials: list[dict[str, Any]], index: int) -> None:
    """Draws the line of one n_critic."""
    style = {
        "color": COLORS[index % len(COLORS)],
        "marker": MARKERS[index % len(MARKERS)],
        "label": str(trials[0]["n_critic"]),
    }
    done = sorted(
        (t for t in trials if t["score"] is not None),
        key=lambda t: t["clip_value"],
    )
    axes.errorbar(
        [t["clip_value"] for t in done],
        [t["score"] for t in done],
        yerr=[
            [t["score"] - t["smallest"] for t in done],
            [t["largest"] - t["score"] for t in done],
        ],
        linestyle="-" if index < len(COLORS) else "--",
        # So that overlapping bars can be distinguished.
        capsize=2 + index % 4,
        elinewidth=1,
        markersize=5,
        **style,
    )
    failed = [t["clip_value"] for t in trials if t["score"] is None]
    axes.plot(
        failed,
        [0.985 - 0.03 * index] * len(failed),
        "x",
        color=style["color"],
        transform=axes.get_xaxis_transform(),
    )
