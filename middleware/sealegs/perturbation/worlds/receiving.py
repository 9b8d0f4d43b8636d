"""What became of the changes to a world: made, met by somebody, or met by nobody."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sealegs.errors import PerturbationError
from sealegs.perturbation.trial import Failable, Injection, Trial
from sealegs.perturbation.world import Change
from sealegs.perturbation.worlds.applying import Touch, apply
from sealegs.perturbation.worlds.clocks import Shiftable
from sealegs.perturbation.worlds.confining import Confined, RefusedError
from sealegs.perturbation.worlds.events import Event, Pending, changes_of
from sealegs.perturbation.worlds.evidence import Mark, Watching
from sealegs.perturbation.worlds.restoring import undo
from sealegs.perturbation.worlds.undo_log import Journal

__all__ = ["Receipts"]

_ABSENT = re.compile(
    r"no such file|not found|not exist|enoent|filenotfound|cannot find|unknown file", re.IGNORECASE
)
_REFUSED = re.compile(
    r"permission|denied|read-?only|eacces|erofs|not writable|forbidden", re.IGNORECASE
)

_TOLD = 4
"""So many paths are named in a reason."""


@dataclass(slots=True, eq=False)
class _Held:
    """An injection that was made."""

    injection: Injection
    touches: list[Touch] = field(default_factory=list[Touch])
    marks: list[Mark] = field(default_factory=list[Mark])
    clock: bool = False
    refused: str = ""
    met: bool = False

    def names(self, path: str) -> bool:
        """Whether a path is one that it touched."""
        edit = self.injection.edit
        own = (
            [change.path for change in edit if isinstance(change, Change)]
            if isinstance(edit, tuple)
            else []
        )
        return path in own or any(touch.path == path for touch in self.touches)


class Receipts:
    """Makes injections into a world, and tells the trial what becomes of them.

    Safe to use from several threads.
    """

    def __init__(
        self,
        trial: Trial,
        root: Confined | None,
        journal: Journal | None,
        clock: Shiftable | None,
        events: Mapping[str, Event],
    ) -> None:
        self._trial, self._root, self._journal = trial, root, journal
        self._clock, self._events = clock, events
        self._watching = Watching(root) if root else None
        self._held: list[_Held] = []
        self._pending: list[tuple[_Held, Pending]] = []
        self._lock = threading.RLock()
        self._steps = 0
        self._over = False

    # ------------------------------------------------------------------ making

    def inject(self, injection: Injection) -> None:
        """Make all changes of an injection, or none of them."""
        edit = injection.edit
        changes = (
            [one for one in edit if isinstance(one, Change)] if isinstance(edit, tuple) else []
        )
        held = _Held(injection)
        with self._lock:
            refused = self._made(held, changes)
            if refused:
                self._pending = [one for one in self._pending if one[0] is not held]
                self._trial.undelivered(injection, refused)
            else:
                self._held.append(held)

    def begin(self) -> None:
        """Begin to watch; everything is made that is made at the start."""
        with self._lock:
            self._mark()

    def _made(self, held: _Held, changes: Sequence[Change]) -> str:
        """Make changes, or none of them, and say why not."""
        journal, root = self._journal, self._root
        before = {step.number for step in journal.steps()} if journal else set[int]()
        touches: list[Touch] = []
        try:
            for change in changes:
                touches += self._make(held, change)
        except RefusedError as error:
            if journal is not None and root is not None:
                undo(root, journal, [one for one in journal.steps() if one.number not in before])
            return str(error)
        held.touches += touches
        return ""

    def _make(self, held: _Held, change: Change) -> list[Touch]:
        if change.what == "clock":
            if self._clock is None:
                raise RefusedError("this world has no clock of its own")
            self._clock.shift(float(change.values.get("seconds", 0)), change.values.get("zone", ""))
            held.clock = True
        elif change.what == "event":
            self._pending.append((held, Pending(change.values)))
        elif self._root is None or self._journal is None:
            raise RefusedError("this world has no root")
        else:
            return apply(self._root, self._journal, change)
        return []

    # ------------------------------------------------------------------ watching

    def step(self, texts: Sequence[str]) -> None:
        """Take note of a request to a model, and let happen what is due."""
        with self._lock:
            if self._over:
                return
            self._read(texts)
            self.check()
            step, self._steps = self._steps, self._steps + 1
            due = [one for one in self._pending if one[1].due(step, self._watching)]
            for held, pending in due:
                self._pending.remove((held, pending))
                self._happen(held, pending, step)
            if due:
                self._mark()

    def check(self, *, last: bool = False) -> None:
        """Take note of what was met."""
        with self._lock:
            if self._over:
                return
            for held in self._held:
                if held.clock and self._clock is not None and self._clock.asked:
                    self._deliver(held, f"the clock was asked {self._clock.asked} times")
                for mark in held.marks:
                    evidence = self._watching.met(mark) if self._watching else ""
                    if evidence:
                        self._deliver(held, evidence)
            self._over = last

    def met(self, path: str, evidence: str) -> None:
        """Take note of what a tool or test knows."""
        with self._lock:
            for held in self._held:
                if held.names(path):
                    self._deliver(held, evidence)

    def end(self) -> None:
        """Tell what nobody met."""
        with self._lock:
            self.check(last=True)
            for held in self._held:
                if not held.met:
                    self._trial.undelivered(held.injection, self._reason(held))

    def _reason(self, held: _Held) -> str:
        waiting = [pending for one, pending in self._pending if one is held]
        if held.clock:
            return "nobody asked the clock"
        if held.refused and not held.touches:
            return held.refused
        if waiting and not held.marks:
            first = waiting[0]
            what = f"somebody met {first.path}" if first.path else "its step came"
            steps = "1 step" if self._steps == 1 else f"{self._steps} steps"
            return f"the trial ended after {steps}, before {what}"
        paths = _listed(list(dict.fromkeys(touch.path for touch in held.touches)))
        if held.marks and not any(mark.keeps for mark in held.marks):
            return (
                f"no tool's result told of {paths}, and this file system keeps no times of reading"
            )
        if held.touches and all(touch.kind == "refusal" for touch in held.touches):
            return f"no tool's result told that {paths} could not be written"
        return f"nobody read {paths}"

    def _happen(self, held: _Held, pending: Pending, step: int) -> None:
        changes = changes_of(pending.values)
        if changes:
            held.refused = self._made(held, changes) or held.refused
            return
        try:
            pending.happen(self._events)
        except PerturbationError as error:
            if isinstance(self._trial, Failable):
                self._trial.failed(str(error))  # an agent may swallow it
            raise
        self._deliver(held, f"{pending.name} happened at step {step}")

    def _deliver(self, held: _Held, evidence: str) -> None:
        if not held.met:
            held.met = True
            self._trial.delivered(held.injection, evidence)

    def _read(self, texts: Sequence[str]) -> None:
        for held in self._held:
            for touch in held.touches:
                if not held.met and touch.name and any(_tells(touch, text) for text in texts):
                    self._deliver(held, f"a tool's result tells of {touch.name}")

    def _mark(self) -> None:
        """Set all marks anew, for what we did ourselves left traces as well."""
        if self._watching is None:
            return
        for held in self._held:
            paths = dict.fromkeys(touch.path for touch in held.touches if touch.kind != "refusal")
            marks = [self._watching.mark(path) for path in paths]
            held.marks = [mark for mark in marks if mark is not None]
        for _, pending in self._pending:
            if pending.path:
                pending.mark = self._watching.mark(pending.path)


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _TOLD} more" if len(paths) > _TOLD else ""
    return ", ".join(paths[:_TOLD]) + more


def _tells(touch: Touch, text: str) -> bool:
    if touch.name not in text:
        return False
    if touch.kind == "refusal":
        return bool(_REFUSED.search(text))
    return touch.kind != "folder" or bool(_ABSENT.search(text))
