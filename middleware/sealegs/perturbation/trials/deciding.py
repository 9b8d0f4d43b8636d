"""How it is decided what is disturbed: by draws under keys, each place once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Lock
from typing import Protocol, TypeAlias

from sealegs.errors import NotSuppliedError, PerturbationError
from sealegs.jsons import dump
from sealegs.perturbation.drawing import Draw, digest
from sealegs.perturbation.edits import Said, Spliced
from sealegs.perturbation.literals import Literals
from sealegs.perturbation.operators import About, Label, Site
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.trial import Edit, Injection
from sealegs.perturbation.trials.advising import nothing_there
from sealegs.perturbation.trials.ledger import Ledger
from sealegs.perturbation.trials.selecting import Choice

__all__ = ["Decider", "Drawn", "Question", "identity", "lowered"]

_Key: TypeAlias = tuple[int, str, str]

_LOWER: dict[Label, Label] = {"invariant": "directional", "recoverable": "must_abstain"}
"""Without the value that the clean run needed, another outcome is the right one; and where it was
to come back in time, nothing but to notice and say so is left."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a tap asks beside the place: see `sealegs.perturbation.trial.Trial.consider`."""

    realise: Callable[[About], Edit | None]
    after: Callable[[Edit], str] | None = None
    text: str | None = None


class Decider(Protocol):
    """Decides what is disturbed. Safe to use from several threads."""

    def decide(
        self, choice: Choice, site: Site, before: str, ask: Callable[[], Question], /
    ) -> Injection | None:
        """Give the injection of a place, the same one every time."""
        ...

    def settle(self) -> None:
        """Write down what was planned and found no place."""
        ...


class _Pending:
    """A decision that is being made, or could not be made."""

    __slots__ = ("answer", "draw", "failure", "made")

    def __init__(self, draw: Draw) -> None:
        self.draw, self.made = draw, Event()
        self.answer: Injection | None = None
        self.failure: PerturbationError | None = None


class Drawn:
    """Decides by draws.

    No lock is held while an operator works, for it may ask a test's callable; whoever asks for the
    same place meanwhile waits for it alone.

    Args:
        profile: the profile.
        ledger: where decisions are written down.
        literals: what text operators must keep.
        failed: is told why the trial cannot be disturbed.
    """

    def __init__(
        self,
        profile: Profile,
        ledger: Ledger,
        literals: Literals,
        failed: Callable[[str], None],
    ) -> None:
        self._profile, self._ledger, self._literals = profile, ledger, literals
        self._failed, self._lock = failed, Lock()
        self._memory: dict[_Key, Injection | _Pending | None] = {}
        self._count = 0
        self._new = _Pending(Draw(b""))

    def decide(
        self, choice: Choice, site: Site, before: str, ask: Callable[[], Question], /
    ) -> Injection | None:
        """Give the injection of a place."""
        key = (choice.active.index, site.key, choice.what(site, before))
        known = self._memory.get(key, self._new)
        if known is self._new:
            if choice.outside or not choice.covers(site):
                return None
            known = self._first(key, choice, site, before, ask)
        if not isinstance(known, _Pending):
            return known
        known.made.wait()
        if known.failure is not None:
            raise known.failure
        return known.answer

    def settle(self) -> None:
        """Nothing is planned beforehand."""

    def _first(
        self,
        key: _Key,
        choice: Choice,
        site: Site,
        before: str,
        ask: Callable[[], Question],
    ) -> Injection | _Pending | None:
        draw = choice.draw(key[1])
        fires = choice.fires(draw)
        with self._lock:
            if key in self._memory:
                return self._memory[key]
            allowed = self._profile.budget.injections
            over = fires and allowed is not None and self._count >= allowed
            pending = _Pending(draw) if fires and not over else None
            self._memory[key] = pending
            self._count += pending is not None
        self._ledger.eligible(key[0], site.turn)
        if over:
            self._ledger.skipped(key[0], "budget.injections of the profile is used up")
        if pending is not None:
            self._realise(pending, key, choice, site, before, ask())
        return pending

    def _realise(
        self,
        pending: _Pending,
        key: _Key,
        choice: Choice,
        site: Site,
        before: str,
        asked: Question,
    ) -> None:
        try:
            pending.answer = self._injection(pending.draw, choice, site, before, asked)
        except Exception as error:
            pending.failure = self._failure(choice, site, error)
        except BaseException:  # a cancelled or interrupted trial; nobody must wait for it
            pending.failure = PerturbationError("the trial was interrupted")
            raise
        finally:
            if pending.failure is None:
                with self._lock:
                    self._memory[key] = pending.answer
                    self._count -= pending.answer is None
            pending.made.set()

    def _injection(
        self, draw: Draw, choice: Choice, site: Site, before: str, asked: Question
    ) -> Injection | None:
        active = choice.active
        parameters = draw.sub("parameters")
        about = About(
            choice.parameters, parameters, site, self._literals, choice.supplies, choice.run
        )
        edit = asked.realise(about)
        if edit is None or edit == ():
            self._ledger.skipped(active.index, nothing_there(choice))
            return None
        label, lost = lowered(active.label, self._literals, asked.text, edit)
        made = Injection(
            identity(choice, site, before),
            active.use.operator,
            active.operator.sheet.surface,
            label,
            active.severity,
            site,
            edit,
            before,
            asked.after(edit) if asked.after is not None else "",
        )
        self._ledger.fired(active.index, made, lost, "dry run" if self._profile.dry_run else "")
        return made

    def _failure(self, choice: Choice, site: Site, error: Exception) -> PerturbationError:
        name, profile = choice.active.use.operator, self._profile.name
        if isinstance(error, NotSuppliedError):
            why = f"{error}. Give it in the test, or as supplies of its use in {profile!r}"
        else:
            said = str(error)
            if not isinstance(error, PerturbationError):
                said = f"{type(error).__name__}: {said}"
            why = f"{said}. Mend it, or take it out of {profile!r}"
        text = f"{name} cannot disturb {site.key}: {why}; a trial without it proves nothing"
        self._failed(text)
        made = PerturbationError(text)
        made.__cause__ = error
        return made


def identity(choice: Choice, site: Site, before: str) -> str:
    """Name an injection, the same in every run."""
    return digest(f"{choice.key}\x1f{site.key}\x1f{choice.what(site, before)}")


def lowered(
    label: Label, literals: Literals, text: str | None, edit: Edit
) -> tuple[Label, Sequence[str]]:
    """Lower a label where an edit of a text loses a literal that a clean run needed.

    ``invariant`` becomes ``directional``, and ``recoverable`` becomes ``must_abstain``; the others
    promise nothing that a literal could break. What is lost from a tool's result can be recovered
    where its operator says so, for the tool can be asked again.

    Returns:
        The label, and digests of what is lost.
    """
    if text is None or not literals.values:
        return label, ()
    new = _edited(text, edit)
    lost = literals.lost(text, new) if new is not None else []
    kept = label == "recoverable" and isinstance(edit, Said)
    lower = label if kept or not lost else _LOWER.get(label, label)
    return lower, [digest(value) for value in lost]


def _edited(text: str, edit: Edit) -> str | None:
    """Give a text as edited; ``None``: it is no text that was."""
    if isinstance(edit, Said):
        value = edit.value
        return value if isinstance(value, str) else dump(value).decode("utf-8", "replace")
    if not isinstance(edit, tuple):
        return None
    parts, at = list[str](), 0
    for one in edit:
        if not isinstance(one, Spliced):
            return None
        parts += (text[at : one.start], one.text)
        at = one.end
    return "".join(parts) + text[at:]
