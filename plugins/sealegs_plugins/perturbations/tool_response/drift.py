"""R6: results whose shape has changed, and nothing of what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.edits import ToolCall
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.tool_response.places import Path, rebuilt, spared

__all__ = ["ResultDrift", "respelled", "undrifted"]

_SHEET: Final = Sheet(
    name="result-drift",
    code="R6",
    surface="tool_response",
    label="invariant",
    summary="a result's keys are spelled in another case, and it stands in an envelope",
    parameters=(
        {"words": False, "envelope": ()},
        {"words": False, "envelope": ("data",)},
        {"words": True, "envelope": ("response", "data")},
    ),
    finds="objects with keys that can be spelled otherwise",
    source="HAL's tau presets (key case; with a wrapper; nested), agentfuzz (schema drift). Dates "
    "and values stay as they are: those presets' shorter spellings can be read in two ways",
)

_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)+")
_CAMEL = re.compile(r"[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+")
_WORD = re.compile(r"[a-z][a-z0-9]*")
_CAPITAL = re.compile(r"[A-Z][a-z0-9]*")


@dataclass(frozen=True, slots=True)
class ResultDrift:
    """Changes the shape of a JSON result as a new version of its service might.

    ``user_id`` becomes ``userId`` and the other way round, so that no two keys meet. `undrifted`
    finds the old shape again.

    Parameters: ``words``: whether keys of one word get a capital too; ``envelope``: keys of objects
    around it, the outer one first.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> drift = ResultDrift()
    >>> drift.result(ToolCall("find", {}), {"user_id": 7, "name": "Ann"}, about(drift, 3))
    ({'response': {'data': {'userId': 7, 'Name': 'Ann'}}},)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give the new shape."""
        if spared(value, about) or not (is_object(value) or is_array(value)):
            return None
        new = respelled(value, words=about.parameters["words"])
        if new == value and not about.parameters["envelope"]:
            return None
        for key in reversed(about.parameters["envelope"]):
            new = {key: new}
        return (new,)


def undrifted(value: Json, *, words: bool, envelope: tuple[str, ...]) -> Json:
    """Give the shape that a result had before, by the parameters that changed it.

    >>> undrifted({"data": {"userId": 7}}, words=False, envelope=("data",))
    {'user_id': 7}
    """
    for key in envelope:
        value = value[key]
    return respelled(value, words=words)


def respelled(value: Json, *, words: bool) -> Json:
    """Spell all keys in the other case; done twice, all is as it was."""
    spell = _words if words else _cases

    def copied(path: Path, one: Json) -> Json:
        if is_object(one):
            return {spell(key): inner for key, inner in one.items()}
        return list(one)

    return rebuilt(value, copied)


def _cases(key: str) -> str:
    if _SNAKE.fullmatch(key):
        first, *rest = key.split("_")
        return first + "".join(map(str.capitalize, rest))
    if _CAMEL.fullmatch(key):
        return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", key)
    return key


def _words(key: str) -> str:
    if _WORD.fullmatch(key):
        return key.capitalize()
    return key.lower() if _CAPITAL.fullmatch(key) else _cases(key)
