"""Disturbing what stands outside of an agent, for the time of a trial, and restoring it.

    with disturbed_world(root=folder, clock=time.time) as world:
        run_agent(tools_for(folder, clock=world.clock))

Inside of a trial the operators on the surface ``environment`` say what to change; it is changed
really, below the root alone, and restored at the end of the block, also where the process died in
it: then at the next start, or by `restore`.

An injection counts as delivered when somebody met it, not when it was made: a file was read or
written, a folder listed, a tool's result tells of it, a clock was asked, an event happened.
Whatever reads the files inside of the block counts, so checks of the outcome belong behind it, or
behind `DisturbedWorld.check`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sealegs.errors import PerturbationError
from sealegs.perturbation.operators import Site, WorldOperator
from sealegs.perturbation.trial import Active, Trial, Watchable, current_trial
from sealegs.perturbation.worlds import databases as sqlite
from sealegs.perturbation.worlds import worktrees as git
from sealegs.perturbation.worlds.clocks import Shiftable, WorldClock
from sealegs.perturbation.worlds.confining import Confined
from sealegs.perturbation.worlds.events import Event, checked
from sealegs.perturbation.worlds.receiving import Receipts
from sealegs.perturbation.worlds.restoring import Conflict, Restored, left_over, restore, undo
from sealegs.perturbation.worlds.undo_log import Journal, default_place, exclusive

__all__ = ["Conflict", "DisturbedWorld", "Restored", "WorldClock", "disturbed_world", "restore"]


_LARGEST = 64 * 1024 * 1024


class DisturbedWorld:
    """A world as operators see it, and as a test holds it. Made by `disturbed_world`.

    Attributes:
        clock: for the test's tools.
        conflicts: after the block: what was no longer as we had left it.
    """

    def __init__(
        self,
        root: Confined | None,
        databases: Sequence[str] | None,
        clock: Shiftable | None,
        events: Mapping[str, Event],
    ) -> None:
        self._root, self._given = root, databases
        self._shiftable = clock
        self._events = events
        self._receipts: Receipts | None = None
        self.clock = clock if isinstance(clock, WorldClock) else WorldClock()
        self.conflicts: tuple[Conflict, ...] = ()
        self._files: Sequence[str] = ()
        self._databases: Sequence[str] = ()
        self._worktrees: Sequence[str] = ()

    # ------------------------------------------------------------------ what operators see

    @property
    def root(self) -> Path | None:
        """Nothing outside of it is touched."""
        return self._root.root if self._root else None

    @property
    def files(self) -> Sequence[str]:
        """The files below the root, sorted, as they were when the block began.

        Those of more than 64 MiB are left alone.
        """
        return self._files

    @property
    def databases(self) -> Sequence[str]:
        """Which of them are SQLite files."""
        return self._databases

    @property
    def worktrees(self) -> Sequence[str]:
        """The folders below the root that are git work trees; the root itself is ``.``."""
        return self._worktrees

    @property
    def events(self) -> Sequence[str]:
        """The names of what the test lets happen in the background, sorted."""
        return sorted(self._events)

    @property
    def has_clock(self) -> bool:
        """Whether the test gave tools a clock of the world's."""
        return self._shiftable is not None

    def read(self, path: str) -> bytes:
        """Read a file, which counts as nobody's reading."""
        if self._root is None:
            raise PerturbationError("this world has no root, and so no files")
        return self._root.read(path)

    # ------------------------------------------------------------------ what a test may say

    def met(self, path: str, evidence: str = "") -> None:
        """Say that somebody met what stands at a path, where a tool knows it better than a file.

        Args:
            path: below the root; what it was called before counts as well.
            evidence: how; for the receipt.
        """
        if self._receipts is not None:
            self._receipts.met(path, evidence or f"a tool met {path}")

    def step(self, agent: str = "", texts: Sequence[str] = ()) -> None:
        """Take note of a request to a model; trials that can be watched do it by themselves.

        Args:
            agent: whose it is.
            texts: the texts of its newest results.
        """
        if self._receipts is not None:
            self._receipts.step(texts)

    def check(self) -> None:
        """Take note of what was met so far; what is read from now on is the test's own reading."""
        if self._receipts is not None:
            self._receipts.check(last=True)

    # ------------------------------------------------------------------ for the block

    def disturb(self, trial: Trial, journal: Journal | None) -> None:
        """Ask the operators, one behind the other, and make their changes."""
        self._receipts = Receipts(trial, self._root, journal, self._shiftable, self._events)
        occurrence = trial.occurrence("environment", "world")
        site = Site("environment", "world", occurrence=occurrence)
        for active in trial.of(WorldOperator):
            self.look()
            self._ask(trial, active, site)
        self.look()
        self._receipts.begin()

    def finish(self) -> None:
        """Tell the trial what was met, and what was not."""
        if self._receipts is not None:
            self._receipts.end()

    def _ask(self, trial: Trial, active: Active, site: Site) -> None:
        operator = active.operator
        if not isinstance(operator, WorldOperator) or self._receipts is None:
            return
        asked = operator
        injection = trial.consider(
            active, site, lambda about: tuple(asked.changes(self, about)) or None
        )
        if injection is not None and isinstance(injection.edit, tuple):
            self._receipts.inject(injection)

    def look(self) -> None:
        """See what is there now."""
        if self._root is None:
            return
        root, given = self._root, self._given
        self._files = root.files(_LARGEST)
        likely = [p for p in self._files if (_likely(p) if given is None else p in given)]
        self._databases = [path for path in likely if sqlite.is_database(root, path)]
        self._worktrees = git.found(root, self._files)


def _likely(path: str) -> bool:
    return path.endswith((".db", ".sqlite", ".sqlite3"))


@contextmanager
def disturbed_world(
    *,
    root: Path | str | None = None,
    databases: Sequence[str] | None = None,
    clock: Shiftable | Callable[[], float] | None = None,
    events: Mapping[str, Event] | None = None,
    journal: Path | str | None = None,
    trial: Trial | None = None,
) -> Generator[DisturbedWorld]:
    """Disturb a world as the current trial says, and restore it.

    Args:
        root: the folder that may be disturbed; nothing outside of it is touched.
        databases: which files below it are SQLite files; by default those that say so.
        clock: gives the right time to `DisturbedWorld.clock`, such as `time.time`; or a clock that
            can be shifted.
        events: what may happen in the background, by name.
        journal: the directory of journals, outside of the root; by default in the user's own state.
        trial: by default the one that runs here.

    Yields:
        The world. Without a trial, and in a clean arm, nothing in it is disturbed.

    Raises:
        GuardError: the root cannot be one.
        PerturbationError: another trial disturbs it now, or an event failed.
    """
    confined = Confined(root) if root is not None else None
    shiftable = WorldClock(clock) if callable(clock) else clock
    trial = trial or current_trial()
    active = bool(trial and trial.of(WorldOperator))
    world = DisturbedWorld(confined, databases, shiftable, checked(events))
    with ExitStack() as stack:
        book = _claimed(confined, Path(journal) if journal else default_place(), active)
        process = os.getpid()
        if confined is not None and book is not None:
            stack.callback(lambda: _restored(world, confined, book, process))
        world.look()
        if shiftable is not None:
            stack.callback(shiftable.unshift)
        if trial is not None and active:
            stack.callback(world.finish)
            world.disturb(trial, book)
            if isinstance(trial, Watchable):
                stack.callback(trial.watch(world.step))
        yield world


def _claimed(root: Confined | None, place: Path, active: bool) -> Journal | None:
    """Restore what was left over, and begin a journal where something may be changed."""
    if root is None:
        return None
    book = Journal(place, root.root)
    if not active and not book.exists:
        return None
    with exclusive(place):
        left_over(root, book)
        if not active:
            return None
        if others := book.others():
            raise PerturbationError(f"{root.root} overlaps {others[0]}, which is disturbed now")
        book.claim()
    return book


def _restored(world: DisturbedWorld, root: Confined, book: Journal, process: int) -> None:
    if os.getpid() != process:
        return  # a process that the agent forked off: it is not the one to restore
    world.conflicts = undo(root, book, book.steps())
    book.close()
