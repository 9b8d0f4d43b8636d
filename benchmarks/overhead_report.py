"""What the overhead benchmark's figures say: paired differences, intervals, and the table."""

from __future__ import annotations

import random
from dataclasses import dataclass
from statistics import median
from typing import Any

__all__ = ["Difference", "Row", "difference", "rows", "table"]

_RESAMPLES = 1000

# round, then batch, then CPU seconds a call; of one configuration in one case
Samples = list[list[float]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a configuration costs beyond another, in microseconds a call.

    Attributes:
        median: of the differences between batches that ran right after one another.
        low: lower end of the median's 95 % bootstrap interval, over rounds and then batches.
        high: the upper end.
        minima: the difference between the fastest batches of each.
    """

    median: float
    low: float
    high: float
    minima: float


def difference(ours: Samples, theirs: Samples) -> Difference:
    """Compare two configurations, batch by batch."""
    paired = [
        [1e6 * (a - b) for a, b in zip(one, other, strict=True)]
        for one, other in zip(ours, theirs, strict=True)
    ]
    chance, medians = random.Random(0), list[float]()
    for _ in range(_RESAMPLES):
        chosen = chance.choices(paired, k=len(paired))
        medians.append(median([x for one in chosen for x in chance.choices(one, k=len(one))]))
    medians.sort()
    cut = round(0.025 * _RESAMPLES)
    flat = [x for one in paired for x in one]
    minima = 1e6 * (_least(ours) - _least(theirs))
    return Difference(median(flat), medians[cut], medians[-cut - 1], minima)


def _least(samples: Samples) -> float:
    return min(min(one) for one in samples)


def _middle(samples: Samples) -> float:
    return median([x for one in samples for x in one])


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        work: what was done.
        configuration: by what.
        median: the cost, with its unit.
        interval: of the median.
        minima: the cost by the fastest batches.
        budget: what is allowed, or an empty string.
        verdict: ``ok`` or ``over``, or an empty string where there is no budget.
    """

    work: str
    configuration: str
    median: str
    interval: str
    minima: str
    budget: str = ""
    verdict: str = ""


_TITLES = {
    "small/openai": "small call, openai client",
    "small/http": "small call, HTTP client",
    "small-restored/openai": "small call, one turn restored, openai client",
    "small-restored/http": "small call, one turn restored, HTTP client",
    "one/openai": "200 messages, one turn restored, openai client",
    "one/http": "200 messages, one turn restored, HTTP client",
    "every/openai": "200 messages, 99 turns restored, openai client",
    "every/http": "200 messages, 99 turns restored, HTTP client",
    "cold/http": "200 messages, 99 turns restored, first seen, HTTP client",
    "filled/http": "200 messages, 99 gaps filled, HTTP client",
    "stamped/http": "200 messages, 99 turns restored and call ids mapped back, HTTP client",
    "stream/openai": "500-chunk stream, a chunk, openai client",
    "stream/http": "500-chunk stream, a chunk, HTTP client",
    "talk300/openai": "300 turns in total, openai client (each tenth request measured)",
    "talk75/http": "75 turns in total, HTTP client",
    "talk150/http": "150 turns in total, HTTP client",
    "talk300/http": "300 turns in total, HTTP client",
}
_NAMES = {
    "bare": "bare client (its own cost)",
    "tap": "tap, no layers",
    "memory": "retention, memory",
    "sqlite": "retention, SQLite",
    "memory-sdk": "retention, memory, OTel SDK",
    "otel": "OTel genai-openai",
    "openinference": "OpenInference",
    "otel-memory": "OTel genai-openai and retention",
}
_PEERS = ("otel", "openinference")
_OURS = ("memory", "sqlite", "memory-sdk")
_SMALL = 100.0  # microseconds
_CHUNK = 3.0  # microseconds beside one parse
_GROWTH = 1.05  # noise: five hundredths


def rows(results: dict[str, Any]) -> list[Row]:
    """Judge everything that was measured, in the order of the cases."""
    found: list[Row] = []
    cases, floor = results["cases"], results["floor"]
    for case, by_name in cases.items():
        bare = by_name["bare"]
        parts = results["chunks"] if case.startswith("stream") else 1
        found.append(_own(case, bare, parts))
        gaps = {name: difference(one, bare) for name, one in by_name.items() if name != "bare"}
        limit, text = _budget(case, gaps, floor)
        found += [
            _row(case, name, gap, parts, limit if name in _OURS else None, text)
            for name, gap in gaps.items()
        ]
    return [*found, *_growth(results), *_floors(floor)]


def _own(case: str, bare: Samples, parts: int) -> Row:
    middle, least = (_time(1e6 * of(bare) / parts) for of in (_middle, _least))
    return Row(_TITLES[case], _NAMES["bare"], middle, "", least)


def _row(case: str, name: str, gap: Difference, parts: int, limit: float | None, text: str) -> Row:
    verdict = "" if limit is None else _judged(gap.median / parts, limit)
    return Row(
        _TITLES[case],
        _NAMES[name],
        _time(gap.median / parts, sign=True),
        f"{_time(gap.low / parts)} to {_time(gap.high / parts)}",
        _time(gap.minima / parts, sign=True),
        text if limit is not None else "",
        verdict,
    )


def _judged(cost: float, limit: float) -> str:
    return "ok" if cost <= limit else "over"


def _budget(
    case: str, gaps: dict[str, Difference], floor: dict[str, float]
) -> tuple[float | None, str]:
    """Say what a case may cost, in microseconds; a peer that costs less lowers it."""
    work, _, client = case.partition("/")
    if work in ("small", "small-restored"):
        peers = {_NAMES[name]: gaps[name].median for name in _PEERS if name in gaps}
        lightest = min(peers, key=peers.__getitem__, default="")
        if lightest and peers[lightest] < _SMALL:
            return peers[lightest], f"{_time(peers[lightest])}, as {lightest}"
        return _SMALL, f"{_time(_SMALL)}"
    if work in ("one", "every") and client == "http":
        limit = 2e6 * floor["orjson/long"]
        return limit, f"{_time(limit)}: 2 × orjson"
    if work == "stream" and client == "http":
        limit = 1e6 * floor["msgspec/chunk"] + _CHUNK
        return limit, f"{_time(limit)}: a parse + 3 µs"
    return None, ""


def _growth(results: dict[str, Any]) -> list[Row]:
    """Compare what a byte costs in a long and in a short conversation."""
    found: list[Row] = []
    cases = results["cases"]
    if not {"talk75/http", "talk150/http", "talk300/http"} <= cases.keys():
        return found
    for name in ("memory", "sqlite"):
        costs = {turns: _per_byte(results, name, turns) for turns in (75, 150, 300)}
        if None in costs.values():
            continue
        known = {turns: cost for turns, cost in costs.items() if cost is not None}
        said = ", ".join(f"{turns}: {1e3 * cost:.2f} ns" for turns, cost in known.items())
        ratio = known[300] / known[75]
        found.append(
            Row(
                "cost of a byte sent, 300 turns against 75",
                _NAMES[name],
                f"× {ratio:.2f}",
                said,
                "",
                f"× {_GROWTH}",
                _judged(ratio, _GROWTH),
            )
        )
    return found


def _per_byte(results: dict[str, Any], name: str, turns: int) -> float | None:
    case, sent = f"talk{turns}/http", results["sent"].get(f"talk{turns}/http", {}).get(name)
    by_name = results["cases"][case]
    if not sent or name not in by_name:
        return None
    return difference(by_name[name], by_name["bare"]).median / sent


def _floors(floor: dict[str, float]) -> list[Row]:
    names = {
        "orjson/long": "orjson, parse and dump of the 200 messages",
        "orjson-parse/long": "orjson, parse of the 200 messages",
        "msgspec-raw/long": "msgspec, the 200 messages as raw parts",
        "spans/long": "spans of the 200 messages",
        "orjson/small": "orjson, parse and dump of the small body",
        "msgspec/chunk": "msgspec, parse of a chunk",
        "orjson/chunk": "orjson, parse of a chunk",
    }
    return [Row(names[one], "floor", _time(1e6 * floor[one]), "", "") for one in floor]


def _time(microseconds: float, *, sign: bool = False) -> str:
    mark = "+" if sign and microseconds >= 0 else ""
    size = abs(microseconds)
    if size >= 1e6:
        return f"{mark}{microseconds / 1e6:.2f} s"
    if size >= 1000:
        return f"{mark}{microseconds / 1000:.2f} ms"
    return f"{mark}{microseconds:.{0 if size >= 100 else 1 if size >= 10 else 2}f} µs"


def table(found: list[Row], memory: dict[str, Any]) -> str:
    """Write the table in Markdown."""
    lines = [
        "| work | by | CPU, median | 95 % interval | CPU, minima | budget | |",
        "|---|---|---|---|---|---|---|",
    ]
    before = ""
    for row in found:
        work = row.work if row.work != before else ""
        before = row.work
        cells = (row.configuration, row.median, row.interval, row.minima, row.budget, row.verdict)
        lines.append("| " + " | ".join((work, *cells)) + " |")
    if memory:
        head = "| memory of 300 turns | Python's peak | stays | process's peak |"
        lines += ["", head, "|---|---|---|---|"]
    for name, one in memory.items():
        figures = " | ".join(f"{one[key] / 2**20:.1f} MiB" for key in ("peak", "stays", "rss"))
        lines.append(f"| {_NAMES[name]} | {figures} |")
    return "\n".join(lines)
