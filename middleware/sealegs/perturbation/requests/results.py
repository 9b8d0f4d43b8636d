"""Results of tools, as operators leave them where no tap at the tool itself has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from sealegs.jsons import canonical
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import Said, ToolCall
from sealegs.perturbation.operators import About, CallOperator, ResultOperator, Site
from sealegs.perturbation.requests.scenes import Scene
from sealegs.perturbation.saying import SaidResult
from sealegs.perturbation.tools.values import read_text, write_text
from sealegs.perturbation.trial import Active, Edit, Injection

if TYPE_CHECKING:
    from sealegs.wire import Document, Turn

__all__ = [
    "Asked",
    "Asking",
    "Resulting",
    "calls_of",
    "newest_results",
    "results_of",
]

_NO_TAP = (
    "no tool tap: the tool runs out of sight, and only its result is seen; tap it where it runs"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of the history.

    Attributes:
        call: the call.
        place: names tool and arguments.
        occurrence: the how-manieth call like it, in this conversation.
    """

    call: ToolCall
    place: str
    occurrence: int


class Asking:
    """Walks a conversation's calls, and finds for each result the call that it answers.

    Args:
        before: goes on where another one stands, which stays as it is.
    """

    __slots__ = ("_counts", "_open")

    def __init__(self, before: Asking | None = None) -> None:
        self._counts: dict[str, int] = {} if before is None else dict(before._counts)
        self._open: list[Asked] = [] if before is None else list(before._open)

    def called(self, calls: Iterable[tuple[ToolCall, str]]) -> None:
        """Take the calls of one turn of the model, each with its place."""
        made: list[Asked] = []
        for call, place in calls:
            occurrence = self._counts.get(place, 0)
            self._counts[place] = occurrence + 1
            made.append(Asked(call, place, occurrence))
        self._open = made or self._open

    def answered(self, call_id: str, name: str) -> Asked:
        """Find the call that a result answers: by its id, by its name, or by its place."""
        for one in self._open:
            if (call_id and one.call.id == call_id) or (
                not call_id and name in ("", one.call.tool)
            ):
                self._open.remove(one)
                return one
        call = ToolCall(name, None, call_id)
        return Asked(call, _place(call), 0)


def calls_of(turn: Turn, scene: Scene) -> Sequence[tuple[ToolCall, str]]:
    """Give a turn's calls, each with its place."""
    return scene.memory.made.get(("calls", turn.raw), len(turn.raw), _placed, turn, scene)


def _placed(turn: Turn, scene: Scene) -> Sequence[tuple[ToolCall, str]]:
    calls = scene.wire.outline(scene.wire.message(turn.raw)).calls
    made = [ToolCall(one.name, one.arguments, one.id) for one in calls]
    return [(call, _place(call)) for call in made]


def _place(call: ToolCall) -> str:
    return f"tool:{call.tool}/{digest(canonical(call.arguments))}"


def newest_results(document: Document, scene: Scene) -> Sequence[str]:
    """Give the texts of the results that came since the model spoke last."""
    found: list[str] = []
    for turn in reversed(document.turns):
        if turn.role == "assistant":
            break
        if turn.role == "tool":
            found += [one.text for one in reversed(results_of(turn, scene))]
    return found[::-1]


def results_of(turn: Turn, scene: Scene) -> Sequence[SaidResult]:
    """Give the results in a turn, as the framework sent them."""
    if scene.texts is None:
        return ()
    place = ("results", scene.wire.name, turn.raw)
    return scene.memory.made.get(place, len(turn.raw) + 128, _read, turn, scene)


def _read(turn: Turn, scene: Scene) -> Sequence[SaidResult]:
    found: list[SaidResult] = []

    def look(said: SaidResult) -> SaidResult:
        found.append(said)
        return said

    if scene.texts is not None:
        scene.texts.with_results(scene.wire.message(turn.raw), look)
    return found


@dataclass(slots=True)
class Resulting:
    """Edits the results of one turn.

    Attributes:
        scene: the request.
        turn: how many turns the model had had.
        asked: the calls that the turn's results answer, in their order.
        found: the injections.
    """

    scene: Scene
    turn: int
    asked: Sequence[Asked]
    found: list[Injection] = field(default_factory=list[Injection])
    _next: int = 0

    def __call__(self, said: SaidResult) -> SaidResult:
        """Give a result as it is said now."""
        asked = self.asked[self._next]
        self._next += 1
        trial, tool = self.scene.trial, asked.call.tool
        if trial.is_tapped(tool):
            return said
        for active in trial.of(CallOperator):
            self.scene.skip(active, self._site(active, asked), _NO_TAP)
        for active in trial.of(ResultOperator):
            said = self._disturbed(active, asked, said)
        return said

    def _site(self, active: Active, asked: Asked) -> Site:
        surface = active.operator.sheet.surface
        agent, tool = self.scene.agent, asked.call.tool
        return Site(surface, asked.place, agent, asked.occurrence, self.turn, tool)

    def _disturbed(self, active: Active, asked: Asked, said: SaidResult) -> SaidResult:
        text = said.text
        made = self.scene.trial.consider(
            active,
            self._site(active, asked),
            partial(_realised, active, asked.call, text),
            before=digest(text),
            after=lambda edit: digest(write_text(cast("Said", edit).value, text)),
            text=text,
        )
        if made is None:
            return said
        self.found.append(made)
        edit = cast("Said", made.edit)
        error = said.error if edit.error is None or said.error is None else edit.error
        return replace(said, text=write_text(edit.value, text), error=error)


def _realised(active: Active, call: ToolCall, text: str, about: About) -> Edit | None:
    value = read_text(text)
    found = cast("ResultOperator", active.operator).result(call, value, about)
    if found is None or write_text(found[0], text) == text:
        return None
    return Said(found[0])
