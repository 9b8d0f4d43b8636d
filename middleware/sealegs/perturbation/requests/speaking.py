"""A request's turns, as the operators and the new names of tools leave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealegs.jsons import Json
from sealegs.perturbation.operators import (
    CallOperator,
    ResultOperator,
    Site,
    Surface,
    TextOperator,
    TurnsOperator,
)
from sealegs.perturbation.requests.equipping import Equipped
from sealegs.perturbation.requests.results import Asked, Resulting, calls_of, results_of
from sealegs.perturbation.requests.scenes import Scene
from sealegs.perturbation.requests.texting import Texting
from sealegs.perturbation.requests.walks import Walk, along, keep
from sealegs.perturbation.trial import Injection

if TYPE_CHECKING:
    from sealegs.calls.saying import SaidCall
    from sealegs.wire import Document, Message, Role

__all__ = ["Speaking"]

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
        roles: list[Role] = [role for role, on in _SURFACES.items() if trial.of(TextOperator, on)]
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
        if not self._roles:
            return {}
        place = ("walks", self._scene.agent, self._number)
        recent: list[Walk] = self._scene.memory.made.get(place, 1, list[Walk])
        walk = along(recent, document.turns)
        for index in range(len(walk.raws), len(document.turns)):
            self._step(walk, document, index)
        keep(recent, walk)
        self._scene.carried.update(walk.found)
        return walk.edits

    def _step(self, walk: Walk, document: Document, index: int) -> None:
        """Say one turn more."""
        one, get = document.turns[index], self._scene.memory.made.get
        role, raw = one.role, one.raw
        asked: Sequence[Asked] = ()
        if self._results and role == "assistant":
            walk.asking.called(calls_of(one, self._scene))
        elif self._results and role == "tool":
            results = results_of(one, self._scene)
            asked = [walk.asking.answered(each.id, each.name) for each in results]
        if role in self._roles:
            context = tuple([(each.place, each.occurrence) for each in asked])
            place = (self._scene.agent, self._number, bool(one.origin), role, raw, context)
            made = get(place, 2 * len(raw), self._spoken, document, index, walk.spoken, asked)
            walk.found.update({each.id: each for each in made.found})
            if made.raw is not None:
                walk.edits[index] = made.raw
        walk.spoken += role == "assistant"
        walk.raws.append(raw)
        walk.added.append(not one.origin)

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
        kinds = (TextOperator, ResultOperator, TurnsOperator)
        for active in [one for kind in kinds for one in trial.of(kind)]:
            surface = active.operator.sheet.surface
            scene.skip(active, Site(surface, f"wire:{scene.wire.name}", scene.agent), _NO_LENS)

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
