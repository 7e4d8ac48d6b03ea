"""Draws curves as inline SVG."""

import dataclasses
import math
from collections.abc import Sequence

from kgan.report.text import escaped

# Okabe and Ito's colours. Colour-blind readers can tell them apart.
COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C6D46",
    "#7F7F7F",
)
WIDTH, HEIGHT = 400, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 10, 26
# A chart with more points than this has no marks and no tooltips.
MARKED = 60


@dataclasses.dataclass(frozen=True)
class Series:
    """Holds one curve.

    Args:
        name: Name in the legend.
        points: Values by epoch.
        color: Index of its colour in `COLORS`.
        dashed: Whether the line is dashed, as for validation.
        band: Least and largest value by epoch, drawn behind the curve.
    """

    name: str
    points: dict[int, float]
    color: int = 0
    dashed: bool = False
    band: dict[int, tuple[float, float]] = dataclasses.field(
        default_factory=dict
    )


def chart(title: str, series: Sequence[Series], note: str = "") -> str:
    """Draws curves against the epoch. Returns "" if there is no point."""
    series = [one for one in series if one.points]
    if not series:
        return ""
    frame = _Frame(series)
    parts = [frame.axes()]
    for one in series:
        parts += [frame.band(one), frame.line(one), frame.lost(one)]
    legend = "".join(_legend(one) for one in series)
    small = f"<small>{escaped(note)}</small>" if note else ""
    label = escaped(f"{title} against the epoch")
    return (
        f"<figure><figcaption>{escaped(title)}{small}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
        f'<div class="legend">{legend}</div></figure>'
    )


def number(value: float) -> str:
    """Formats a number for people."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) < 1e6 and (value == int(value) or abs(value) >= 1000):
        return f"{value:,.0f}"
    return f"{value:.4g}"


class _Frame:
    """Places epochs and values in a chart."""

    def __init__(self, series: Sequence[Series]):
        epochs = [epoch for one in series for epoch in one.points]
        values = [x for one in series for x in one.points.values()]
        values += [
            x for one in series for pair in one.band.values() for x in pair
        ]
        values = [x for x in values if math.isfinite(x) and abs(x) < 1e300]
        self.first, self.last = min(epochs), max(epochs)
        self.ticks = _ticks(min(values, default=0), max(values, default=1))
        self.low, self.high = self.ticks[0], self.ticks[-1]
        self.marked = max(len(one.points) for one in series) <= MARKED

    def x(self, epoch: int) -> float:
        if self.last == self.first:
            return (LEFT + WIDTH - RIGHT) / 2
        share = (epoch - self.first) / (self.last - self.first)
        return round(LEFT + 6 + share * (WIDTH - LEFT - RIGHT - 12), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def axes(self) -> str:
        right = WIDTH - RIGHT
        lines = []
        for tick in self.ticks:
            y = self.y(tick)
            kind = "zero" if tick == 0 else "grid"
            lines.append(
                f'<line class="{kind}" x1="{LEFT}" x2="{right}" y1="{y}" '
                f'y2="{y}"/><text x="{LEFT - 6}" y="{y + 4}" '
                f'text-anchor="end">{number(tick)}</text>'
            )
        for epoch in _whole_ticks(self.first, self.last):
            lines.append(
                f'<text x="{self.x(epoch)}" y="{HEIGHT - 8}" '
                f'text-anchor="middle">{epoch}</text>'
            )
        return "".join(lines)

    def line(self, one: Series) -> str:
        color = COLORS[one.color % len(COLORS)]
        dash = ' stroke-dasharray="5 4"' if one.dashed else ""
        paths, marks = [], []
        for run in _runs(one.points):
            points = " ".join(f"{self.x(e)},{self.y(v)}" for e, v in run)
            paths.append(
                f'<polyline fill="none" stroke="{color}" stroke-width="2"'
                f'{dash} points="{points}"/>'
            )
            # A line through one epoch shows nothing.
            for epoch, value in run if self.marked or len(run) == 1 else []:
                words = escaped(f"{one.name}, epoch {epoch}: {number(value)}")
                marks.append(
                    f'<circle cx="{self.x(epoch)}" cy="{self.y(value)}" '
                    f'r="2.5" fill="{color}"><title>{words}</title></circle>'
                )
        return "".join(paths + marks)

    def band(self, one: Series) -> str:
        color = COLORS[one.color % len(COLORS)]
        pieces = []
        for run in _runs({e: low for e, (low, _) in one.band.items()}):
            lows = [f"{self.x(e)},{self.y(low)}" for e, low in run]
            highs = [
                f"{self.x(e)},{self.y(one.band[e][1])}"
                for e, _ in reversed(run)
                if abs(one.band[e][1]) < 1e300
            ]
            pieces.append(
                f'<polygon fill="{color}" fill-opacity="0.15" '
                f'points="{" ".join(lows + highs)}"/>'
            )
        return "".join(pieces)

    def lost(self, one: Series) -> str:
        """Draws a cross at the foot where a number is not finite."""
        return "".join(
            f'<text class="lost" x="{self.x(epoch)}" y="{HEIGHT - BOTTOM - 2}"'
            f' text-anchor="middle">&#x2715;<title>'
            f"{escaped(f'{one.name}, epoch {epoch}: {value}')}</title></text>"
            for epoch, value in one.points.items()
            if not math.isfinite(value)
        )


def _legend(one: Series) -> str:
    color = COLORS[one.color % len(COLORS)]
    dash = ' stroke-dasharray="4 3"' if one.dashed else ""
    last = one.points[max(one.points)]
    return (
        '<span><svg class="key" viewBox="0 0 16 8" aria-hidden="true">'
        f'<line x1="0" x2="16" y1="4" y2="4" stroke="{color}" '
        f'stroke-width="3"{dash}/></svg>{escaped(one.name)} '
        f"<b>{number(last)}</b></span>"
    )


def _runs(points: dict[int, float]) -> list[list[tuple[int, float]]]:
    """Splits points into runs without a missing number."""
    runs: list[list[tuple[int, float]]] = [[]]
    for epoch, value in sorted(points.items()):
        if math.isfinite(value) and abs(value) < 1e300:
            runs[-1].append((epoch, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _ticks(low: float, high: float) -> list[float]:
    """Picks round numbers from below the least value to above the largest."""
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-12):
        margin = 0.5 * abs(high) if abs(high) > 1e-30 else 1.0
        low, high = low - margin, high + margin
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * min(
        (factor for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough),
        default=10,
    )
    first, last = math.floor(low / step), math.ceil(high / step)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def _whole_ticks(first: int, last: int) -> list[int]:
    step = max(1, math.ceil((last - first) / 5))
    inner = [e for e in range(first, last, step) if last - e >= step / 2]
    return [*inner, last]
