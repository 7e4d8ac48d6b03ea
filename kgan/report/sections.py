"""The upper parts of the page: where a run is, what is wrong, samples."""

import base64
from collections.abc import Sequence

from kgan.report.alarms import alarms as alarms_of
from kgan.report.charts import number
from kgan.report.folder import Run
from kgan.report.text import escaped

# Epochs used to estimate the time left.
RECENT = 5


def summary(runs: Sequence[Run]) -> str:
    """Of each run, how far it is and how quick."""
    return "".join(_summary(run, len(runs) > 1) for run in runs)


def _summary(run: Run, several: bool) -> str:
    tiles = []
    entries = run.entries
    done = max(run.logs, default=0)
    game = run.setting("game", "class")
    if game is not None:
        tiles.append((escaped(game), "objective"))
    if done:
        planned = run.record["planned"] if run.record else 0
        of = f" of {planned:,}" if planned else ""
        tiles.append((f"{done:,}{of}", "epochs"))
    if entries:
        seconds = sum(entry["seconds"] for entry in entries)
        left = _left(run)
        tiles += [
            (number(entries[-1]["images"]), "images seen"),
            (_pace(entries[-1]), "images per second"),
            (duration(seconds), "trained"),
            ("none" if not left else duration(left), "time left"),
        ]
    found = sum(alarm.now for alarm in alarms_of(run))
    tiles.append((str(found), "alarms now"))
    cells = "".join(
        f'<div class="tile{" wide" if name == "objective" else ""}">'
        f"<b>{value}</b><span>{name}</span></div>"
        for value, name in tiles
    )
    title = f"<h3>{escaped(run.name)}</h3>" if several else ""
    return f'{title}<div class="tiles">{cells}</div>'


def _left(run: Run) -> float:
    """Estimates the seconds of the remaining epochs from the last ones."""
    entries = run.entries
    recent = entries[-RECENT:]
    planned = run.record["planned"] if run.record else 0
    ahead = max(0, planned - entries[-1]["epoch"])
    return ahead * sum(entry["seconds"] for entry in recent) / len(recent)


def _pace(entry: dict) -> str:
    pace = entry["health"].get("images_per_second")
    return "unknown" if pace is None else number(pace)


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 99.5:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02d} min"


def alarms(runs: Sequence[Run]) -> str:
    """Says what is wrong, in words."""
    parts = []
    for run in runs:
        of = f"{escaped(run.name)}: " if len(runs) > 1 else ""
        found = alarms_of(run)
        for alarm in found:
            when = "now" if alarm.now else "earlier"
            kind = "alarm" if alarm.now else "alarm past"
            parts.append(
                f'<div class="{kind}" role="note"><b>{of}'
                f"{escaped(alarm.title)}</b>{escaped(alarm.text)}"
                f"<small>{when}; {_epochs(alarm.epochs)}</small></div>"
            )
        if not found:
            parts.append(
                f'<div class="alarm none"><b>{of}No alarm</b>'
                f"{_looked_at(run)}</div>"
            )
        if run.record and not _saw_real(run):
            parts.append(
                f'<p class="soft">{of}Without real samples no more is known: '
                "pass data= to kgan.callbacks.Report.</p>"
            )
    return f"<h2>Alarms</h2>{''.join(parts)}"


def _saw_real(run: Run) -> bool:
    return any("real_spread" in seen for seen in run.health.values())


def _looked_at(run: Run) -> str:
    seen = run.health.get(max(run.logs, default=0), {})
    if seen.get("real_spread"):
        share = seen["fake_spread"] / seen["real_spread"]
        return (
            "Losses are finite, the discriminator is neither saturated nor "
            f"flat, and two samples differ {share:.2g} times as much as two "
            "real ones."
        )
    if run.record:
        return "Losses are finite."
    return "Logged numbers are finite. kgan.callbacks.Report looks at more."


def _epochs(epochs: tuple[int, ...]) -> str:
    """Writes epochs in words, consecutive ones as a range."""
    ranges: list[list[int]] = []
    for epoch in epochs:
        if ranges and epoch == ranges[-1][1] + 1:
            ranges[-1][1] = epoch
        else:
            ranges.append([epoch, epoch])
    texts = [f"{a}" if a == b else f"{a} to {b}" for a, b in ranges]
    if len(texts) > 6:
        texts = [*texts[:5], f"... {texts[-1]}"]
    return f"epoch{'s' if len(epochs) > 1 else ''} {', '.join(texts)}"


def pictures(runs: Sequence[Run]) -> str:
    """Samples by epoch, with a slider where there is more than one."""
    shown = [run for run in runs if run.pictures]
    epochs = sorted({epoch for run in shown for epoch in run.pictures})
    if not epochs:
        return ""
    slider = ""
    if len(epochs) > 1:
        last = len(epochs) - 1
        slider = (
            '<div class="slider"><button id="play" type="button" hidden>Play'
            '</button><input id="epoch" type="range" min="0" '
            f'max="{last}" value="{last}" step="1" disabled '
            'aria-label="epoch of the samples" '
            f'data-epochs="{" ".join(map(str, epochs))}">'
            f'<output id="said">Epoch {epochs[-1]}</output></div>'
        )
    panels = "".join(_panel(run, len(runs) > 1) for run in shown)
    return f'<h2>Samples</h2>{slider}<div class="pictures">{panels}</div>'


def _panel(run: Run, several: bool) -> str:
    last = max(run.pictures)
    images = "".join(
        f'<img data-epoch="{epoch}" alt="samples after epoch {epoch}" '
        f'src="{_png(content)}"{"" if epoch == last else " hidden"}>'
        for epoch, content in sorted(run.pictures.items())
    )
    title = f"<h3>{escaped(run.name)}</h3>" if several else ""
    return f"<figure data-run>{title}{images}</figure>"


def neighbours(runs: Sequence[Run]) -> str:
    """Samples above the nearest of the data, and how near they are."""
    parts = []
    for run in runs:
        found = (run.record or {}).get("neighbours", {})
        if not found:
            continue
        words = (
            "The nearest of the data to a sample is "
            f"{_number(found, 'fake_to_real')} away; to one of the data the "
            f"nearest other is {_number(found, 'real_to_real')} away "
            f"(medians, Euclidean, of {_number(found, 'data')} real samples)."
        )
        picture = ""
        if run.neighbours is not None:
            picture = (
                '<img alt="samples, and below each the nearest of the data" '
                f'src="{_png(run.neighbours)}">'
            )
            words += " Above: samples; below each, the nearest of the data."
        title = f"<h3>{escaped(run.name)}</h3>" if len(runs) > 1 else ""
        parts.append(f"<figure>{title}{picture}<p>{words}</p></figure>")
    if not parts:
        return ""
    panels = "".join(parts)
    return f'<h2>Nearest neighbours</h2><div class="pictures">{panels}</div>'


def _number(found: dict, name: str) -> str:
    return number(found[name]) if name in found else "unknown"


def _png(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
