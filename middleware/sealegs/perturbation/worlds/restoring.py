"""Undoing what was done to a world, whatever somebody else did to it in the meantime.

The original always comes back to its place, to its very bytes, permissions and times. What the
agent made of it is never lost without a word: a file that was renamed takes the agent's content
home; of one whose content is not the agent's own, the agent's version is kept beside the journals;
and each is told as a `Conflict`. Undoing twice is undoing once, so a crash while undoing does not
matter either.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from sealegs.errors import PerturbationError
from sealegs.perturbation.worlds.confining import Confined
from sealegs.perturbation.worlds.undo_log import Journal, Step, default_place, exclusive
from sealegs.perturbation.worlds.undoing import Conflict, undo_step

__all__ = ["Conflict", "Restored", "left_over", "restore", "undo"]

_log = logging.getLogger("sealegs")


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of restoring.

    Attributes:
        undone: how many changes were undone.
        conflicts: what was found changed.
    """

    undone: int = 0
    conflicts: tuple[Conflict, ...] = ()


def restore(root: Path | str, *, journal: Path | str | None = None) -> Restored:
    """Restore what a process that died had changed below a root.

    Entering a world of the same root does it too.

    Args:
        root: the world's root.
        journal: the directory of journals, where the world had one of its own.

    Raises:
        PerturbationError: a running process disturbs it.
    """
    confined = Confined(root)
    book = Journal(Path(journal) if journal else default_place(), confined.root)
    with exclusive(book.place.parent):
        return left_over(confined, book)


def left_over(confined: Confined, journal: Journal) -> Restored:
    """Restore what a journal tells, and take it away; the caller holds `exclusive`."""
    if not journal.exists:
        return Restored()
    if journal.in_use:
        raise PerturbationError(
            f"{confined.root} is disturbed by the running process {journal.in_use}; "
            "give each trial that runs at the same time a root of its own"
        )
    steps = journal.steps()
    conflicts = undo(confined, journal, steps)
    journal.close()
    _log.warning("restored %s after a crash: %d changes undone", confined.root, len(steps))
    return Restored(len(steps), conflicts)


def undo(confined: Confined, journal: Journal, steps: list[Step]) -> tuple[Conflict, ...]:
    """Undo steps, given the newest first; all of them, whatever happens to one."""
    conflicts: list[Conflict] = []
    for step in steps:
        conflicts += undo_step(confined, journal, step)
        journal.undone(step)
    for conflict in conflicts:
        _log.warning("%s: %s (kept: %s)", conflict.path, conflict.reason, conflict.kept)
    return tuple(conflicts)
