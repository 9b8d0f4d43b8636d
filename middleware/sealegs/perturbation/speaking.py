"""A request's turns, as the operators and the new names of tools leave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealegs.jsons import Json
from sealegs.perturbation.equipping import Equipped
from sealegs.perturbation.operators import (
    CallOperator,
    ResultOperator,
    Site,
    Surface,
    TextOperator,
)
from sealegs.perturbation.results import Asked, Asking, Resulting, placed
from sealegs.perturbation.saying import SaidResult
from sealegs.perturbation.scenes import Scene
from sealegs.perturbation.texting import Texting
from sealegs.perturbation.trial import Injection

if TYPE_CHECKING:
    from sealegs.calls.saying import SaidCall
    from sealegs.perturbation.edits import ToolCall
    from sealegs.wire import Document, Message, Role, Turn

__all__ = ["Speaking", "newest_results"]

_NO_LENS = "nobody knows where this wire format keeps what is said"
_SURFACES: Mapping[Role, Surface] = {
    "system": "system_prompt",
    "user": "user_prompt",
    "tool": "user_prompt",  # beside a result may stand what the user says
}
_CALLERS: frozenset[Role] = frozenset({"assistant", "tool"})


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What became of a turn: its new bytes, if it changes, and the injections in it."""

    raw: bytes | None
    found: tuple[Injection, ...]


def newest_results(document: Document, scene: Scene) -> Sequence[str]:
    """Give the texts of the results that came since the model spoke last."""
    found: list[str] = []
    for turn in reversed(document.turns):
        if turn.role == "assistant":
            break
        if turn.role == "tool":
            found += [one.text for one in reversed(_results(turn, scene))]
    return found[::-1]


def _results(turn: Turn, scene: Scene) -> Sequence[SaidResult]:
    if scene.texts is None:
        return ()
    place = ("results", scene.wire.name, turn.raw)
    return scene.memory.made.get(place, len(turn.raw) + 128, _read_results, turn, scene)


def _read_results(turn: Turn, scene: Scene) -> Sequence[SaidResult]:
    found: list[SaidResult] = []

    def look(said: SaidResult) -> SaidResult:
        found.append(said)
        return said

    if scene.texts is not None:
        scene.texts.with_results(scene.wire.message(turn.raw), look)
    return found


class Speaking:
    """Says the turns of one request.

    The order within a turn: texts, results, names. Names come last, so that they hold in whatever
    was written before; texts and results are disturbed under the framework's own names.

    Args:
        scene: the request.
        equipped: what became of its tools.
    """

    __slots__ = ("_equipped", "_number", "_results", "_roles", "_scene")

    def __init__(self, scene: Scene, equipped: Equipped | None) -> None:
        self._scene, self._equipped = scene, equipped
        self._number = 0 if equipped is None else equipped.number
        trial = scene.trial
        self._results = bool(trial.of(ResultOperator) or trial.of(CallOperator))
        self._roles = frozenset(self._concerned())

    def _concerned(self) -> Sequence[Role]:
        trial = self._scene.trial
        roles = [role for role, on in _SURFACES.items() if trial.of(TextOperator, on)]
        if self._results:
            roles.append("tool")
        renaming = self._equipped and self._equipped.renaming
        if renaming and renaming.changes:
            roles += _CALLERS
            roles += ("system", "user") if renaming.said else ()
        return roles

    def edits(self, document: Document) -> Mapping[int, bytes]:
        """Give the turns that are said otherwise, by index."""
        if self._scene.texts is None:
            self._unread()
        found: dict[int, bytes] = {}
        asking, turn = Asking(), 0
        roles, results = self._roles, self._results
        if not roles:
            return found
        get, key = self._scene.memory.made.get, (self._scene.agent, self._number)
        for index, one in enumerate(document.turns):
            role, raw = one.role, one.raw
            asked: Sequence[Asked] = ()
            if results and role == "assistant":
                asking.called(get(("calls", raw), len(raw), _calls, one, self._scene))
            elif results and role == "tool":
                asked = self._asked(one, asking)
            if role in roles:
                context = tuple([(each.place, each.occurrence) for each in asked])
                place = (key, bool(one.origin), role, raw, context)
                made = get(place, 2 * len(raw), self._spoken, document, index, turn, asked)
                if made.found:
                    self._scene.carries(made.found)
                if made.raw is not None:
                    found[index] = made.raw
            turn += role == "assistant"
        return found

    def parameters(self, document: Document) -> Mapping[str, Json]:
        """Give the request parameters of a system prompt beside the turns, as they are said now."""
        if not document.system or self._scene.texts is None or "system" not in self._roles:
            return {}
        place = (self._scene.agent, self._number, "system", document.system)
        size = 2 * len(document.system)
        new, found = self._scene.memory.made.get(place, size, self._prompt, document)
        self._scene.carries(found)
        return new

    def _prompt(self, document: Document) -> tuple[Mapping[str, Json], tuple[Injection, ...]]:
        scene = self._scene
        assert scene.texts is not None, "only then is there anything to read"
        texting = Texting(scene.trial, scene.agent, "system_prompt", 0)
        mention = self._mention("system")

        def edit(text: str) -> str:
            return mention(texting(text))

        new = scene.texts.system(document, edit)
        return new, tuple(texting.found)

    def _unread(self) -> None:
        """Tell the trial that nothing of this format can be read."""
        scene = self._scene
        trial = scene.trial
        for active in (*trial.of(TextOperator), *trial.of(ResultOperator)):
            surface = active.operator.sheet.surface
            scene.skip(active, Site(surface, f"wire:{scene.wire.name}", scene.agent), _NO_LENS)

    def _asked(self, turn: Turn, asking: Asking) -> Sequence[Asked]:
        return [asking.answered(one.id, one.name) for one in _results(turn, self._scene)]

    def _spoken(self, document: Document, index: int, turn: int, asked: Sequence[Asked]) -> _Spoken:
        one, scene = document.turns[index], self._scene
        message = new = scene.wire.message(one.raw)
        found: list[Injection] = []
        surface = _SURFACES.get(one.role)
        if scene.texts is not None and surface is not None and one.origin:
            texting = Texting(scene.trial, scene.agent, surface, turn)
            if texting.operators:
                new = scene.texts.with_text(new, texting)
                found += texting.found
        if scene.texts is not None and asked:
            resulting = Resulting(scene, turn, asked)
            new = scene.texts.with_results(new, resulting)
            found += resulting.found
        new = self._named(new, one.role)
        spelled = None if new is message else document.spelled(index, new)
        return _Spoken(None if spelled == one.raw else spelled, tuple(found))

    def _named(self, message: Message, role: Role) -> Message:
        """Say a turn's calls, and its mentions of tools, under the model's names."""
        if self._equipped is None:
            return message
        scene = self._scene
        if scene.tools is not None and role in _CALLERS:
            message = scene.tools.with_calls(message, self._sent)
        if scene.texts is not None and self._equipped.renaming.said:
            message = scene.texts.with_text(message, self._mention(role))
        return message

    def _sent(self, call: SaidCall) -> SaidCall:
        assert self._equipped is not None, "only then has a call another name"
        known = self._scene.memory.recalled.call(call)
        return self._equipped.renaming.sent(call) if known is None else known

    def _mention(self, role: Role) -> Callable[[str], str]:
        if self._equipped is None:
            return _same
        replaced = self._equipped.renaming.said.replaced
        recall = self._scene.memory.recalled.text
        if role != "assistant":
            return replaced

        def edit(text: str) -> str:
            known = recall(text)
            return replaced(text) if known is None else known

        return edit


def _same(text: str) -> str:
    return text


def _calls(turn: Turn, scene: Scene) -> Sequence[tuple[ToolCall, str]]:
    return placed(scene.wire.outline(scene.wire.message(turn.raw)).calls)
