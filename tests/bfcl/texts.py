"""Whether operators on prompts keep what a task needs, on all that BFCL's users say.

A scripted agent finds its values in what the user says, but it does not read; so this looks at the
texts themselves: values of the gold calls, numbers, and words that deny.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bfcl.agents import PROMPT
from bfcl.reading import leaves
from bfcl.tasks import CATEGORIES, Task, tasks
from bfcl.trials import literals, supplies
from bfcl.values import literal_of, stands
from sealegs.perturbation.literals import NOTHING
from sealegs.perturbation.operators import Operator
from sealegs_plugins.perturbations.trying import about

__all__ = ["Kept", "Prompt", "kept", "prompts", "rules_kept"]

_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_DENIES = re.compile(
    r"\b(?:not|no|never|none|nothing|without|cannot|unless|except)\b|n['’]t\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Prompt:
    """What a user says in one turn, and the values of its gold calls that stand there."""

    task: Task
    text: str
    values: Sequence[str]


@dataclass
class Kept:
    """What an operator left of prompts.

    Attributes:
        prompts: how many there were.
        changed: how many it changed.
        values: how many lost a value of a gold call.
        numbers: how many lost a number.
        denials: how many lost a word that denies.
    """

    prompts: int = 0
    changed: int = 0
    values: int = 0
    numbers: int = 0
    denials: int = 0


@functools.cache
def prompts(categories: Sequence[str] = CATEGORIES) -> tuple[Prompt, ...]:
    """Give the prompts that hold a value of their turn's gold calls."""
    return tuple(_prompts(categories))


def _prompts(categories: Sequence[str]) -> Iterator[Prompt]:
    for task in tasks(categories):
        for text, steps in zip(task.says, task.gold, strict=True):
            found = [literal_of(leaf) for step in steps for _, leaf in leaves(dict(step.arguments))]
            values = [one for one in dict.fromkeys(found) if one and stands(one, text)]
            if values:
                yield Prompt(task, text, values)


def kept(
    operator: Any, severity: Any, given: Sequence[Prompt], *, baseline: bool = True, seed: int = 0
) -> Kept:
    """Edit prompts, with the values of a clean run to protect, or without."""
    found = Kept()
    for at, prompt in enumerate(given):
        told = about(
            operator,
            severity,
            seed=seed + at,
            literals=literals(prompt.task) if baseline else NOTHING,
            supplies=supplies(prompt.task, operator.name),
        )
        new = operator.text(prompt.text, told)
        found.prompts += 1
        if new is None or new == prompt.text:
            continue
        found.changed += 1
        found.values += not all(stands(value, new) for value in prompt.values)
        found.numbers += bool(_counted(_NUMBER, prompt.text) - _counted(_NUMBER, new))
        found.denials += bool(_counted(_DENIES, prompt.text) - _counted(_DENIES, new))
    return found


def _counted(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(one.lower() for one in pattern.findall(text))


def rules_kept(operator: Operator, severity: Any, *, seed: int = 0) -> list[str]:
    """Name the rules of the agents' system prompt that an operator left out or changed."""
    given: Any = operator
    told = about(given, severity, seed=seed, supplies=supplies(next(tasks()), given.name))
    new = given.text(PROMPT, told)
    rules = [line[2:] for line in PROMPT.splitlines() if line.startswith("- ")]
    if operator.sheet.needs & {"variants"}:  # said in other words; what binds must stay
        return [rule for rule in rules if _counted(_NUMBER, rule) - _counted(_NUMBER, new or rule)]
    lines = _plain(PROMPT if new is None else new)
    return [rule for rule in rules if _plain(rule) not in lines]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower()))
