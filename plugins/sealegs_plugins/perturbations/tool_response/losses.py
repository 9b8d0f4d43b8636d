"""R2, R3, R5, R9: results of which something is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.edits import ToolCall
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.tools.values import write_text
from sealegs_plugins.perturbations.tool_response.places import (
    GONE,
    Path,
    fields,
    parts,
    replaced,
    share_of,
    spared,
)

__all__ = ["EmptyResult", "MissingFields", "PartialResult", "TruncatedResult"]

_EMPTY: Final = Sheet(
    name="empty-result",
    code="R2",
    surface="tool_response",
    label="recoverable",
    summary="a result is empty; asked for again, it is there",
    parameters=(
        {"times": 1, "how": "like"},
        {"times": 1, "how": "null"},
        {"times": 2, "how": "nothing"},
    ),
    source="empty responses as most fault injectors for agents have them (agentfuzz, "
    "strands-agents-evals)",
)


@dataclass(frozen=True, slots=True)
class EmptyResult:
    """Empties a result.

    Parameters: ``times`` that the same call's result is empty, 0 for any number; ``how``: ``like``
    gives an empty one of its own kind, ``null`` a null, ``nothing`` no text at all.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> empty = EmptyResult()
    >>> empty.result(ToolCall("find", {}), [1, 2], about(empty))
    ([],)
    """

    name: str = _EMPTY.name
    sheet: Sheet = _EMPTY

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give nothing."""
        if spared(value, about) or value in ("", None) or value in ([], {}):
            return None
        match about.parameters["how"]:
            case "null":
                return (None,)
            case "like" if is_object(value):
                return ({},)
            case "like" if is_array(value):
                return ([],)
            case _:
                return ("",)


_TRUNCATED: Final = Sheet(
    name="truncated-result",
    code="R3",
    surface="tool_response",
    label="recoverable",
    summary="a result breaks off; asked for again, it is whole",
    parameters=(
        {"kept": 0.7, "times": 1},
        {"kept": 0.5, "times": 1},
        {"kept": 0.3, "times": 2},
    ),
    source="agentfuzz (0.2 to 0.7 kept), AgentChaos (0.3 kept)",
)


@dataclass(frozen=True, slots=True)
class TruncatedResult:
    """Cuts a result's text off, in the midst of JSON too.

    Parameters: ``kept``, the share of its text that stays; ``times`` that the same call's result
    breaks off, 0 for any number.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> truncated = TruncatedResult()
    >>> truncated.result(ToolCall("find", {}), {"name": "Ann", "age": 31}, about(truncated, 2))
    ('{"name": "Ann',)
    """

    name: str = _TRUNCATED.name
    sheet: Sheet = _TRUNCATED

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give its beginning."""
        if spared(value, about):
            return None
        text = write_text(value)
        kept = text[: int(len(text) * about.parameters["kept"])]
        return None if kept == text else (kept,)


_MISSING: Final = Sheet(
    name="missing-fields",
    code="R5",
    surface="tool_response",
    label="recoverable",
    summary="a result lacks fields; asked for again, it has them",
    parameters=(
        {"share": 0.0, "times": 1},
        {"share": 0.25, "times": 1},
        {"share": 0.5, "times": 2},
    ),
    finds="objects with fields",
    source="strands-agents-evals 1.7 (remove fields, ratio 0.5)",
)


@dataclass(frozen=True, slots=True)
class MissingFields:
    """Leaves fields of objects out, but none that names something (``id``, ``user_id``…).

    Parameters: ``share`` of the fields, at least one; ``times`` that the same call's result lacks
    them, 0 for any number.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> missing = MissingFields()
    >>> value = {"id": 7, "name": "Ann", "age": 31, "city": "Oslo", "zip": "0150"}
    >>> missing.result(ToolCall("find", {}), value, about(missing, 3))
    ({'id': 7, 'age': 31, 'zip': '0150'},)
    """

    name: str = _MISSING.name
    sheet: Sheet = _MISSING

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give it without them."""
        found = [] if spared(value, about) else fields(value)
        if not found:
            return None
        count = share_of(len(found), about.parameters["share"])
        gone: dict[Path, Json] = dict.fromkeys(about.draw.sample(found, count, "fields"), GONE)
        return (replaced(value, gone),)


_PARTIAL: Final = Sheet(
    name="partial-result",
    code="R9",
    surface="tool_response",
    label="recoverable",
    summary="a result is a part, and says so; asked for again, it is whole",
    parameters=(
        {"kept": 0.75, "times": 1},
        {"kept": 0.5, "times": 1},
        {"kept": 0.25, "times": 2},
    ),
    finds="lists of two items or more, objects that hold one, or texts of several lines",
    source="agentfuzz (partial tool failure), ReliabilityBench (arXiv 2601.06112)",
)

_REASON: Final = "the upstream service timed out before all of it was there"


@dataclass(frozen=True, slots=True)
class PartialResult:
    """Gives the first part of a result's lists, fields or lines, marked as a part.

    Parameters: ``kept``, the share that stays; ``times`` that the same call's result is a part, 0
    for any number.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> partial = PartialResult()
    >>> partial.result(ToolCall("find", {}), {"rows": [1, 2, 3, 4]}, about(partial, 2))[0]["rows"]
    [1, 2]
    """

    name: str = _PARTIAL.name
    sheet: Sheet = _PARTIAL

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give the part."""
        if spared(value, about):
            return None
        kept: float = about.parameters["kept"]
        if is_object(value):
            return _part_of_object(value, kept)
        if is_array(value):
            return _part_of_list(value, kept)
        lines = value.splitlines(keepends=True) if isinstance(value, str) else []
        if len(lines) < 2:
            return None
        rest = "".join(lines[: max(1, int(len(lines) * kept))])
        return (f"{rest.rstrip()}\n[partial: {_REASON}]",)


def _part_of_list(value: list[Json], kept: float) -> tuple[Json] | None:
    if len(value) < 2:
        return None
    items = value[: max(1, int(len(value) * kept))]
    return ({"items": items, "total": len(value), "partial": True, "error": _REASON},)


def _part_of_object(value: dict[str, Json], kept: float) -> tuple[Json] | None:
    lists = {
        path: one[: max(1, int(len(one) * kept))]
        for path, one in parts(value)
        if is_array(one) and len(one) > 1
    }
    if lists:
        outer = {path: one for path, one in lists.items() if not _within(path, lists)}
        rest = replaced(value, outer)
    elif len(value) > 1:
        names = list(value)[: max(1, int(len(value) * kept))]
        rest = {name: value[name] for name in names}
    else:
        return None
    return ({**rest, "partial": True, "error": _REASON},)


def _within(path: Path, others: dict[Path, list[Json]]) -> bool:
    return any(path[:end] in others for end in range(len(path)))
