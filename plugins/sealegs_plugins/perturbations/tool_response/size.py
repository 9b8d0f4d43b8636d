"""R16: results that are larger than they need be, in another order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.edits import ToolCall
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.tools.values import write_text
from sealegs_plugins.perturbations.tool_response.places import Path, rebuilt, spared

__all__ = ["OversizeResult"]

_SHEET: Final = Sheet(
    name="oversize-result",
    code="R16",
    surface="tool_response",
    label="invariant",
    summary="a result comes with its keys in another order, and with a long trace beside it",
    parameters=(
        {"bytes": 0, "keys": True, "lists": False},
        {"bytes": 8_000, "keys": True, "lists": False},
        {"bytes": 64_000, "keys": True, "lists": False},
    ),
    source="agentbreak (size in bytes), HAL (structural perturbations); the sizes are our own",
)

_LINES: Final = (
    "debug cache: miss, asking the origin",
    "debug pool: connection reused",
    "info handler: request accepted",
    "info handler: response written",
    "debug codec: nothing to transcode",
    "debug scheduler: worker idle",
)


@dataclass(frozen=True, slots=True)
class OversizeResult:
    """Makes a result larger, and shuffles what has no order of its own.

    Parameters: ``bytes`` of trace that are added; ``keys``: whether the keys of objects come in
    another order; ``lists``: whether the items of lists do, which is for tests that know that their
    lists have no order.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> oversize = OversizeResult()
    >>> oversize.result(ToolCall("find", {}), {"a": 1, "b": 2, "c": 3}, about(oversize))
    ({'c': 3, 'a': 1, 'b': 2},)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give the larger one."""
        if spared(value, about):
            return None
        new = _shuffled(value, about)
        size: int = about.parameters["bytes"]
        if size:
            new = _padded(new, _trace(size, about))
        return None if write_text(new) == write_text(value) else (new,)


def _shuffled(value: Json, about: About) -> Json:
    draw = about.draw.sub("order")
    keys, lists = about.parameters["keys"], about.parameters["lists"]

    def copied(path: Path, one: Json) -> Json:
        if is_object(one):
            order = sorted(one, key=lambda key: draw.unit((*path, key))) if keys else one
            return {key: one[key] for key in order}
        return draw.sub(*path).shuffled(one) if lists else list(one)

    return rebuilt(value, copied)


def _trace(size: int, about: About) -> list[str]:
    lines: list[str] = []
    while size > 0:
        line = about.draw.pick(_LINES, f"line/{len(lines)}")
        lines.append(line)
        size -= len(line) + 4
    return lines


def _padded(value: Json, trace: list[str]) -> Json:
    if is_object(value):
        key = next(key for key in ("_trace", "_trace_", "_trace__") if key not in value)
        return {**value, key: trace}
    if is_array(value):
        return {"items": value, "_trace": trace}
    return "\n".join([write_text(value), *trace])
