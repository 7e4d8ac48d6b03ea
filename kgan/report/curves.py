"""The charts of the page."""

from collections.abc import Sequence

from kgan.log_table import names
from kgan.logs import LOSSES
from kgan.report.charts import Series, chart
from kgan.report.folder import Run

# Charts of what a Report measures in one run: title, then curves.
SIDES = (("real", 0), ("fake", 1))
RANGE = "the mean, in the range from least to largest"
MEASURED = (
    ("Logits", "logits", RANGE),
    (
        "Norm of the gradient by the samples",
        "gradients",
        RANGE,
    ),
)


def curves(runs: Sequence[Run]) -> str:
    """Draws what was logged: losses, estimates, metrics, learning rates."""
    apart = {name for run in runs for name in _penalties(run)}
    charts = []
    if len(runs) == 1:
        charts.append(_losses(runs[0]))
    for name in _logged(runs):
        if name in apart or (len(runs) == 1 and name in LOSSES):
            continue
        charts.append(_of_log(runs, name))
    return _section("Curves", charts)


def health(runs: Sequence[Run]) -> str:
    """Draws the discriminator's measures, and its penalties by name."""
    charts = []
    if len(runs) == 1:
        charts += [_sides(runs[0], *row) for row in MEASURED]
    else:
        for title, key, _ in MEASURED:
            for side, _ in SIDES:
                charts.append(
                    _of_health(runs, f"{title}, {side}", f"{side}_{key}_mean")
                )
    charts.append(_spreads(runs))
    charts.append(_of_health(runs, "Images per second", "images_per_second"))
    apart = {name: None for run in runs for name in _penalties(run)}
    charts += [_of_log(runs, name) for name in apart]
    return _section("Health of the training", charts)


def _section(title: str, charts: list[str]) -> str:
    inner = "".join(charts)
    if not inner:
        return ""
    return f'<h2>{title}</h2><div class="charts">{inner}</div>'


def _penalties(run: Run) -> list[str]:
    penalties = run.setting("penalties")
    return list(penalties) if isinstance(penalties, dict) else []


def _logged(runs: Sequence[Run]) -> list[str]:
    """Lists the names of logs, with validation beside training."""
    found = [name for run in runs for name in names(run.logs)]
    return list(dict.fromkeys(n.removeprefix("val_") for n in found))


def _points(history: dict, name: str) -> dict[int, float]:
    return {e: found[name] for e, found in history.items() if name in found}


def _both(run: Run, name: str, label: str, color: int) -> list[Series]:
    """Returns a log's curve, and its validation dashed."""
    of_validation = f"val_{name}"
    return [
        Series(label, _points(run.logs, name), color),
        Series(
            f"{label}, validation",
            _points(run.logs, of_validation),
            color,
            dashed=True,
        ),
    ]


def _losses(run: Run) -> str:
    series = []
    for color, name in enumerate(LOSSES):
        series += _both(run, name, name.replace("_", " "), color)
    return chart("Losses", series)


def _of_log(runs: Sequence[Run], name: str) -> str:
    title = name.replace("_", " ")
    series = []
    for color, run in enumerate(runs):
        label = run.name if len(runs) > 1 else title
        series += _both(run, name, label, color)
    return chart(title, series)


def _of_health(runs: Sequence[Run], title: str, name: str) -> str:
    return chart(
        title,
        [
            Series(
                run.name if len(runs) > 1 else title.lower(),
                _points(run.health, name),
                color,
            )
            for color, run in enumerate(runs)
        ],
    )


def _sides(run: Run, title: str, key: str, note: str) -> str:
    if key == "logits" and run.setting("game", "takes_features"):
        title = "Features"
    series = []
    for side, color in SIDES:
        low, high = (
            _points(run.health, f"{side}_{key}_{end}") for end in ("min", "max")
        )
        band = {e: (low[e], high[e]) for e in low if e in high}
        means = _points(run.health, f"{side}_{key}_mean")
        series.append(Series(f"at {side} samples", means, color, band=band))
    return chart(title, series, note)


def _spreads(runs: Sequence[Run]) -> str:
    series = []
    for color, run in enumerate(runs):
        real = _points(run.health, "real_spread")
        fake = _points(run.health, "fake_spread")
        shares = {e: fake[e] / real[e] for e in fake if real.get(e)}
        label = run.name if len(runs) > 1 else "of real samples"
        series.append(Series(label, shares, color))
    return chart(
        "Spread of the samples",
        series,
        "distance of two samples, to that of two real ones; 1 is as varied",
    )
