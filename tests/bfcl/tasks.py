"""The multi-turn tasks of bfcl-eval: what the user says, what is right, and the tools' definitions.

The package is taken as it is, without what it depends on (``uv pip install --no-deps bfcl-eval
mpmath``); its data, classes and state checker need nothing else.
"""

from __future__ import annotations

import ast
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["AUDIT", "BACKEND", "CATEGORIES", "Step", "Task", "bfcl", "installed", "tasks"]

CATEGORIES = ("base", "long_context", "miss_func", "miss_param")
BACKEND = "constants.executable_backend_config"
AUDIT = "audit_log"
"""A tool of ours beside those of BFCL: a digest of what all systems hold, so that an agent can see
whether a call whose answer was lost had its effect. BFCL's own tools do not tell it of each."""

_MORE_TOOLS = "I have updated some more functions you can choose from. What about now?"
_AUDIT: dict[str, Any] = {
    "name": AUDIT,
    "description": "Gives a digest of what all systems hold at this moment. Changes nothing.",
    "parameters": {"type": "object", "properties": {}},
}


def bfcl(module: str) -> Any:
    """Give a module of bfcl-eval, which has no types."""
    return import_module(f"bfcl_eval.{module}".rstrip("."))


def installed() -> bool:
    """Whether bfcl-eval and what its tools need are there."""
    return find_spec("bfcl_eval") is not None and find_spec("mpmath") is not None


@dataclass(frozen=True, slots=True)
class Step:
    """One gold call."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        name: its id.
        category: which of `CATEGORIES`.
        says: what the user says, turn by turn.
        gold: what is right, turn by turn; nothing where a tool or a value is missing.
        classes: names of the classes whose methods are the tools.
        config: what they hold at the beginning.
        withheld: tools that are not there yet, by the turn from which on they are.
        excluded: tools that are never there.
    """

    name: str
    category: str
    says: Sequence[str]
    gold: Sequence[Sequence[Step]]
    classes: Sequence[str]
    config: Mapping[str, Any]
    withheld: Mapping[int, Sequence[str]]
    excluded: Sequence[str]

    @property
    def long(self) -> bool:
        return self.category == "long_context"

    def tools(self, turn: int) -> list[dict[str, Any]]:
        """Give the definitions that are there at a turn."""
        gone = {name for late, names in self.withheld.items() if late > turn for name in names}
        gone.update(self.excluded)
        gone -= {step.tool for step in self.gold[turn]}  # one gold call is of an excluded tool
        found = [one for kind in self.classes for one in _definitions(kind)]
        return [*(one for one in found if one["name"] not in gone), _AUDIT]


def tasks(categories: Sequence[str] = CATEGORIES) -> Iterator[Task]:
    """Give the tasks, category by category, in BFCL's order."""
    for category in categories:
        yield from _category(category)


@functools.cache
def _category(category: str) -> tuple[Task, ...]:
    said = _lines(f"BFCL_v4_multi_turn_{category}.json")
    right = _lines(f"possible_answer/BFCL_v4_multi_turn_{category}.json")
    return tuple(_task(category, *pair) for pair in zip(said, right, strict=True))


def _task(category: str, entry: Any, answer: Any) -> Task:
    assert entry["id"] == answer["id"]
    return Task(
        entry["id"],
        category,
        [" ".join(one["content"] for one in turn) or _MORE_TOOLS for turn in entry["question"]],
        [[_step(call) for call in turn] for turn in answer["ground_truth"]],
        entry["involved_classes"],
        entry["initial_config"],
        {int(turn): names for turn, names in entry.get("missed_function", {}).items()},
        entry.get("excluded_function", ()),
    )


def _step(call: str) -> Step:
    node = ast.parse(call.strip(), mode="eval").body
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    named = {str(one.arg): ast.literal_eval(one.value) for one in node.keywords}
    if node.args:
        names = _parameters()[node.func.id]
        given = [ast.literal_eval(one) for one in node.args]
        named = {**dict(zip(names, given, strict=False)), **named}
    return Step(node.func.id, named)


@functools.cache
def _parameters() -> dict[str, list[str]]:
    """The names of each tool's parameters, in order."""
    return {
        one["name"]: list(one["parameters"]["properties"])
        for kind in bfcl(BACKEND).MULTI_TURN_FUNC_DOC_FILE_MAPPING
        for one in _definitions(kind)
    }


@functools.cache
def _definitions(kind: str) -> tuple[dict[str, Any], ...]:
    files = bfcl(BACKEND).MULTI_TURN_FUNC_DOC_FILE_MAPPING
    return tuple(
        {
            "name": one["name"],
            "description": one["description"],
            "parameters": _schema(one["parameters"]),
        }
        for one in _lines(f"multi_turn_func_doc/{files[kind]}")
    )


_TYPES = {"dict": "object", "float": "number", "tuple": "array", "any": ""}


def _schema(told: Any) -> Any:
    """Spell a schema of BFCL's as JSON Schema does. They are a few levels deep, and known."""
    if isinstance(told, list):
        return [_schema(one) for one in told]
    if not isinstance(told, dict):
        return told
    found = {key: _schema(value) for key, value in told.items()}
    kind = told.get("type")
    if isinstance(kind, str) and kind in _TYPES:
        found["type"] = _TYPES[kind]
        if not found["type"]:
            del found["type"]
    return found


def _lines(file: str) -> list[Any]:
    text = (Path(bfcl("").__path__[0]) / "data" / file).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]
