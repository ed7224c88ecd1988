"""The timeline of a tree of tasks: bars on one axis of time, in shares that fit any width."""

from dataclasses import dataclass
from typing import Any

from appliance.db.connection import Row
from appliance.ui import wording
from appliance.ui.rendering import span

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_TICKS = 5
ROW, TOP = 36, 20  # pixels


@dataclass(frozen=True)
class Bar:
    """One task: its waiting and its running, in percent of the axis; Y in pixels."""

    title: str
    note: str
    address: str
    kind: str
    depth: int
    y: int
    wait: tuple[float, float]
    run: tuple[float, float] | None


def drawn(rows: list[Row], now: float) -> Row | None:
    """`bars`, `ticks` [(percent, text)] and `height` of tasks with `create_ts, start_ts, completion_ts`,
    `depth`,
    `title`, `address` and `note`; None for no tasks."""
    if not rows:
        return None
    begin = min(row["create_ts"] for row in rows)
    length = max(max(_end(row, now) for row in rows) - begin, 1.0)
    bars = [_bar(row, number, begin, length, now) for number, row in enumerate(rows)]
    return {
        "bars": bars,
        "ticks": _ticks(length),
        "height": TOP + ROW * len(rows) + 4,
        "length": span(length),
    }


def _end(row: Row, now: float) -> float:
    return float(row["completion_ts"] or now)


def _bar(row: Row, number: int, begin: float, length: float, now: float) -> Bar:
    def share(moment: float) -> float:
        return round(100 * (moment - begin) / length, 2)

    started, ended = row["start_ts"], _end(row, now)
    wait = (share(row["create_ts"]), share(started or ended))
    run = (share(started), max(share(ended) - share(started), 0.4)) if started else None
    took = span(ended - started) if started else "waiting" if not row["completion_ts"] else ""
    note = ", ".join(filter(None, (took, row.get("note"))))
    return Bar(
        row["title"],
        note,
        row["address"],
        wording.task(row["state"])["kind"],
        row["depth"],
        TOP + ROW * number,
        (wait[0], max(wait[1] - wait[0], 0)),
        run,
    )


def _ticks(length: float) -> list[tuple[float, str]]:
    step = next((each for each in _STEPS if length / each <= _TICKS), _STEPS[-1] * (int(length / _STEPS[-1] / 5) + 1))
    return [(round(100 * at / length, 2), span(at) if at else "0") for at in _counted(step, length)]


def _counted(step: int, length: float) -> list[int]:
    return [step * number for number in range(int(length * 0.97 / step) + 1)]


def flattened(top: Row, below: dict[str, list[Row]], stage_notes: Any = None) -> list[Row]:
    """A task and all below it as the timeline wants them, in the order in which they were made."""
    rows: list[Row] = []

    def add(task: Row, depth: int) -> None:
        note = stage_notes(task) if stage_notes else ""
        title = wording.method(task["method"]) if depth == 0 else wording.phase(task)
        rows.append({**task, "depth": depth, "title": title, "address": f"/tasks/{task['id']}", "note": note})
        for child in sorted(below.get(str(task["id"]), []), key=lambda each: each["id"]) if depth < 8 else []:
            add(child, depth + 1)

    add(top, 0)
    return rows
