"""Where the values of gold calls come from: what the user says, and what earlier calls gave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bfcl.reading import leaves, parsed
from bfcl.tasks import Task
from bfcl.worlds import Gold

__all__ = ["Source", "literal_of", "sources", "stands"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value of a gold call comes from: the user's text, or an earlier result's leaf."""

    path: tuple[Any, ...]
    literal: str = ""
    turn: int = -1
    step: int = -1
    leaf: tuple[Any, ...] = ()


_SOURCES: dict[str, Any] = {}


def sources(task: Task, gold: Gold) -> Sequence[Sequence[Sequence[Source]]]:
    """Say of each gold call where its values come from; those of the last tasks are kept."""
    if task.name not in _SOURCES:
        while len(_SOURCES) > 3:
            _SOURCES.pop(next(iter(_SOURCES)))
        _SOURCES[task.name] = [
            [list(_found(task, gold, turn, at)) for at in range(len(steps))]
            for turn, steps in enumerate(task.gold)
        ]
    found: Sequence[Sequence[Sequence[Source]]] = _SOURCES[task.name]
    return found


def _found(task: Task, gold: Gold, turn: int, at: int) -> Iterator[Source]:
    told = task.says[: turn + 1]
    for path, leaf in leaves(dict(task.gold[turn][at].arguments)):
        literal = literal_of(leaf)
        if literal and any(stands(literal, text) for text in told):
            yield Source(path, literal)
        elif literal:
            yield from _from_results(path, leaf, gold, turn, at)


def _from_results(
    path: tuple[Any, ...], leaf: Any, gold: Gold, turn: int, at: int
) -> Iterator[Source]:
    for earlier in range(turn, -1, -1):
        steps = gold.steps[earlier]
        for step in range(at - 1 if earlier == turn else len(steps) - 1, -1, -1):
            for where, one in leaves(parsed(steps[step].text)):
                if where and one == leaf and type(one) is type(leaf):
                    yield Source(path, turn=earlier, step=step, leaf=where)
                    return


def literal_of(leaf: Any) -> str:
    """Give a value as a prompt may hold it, as baselines keep it; empty: none that is kept."""
    if isinstance(leaf, bool) or not isinstance(leaf, str | int | float):
        return ""
    text = str(leaf).strip()
    return text if 2 <= len(text) <= 500 or text.isdigit() else ""


def stands(literal: str, text: str) -> bool:
    """Say whether a value stands in a text, not as part of a word or number."""
    return re.search(rf"(?<!\w){re.escape(literal)}(?!\w)", text) is not None
