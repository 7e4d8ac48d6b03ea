"""The tables of the page: scores with their protocol, and settings."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from kgan.report.charts import number
from kgan.report.folder import Run
from kgan.report.text import escaped
from kgan.scores import ProtocolMismatch, compare

TITLES = {
    "game": "Game",
    "optimizers": "Optimizers",
    "penalties": "Penalties",
    "parts": "Other parts",
    "data": "Data",
}
LONGEST = 400


def scores(runs: Sequence[Run]) -> str:
    """Scores side by side, what they are of, and whether they compare."""
    scored = [run for run in runs if run.scored]
    if not scored:
        return ""
    kept: list[dict] = [run.scored for run in scored if run.scored]
    named = dict.fromkeys(name for record in kept for name in record["scores"])
    rows = [
        (
            name,
            [
                number(record["scores"][name])
                if name in record["scores"]
                else ""
                for record in kept
            ],
        )
        for name in named
    ]
    rows.append(("updates", [_shown(r["run"]["step"]) for r in kept]))
    titles = [run.name for run in scored]
    protocol = _compared([_flat(record["protocol"]) for record in kept])
    origin = _compared([_flat(record["run"]) for record in kept])
    return (
        f"<h2>Scores</h2>{_warning(scored)}{_table(titles, rows)}"
        f"<details><summary>Protocol, in which others must agree to be "
        f"compared</summary>{_table(titles, protocol)}</details>"
        f"<details><summary>Where they come from</summary>"
        f"{_table(titles, origin)}</details>"
    )


def _warning(scored: list[Run]) -> str:
    texts = []
    first = scored[0]
    for other in scored[1:]:
        try:
            compare(first.scored or {}, other.scored or {})
        except ProtocolMismatch as error:
            fields = ", ".join(d.field for d in error.differences[:5])
            texts.append(
                f"{first.name} and {other.name} do not compare: they differ "
                f"in {fields}."
            )
    return "".join(
        f'<div class="alarm past"><b>Other protocols</b>{escaped(text)}</div>'
        for text in texts
    )


def settings(runs: Sequence[Run]) -> str:
    """All that the runs say of themselves; what differs is bold."""
    known = [run for run in runs if run.record]
    if not known:
        return ""
    titles = [run.name for run in known]
    parts = []
    for section, title in TITLES.items():
        flat = [_flat(run.setting(section) or {}) for run in known]
        if any(flat):
            parts.append(f"<h3>{title}</h3>{_table(titles, _compared(flat))}")
    for network in ("generator", "discriminator"):
        parts += [_network(run, network, len(known) > 1) for run in known]
    parts += [_processes(run, len(known) > 1) for run in known]
    return f"<h2>Settings</h2>{''.join(parts)}"


def _network(run: Run, name: str, several: bool) -> str:
    network = run.setting("networks", name)
    if not isinstance(network, dict):
        return ""
    layers = network.get("layers")
    rows = [
        [
            _shown(layer.get(key, ""))
            for key in ("class", "output", "parameters")
        ]
        for layer in (layers if isinstance(layers, list) else [])
        if isinstance(layer, dict)
    ]
    body = "".join(
        "<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    of = f" of {run.name}" if several else ""
    return (
        f"<details><summary>{escaped(f'The {name}{of}')}: "
        f"{escaped(_shown(network.get('parameters')))} parameters</summary>"
        '<div class="table"><table><thead><tr><th>layer</th><th>output</th>'
        f"<th>parameters</th></tr></thead><tbody>{body}</tbody></table></div>"
        "</details>"
    )


def _processes(run: Run, several: bool) -> str:
    """Says where and when each process of a run trained."""
    processes = run.record["processes"] if run.record else []
    if not processes:
        return ""
    titles = [f"from epoch {process['epoch']}" for process in processes]
    rows = _compared([_flat(process["origin"]) for process in processes])
    of = f" of {run.name}" if several else ""
    return (
        f"<details><summary>{escaped(f'Processes{of}')}</summary>"
        f"{_table(titles, rows)}</details>"
    )


def _flat(node: Any, path: str = "") -> dict[str, str]:
    """Returns the leaves of nested dicts as text, by their paths."""
    found: dict[str, str] = {}
    for key, value in node.items() if isinstance(node, dict) else ():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict) and value:
            found |= _flat(value, name)
        elif value is not None and value != {}:
            found[name] = _shown(value)
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        text = {True: "yes", False: "no", None: "none"}[value]
    elif isinstance(value, int):
        text = f"{value:,}" if abs(value) < 10**15 else str(value)[:30]
    elif isinstance(value, float):
        text = number(value)
    elif isinstance(value, list):
        text = ", ".join(_shown(item) for item in value[:50])
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


Row = tuple[str, list[str]]


def _compared(columns: list[dict[str, str]]) -> list[Row]:
    names = dict.fromkeys(name for column in columns for name in column)
    return [(n, [column.get(n, "") for column in columns]) for n in names]


def _table(titles: list[str], rows: list[Row]) -> str:
    head = ""
    if len(titles) > 1:
        cells = "".join(f"<th>{escaped(title)}</th>" for title in titles)
        head = f"<thead><tr><th></th>{cells}</tr></thead>"
    body = "".join(_lines(rows))
    return (
        f'<div class="table"><table>{head}<tbody>{body}</tbody></table></div>'
    )


def _lines(rows: list[Row]) -> Iterator[str]:
    for name, values in rows:
        differs = ' class="differs"' if len(set(values)) > 1 else ""
        cells = "".join(
            f'<td class="number">{escaped(value)}</td>' for value in values
        )
        # Names break between words.
        words = re.sub(r"([._])", r"\1<wbr>", escaped(name))
        yield f"<tr{differs}><th>{words}</th>{cells}</tr>"
