"""Trials of worlds: operators that say what a test wants, and what a folder is to the last bit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sealegs.perturbation.operators import About, Operator, Sheet
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.trials.engine import RunningTrial, begin
from sealegs.perturbation.trials.plans import PlannedTrial
from sealegs.perturbation.trials.receipts import Receipt
from sealegs.perturbation.world import Change, World
from sealegs.settings import PerturbationSettings, Settings

SETTINGS = Settings(perturbation=PerturbationSettings(environment="test"))


@dataclass(frozen=True, slots=True)
class Says:
    """Says the very changes that a test wants."""

    said: tuple[Change, ...]
    name: str = "says"

    @property
    def sheet(self) -> Sheet:
        return Sheet(
            name=self.name,
            code="E0",
            surface="environment",
            label="invariant",
            summary="",
            parameters=({}, {}, {}),
            source="",
        )

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        return self.said


def saying(*changes: Change) -> RunningTrial:
    """A trial that makes changes, all of one injection."""
    return using(Says(changes))


def using(
    *operators: Operator,
    severity: Any = 1,
    parameters: Mapping[str, Any] | None = None,
    supplies: Mapping[str, Any] | None = None,
    seed: int = 0,
    arm: Any = "disturbed",
    dry_run: bool = False,
    plan: PlannedTrial | None = None,
) -> RunningTrial:
    """A trial with some operators."""
    uses = tuple(
        Use(operator=one.name, severity=severity, parameters=parameters or {}) for one in operators
    )
    return begin(
        Profile(name="test", uses=uses, dry_run=dry_run),
        catalog={one.name: one for one in operators},
        settings=SETTINGS,
        seed=seed,
        case="case",
        arm=arm,
        supplies=supplies,
        plan=plan,
    )


def receipts(trial: RunningTrial) -> Sequence[Receipt]:
    return trial.record().receipts


def only(trial: RunningTrial) -> Receipt:
    (receipt,) = receipts(trial)
    return receipt


def told(trial: RunningTrial) -> tuple[bool, str]:
    """Whether the only injection was delivered, and what the receipt says of it."""
    receipt = only(trial)
    return receipt.delivered, receipt.evidence or receipt.reason


def snapshot(root: Path) -> dict[str, Any]:
    """A folder to the last bit: kinds, permissions, times of writing, bytes, where links lead."""
    found: dict[str, Any] = {}
    waiting = [root]
    while waiting:
        path = waiting.pop()
        known = path.lstat()
        facts: tuple[Any, ...] = (known.st_mode, known.st_mtime_ns)
        if path.is_symlink():
            found[str(path.relative_to(root))] = (*facts, str(path.readlink()))
        elif path.is_dir():
            found[str(path.relative_to(root))] = facts
            waiting += path.iterdir()
        else:
            found[str(path.relative_to(root))] = (*facts, path.read_bytes())
    return found


def aged(root: Path) -> Path:
    """Give everything in a folder the same old time, so that a change of time shows."""
    for path in [*sorted(root.rglob("*"), reverse=True), root]:
        os.utime(path, ns=(1_600_000_000_000_000_000, 1_600_000_000_123_456_789))
    return root
