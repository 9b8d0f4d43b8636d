"""The layer: disturbs what a model is told, and brings its reply back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sealegs.exchange import Perturbed
from sealegs.flow import Call, Flow, Reply, Whole, send
from sealegs.jsons import Json, dump
from sealegs.perturbation.operators import (
    CallOperator,
    ResultOperator,
    TextOperator,
    ToolsOperator,
    TurnsOperator,
)
from sealegs.perturbation.requests.answering import answered
from sealegs.perturbation.requests.conversing import conversed
from sealegs.perturbation.requests.equipping import Equipped, equipped
from sealegs.perturbation.requests.hearing import Hearer
from sealegs.perturbation.requests.ordering import in_order
from sealegs.perturbation.requests.results import newest_results
from sealegs.perturbation.requests.scenes import Memories, Scene
from sealegs.perturbation.requests.speaking import Speaking
from sealegs.perturbation.trial import Injection, Trial, current_trial
from sealegs.perturbation.trials.guarding import Guard
from sealegs.perturbation.trials.recording import note_carried, note_injected, note_missed
from sealegs.session import current_agent

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.catalog import Catalog
    from sealegs.settings import Settings
    from sealegs.wire import Document

__all__ = ["PerturbationLayer"]

_KINDS = (TurnsOperator, TextOperator, ResultOperator, CallOperator, ToolsOperator)
_ANSWERS = 4
"""So many times in a row the model may call tools that are not there."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A request as the model gets it.

    Attributes:
        call: the request.
        equipped: what became of its tools.
        news: injections that no request before it has carried.
    """

    call: Call
    equipped: Equipped | None
    news: Sequence[Injection]


class PerturbationLayer:
    """Disturbs the prompts, the tools and the results in requests, where a trial runs.

    The order of the steps: turns, texts, results, tools. Turns are known by what the framework
    sent, so they come first, and what is left out need not be edited. Texts are known likewise; the
    names of tools come last, so that they hold in all that the steps before have written.

    Args:
        catalog: the forms and lenses.
        settings: say what looks live, and must not be disturbed.
    """

    name = "perturbation"
    stage = 100
    fails_open = False

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._guard = Guard.of(settings)
        self._forms = catalog.tool_forms
        self._tools = {wire: one for one in catalog.tool_lenses.values() for wire in one.wires}
        self._texts = {wire: one for one in catalog.text_lenses.values() for wire in one.wires}
        self._memories = Memories()

    def dormant(self) -> bool:
        """Say whether no trial runs here."""
        return current_trial() is None

    def model(self, call: Call, /) -> Flow[Reply]:
        """Disturb a request, send it, and bring the reply back into the framework's terms."""
        trial = current_trial()
        if trial is None:
            return (yield from send(call))
        scene = self._scene(trial, call)
        trial.asked(scene.agent, newest_results(call.document, scene))
        if any(trial.of(kind) for kind in _KINDS):
            self._guard.request(call.head.host, call.head.headers)
            told = self._told(call, scene)
        else:
            told = _Told(call, None, ())
        try:
            reply = yield from send(told.call)
        except Exception as error:
            self._lost(told, scene, f"no reply: {type(error).__name__}")
            raise
        if reply.status >= 400:
            self._lost(told, scene, f"HTTP {reply.status}")
            return reply
        self._delivered(told, scene, f"HTTP {reply.status}")
        reply.finishers.append((self.name, _Counted(call, trial)))
        return (yield from self._up(reply, told, scene, _ANSWERS))

    def _scene(self, trial: Trial, call: Call) -> Scene:
        wire = call.wire
        lenses = self._texts.get(wire.name), self._tools.get(wire.name)
        return Scene(trial, self._memories.of(trial), current_agent(), wire, *lenses)

    def _told(self, call: Call, scene: Scene) -> _Told:
        document = conversed(call.document, scene)
        turn = sum([one.role == "assistant" for one in document.turns])
        new = equipped(document, scene, self._forms, turn)
        speaking = Speaking(scene, new)
        turns = speaking.edits(document)
        parameters = dict(speaking.parameters(document))
        if new is not None and scene.tools is not None:
            parameters.update(new.parameters(document, scene.tools))
        edited: Document = document.edited(turns=turns, parameters=parameters)
        edited = scene.memory.asides.restored(edited, call.original.turns)
        edited = in_order(edited, call.document, scene)
        delivered = scene.memory.delivered
        news = [one for one in scene.carried.values() if one.id not in delivered]
        call.ledger.perturbation = Perturbed()
        note_carried(call.ledger, scene.carried.values())
        note_missed(call.ledger, scene.missed)
        return _Told(call if edited is call.document else replace(call, document=edited), new, news)

    def _delivered(self, told: _Told, scene: Scene, evidence: str) -> None:
        for one in told.news:
            scene.memory.delivered[one.id] = None
            scene.trial.delivered(one, evidence)
        note_injected(told.call.ledger, told.news, applied=True)

    def _lost(self, told: _Told, scene: Scene, reason: str) -> None:
        for one in told.news:
            scene.trial.undelivered(one, reason)
        note_injected(told.call.ledger, told.news, applied=False)

    def _up(self, reply: Reply, told: _Told, scene: Scene, answers: int) -> Flow[Reply]:
        """Bring a reply back; calls that no tool of the framework's answers are answered here."""
        new, lens = told.equipped, scene.tools
        if new is None or lens is None or not new.renaming.changes or reply.status >= 300:
            return reply
        hearer = Hearer(new.renaming, scene.memory.recalled)
        if reply.body is None:
            reply.filters.append((self.name, lens.filter(hearer)))
            return reply
        try:
            said = reply.data
        except ValueError:
            return reply
        mended = lens.mended(said, hearer)
        again = self._again(told, scene, lens, said, hearer) if answers else None
        if again is not None:
            _spend(told.call, scene.trial, said)
            _count_answered(told.call)
            second = yield from send(again.call)
            second.finishers.append((self.name, _Counted(told.call, scene.trial)))
            return (yield from self._up(second, again, scene, answers - 1))
        if mended is not said:
            reply.edit(dump(mended))
        return reply

    def _again(
        self, told: _Told, scene: Scene, lens: ToolLens, said: Json, hearer: Hearer
    ) -> _Told | None:
        new = told.equipped
        if new is None:
            return None
        if any(choice for choice, _ in hearer.called):
            return None  # of several choices only one could be answered
        answers = [new.renaming.answer(one.name) for _, one in hearer.called]
        messages = answered(lens, scene.texts, said, answers)
        if not messages:
            return None
        call = told.call
        first = not (call.ledger.perturbation or Perturbed()).answered
        scene.memory.asides.keep(call.original.turns, messages, first=first)
        return replace(told, call=replace(call, document=call.document.extended(messages)))


@dataclass(frozen=True, slots=True)
class _Counted:
    """Tells a trial what a reply has cost, and what it calls tools with, once it is whole."""

    call: Call
    trial: Trial

    def __call__(self, whole: Whole, /) -> Flow[None]:
        _spend(self.call, self.trial, whole.given)
        wire = self.call.wire
        for message in wire.messages(whole.delivered) if whole.delivered is not None else ():
            for call in wire.outline(message).calls:
                self.trial.called(call.arguments)
        return
        yield  # a flow without effects


def _spend(call: Call, trial: Trial, given: Json) -> None:
    if given is None:
        return
    usage = call.wire.usage(given)
    tokens = usage.get("input", 0) + usage.get("output", 0)
    if tokens:
        trial.spent(tokens)


def _count_answered(call: Call) -> None:
    known = call.ledger.perturbation or Perturbed()
    call.ledger.perturbation = replace(known, answered=known.answered + 1)
