"""R7, R8: results that are wrong, and look right."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sealegs.jsons import Json, is_object
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.edits import ToolCall
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.tool_response.places import (
    Path,
    is_id,
    leaves,
    replaced,
    share_of,
    spared,
)

__all__ = ["CorruptedValue", "StaleResult"]

_CORRUPTED: Final = Sheet(
    name="corrupted-value",
    code="R7",
    surface="tool_response",
    label="must_abstain",
    summary="values of a result are wrong: a number, a date, a yes that is a no",
    parameters=(
        {"share": 0.0, "factor": 1.1},
        {"share": 0.25, "factor": 10},
        {"share": 0.5, "factor": 10},
    ),
    finds="numbers, dates, and a yes or no",
    source="strands-agents-evals 1.7 (corrupt values), agentgauntlet (mutator), sfi-toolkit",
    checked="that the agent can know better: from a second tool, or from what the values must add "
    "up to. Where nothing else tells, nobody can notice, and the label says nothing",
)

_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})(?!\d)")
_NUMBER = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-]|\.\d)")


@dataclass(frozen=True, slots=True)
class CorruptedValue:
    """Makes some of a result's values wrong, but none that names something.

    Parameters: ``share`` of the values, at least one; ``factor``, what numbers are multiplied with.
    Dates move by as many days, in a text only its first number or date does, and a yes is a no.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> corrupted = CorruptedValue()
    >>> corrupted.result(ToolCall("find", {}), {"id": 7, "seats": 20}, about(corrupted, 2))
    ({'id': 7, 'seats': 200},)
    """

    name: str = _CORRUPTED.name
    sheet: Sheet = _CORRUPTED

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give it with wrong values."""
        if spared(value, about):
            return None
        factor: float = about.parameters["factor"]
        wrong = [
            (path, new)
            for path, old in leaves(value)
            if not is_id(path) and (new := _wrong(old, factor)) is not None
        ]
        if not wrong:
            return None
        count = share_of(len(wrong), about.parameters["share"])
        return (replaced(value, dict(about.draw.sample(wrong, count, "values"))),)


def _wrong(old: Json, factor: float) -> Json:
    """Give another value of the same kind; ``None`` where it has nothing to get wrong."""
    if isinstance(old, bool):
        return not old
    if isinstance(old, int | float):
        return _times(old, factor)
    if not isinstance(old, str):
        return None
    found = _DATE.search(old)
    moved = _moved(found[0], round(factor)) if found else None
    if found and moved:
        return old[: found.start()] + moved + old[found.end() :]
    number = None if found else _NUMBER.search(old)
    if number is None:
        return None
    new = _times(float(number[0]) if "." in number[0] else int(number[0][:300]), factor)
    return old[: number.start()] + str(new) + old[number.end() :]


def _times(old: float, factor: float) -> float | None:
    """Multiply; a whole number stays one, and no number stays what it is."""
    if isinstance(old, float) and not math.isfinite(old):
        return None
    if isinstance(old, int):
        new = old * round(factor * 100) // 100
        return new if new != old else old + 1
    product = old * factor
    return round(product, 6) if math.isfinite(product) and product != old else old + 1.0


def _moved(text: str, days: int) -> str | None:
    """Move a date; ``None`` where it is none, or leaves the calendar."""
    try:
        return (date.fromisoformat(text) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return None


_STALE: Final = Sheet(
    name="stale-result",
    code="R8",
    surface="tool_response",
    label="must_abstain",
    summary="a result is an older one: its dates lie back, and its numbers differ",
    parameters=(
        {"days": 1, "drift": 0.01},
        {"days": 30, "drift": 0.05},
        {"days": 365, "drift": 0.25},
    ),
    finds="numbers and dates",
    source="Failing Tools (ARR, May 2026), ToolBench-X (contradictory sources); the figures are "
    "our own",
    checked="that its age matters to the task, and can be seen: by its dates, or from another tool",
)


@dataclass(frozen=True, slots=True)
class StaleResult:
    """Gives a result as it would have been some days ago.

    A test that has older results gives them as supplies ``variants``: the name of the tool, and the
    result. Otherwise one is made: all dates lie back by as many days, and numbers have drifted. A
    result without a date is left alone, for nobody could see its age.

    Parameters: ``days`` that it is old; ``drift``, by how much numbers differ at the most.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> stale = StaleResult()
    >>> value = {"id": 7, "price": 100.0, "as_of": "2026-03-10"}
    >>> stale.result(ToolCall("quote", {}), value, about(stale, 2))
    ({'id': 7, 'price': 98.68, 'as_of': '2026-02-08'},)
    """

    name: str = _STALE.name
    sheet: Sheet = _STALE

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give the older one."""
        if spared(value, about):
            return None
        given = about.supplies.get("variants")
        if is_object(given) and call.tool in given:
            older = given[call.tool]
            return None if older == value else (older,)
        new: dict[Path, Json] = {}
        dated = False
        for path, old in leaves(value):
            if isinstance(old, str):
                text = _DATE.sub(lambda found: _back(found[0], about), old)
                dated = dated or text != old
                new[path] = text
            elif type(old) in (int, float) and not is_id(path):
                new[path] = _drifted(old, about.parameters["drift"], about.draw.sub(*path))
        return (replaced(value, new),) if dated else None


def _back(text: str, about: About) -> str:
    return _moved(text, -about.parameters["days"]) or text


def _drifted(old: float, drift: float, draw: Draw) -> float:
    if isinstance(old, float) and not math.isfinite(old):
        return old
    factor = 1 + drift * (2 * draw.unit("drift") - 1)
    if isinstance(old, int):
        return old * round(factor * 10_000) // 10_000
    return round(old * factor, 2)
