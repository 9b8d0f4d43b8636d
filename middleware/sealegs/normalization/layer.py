"""The layer: lowers the tools on the way down, mends the calls on the way up."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import msgspec

from sealegs.calls.arguments import Policy
from sealegs.calls.choosing import Parsers
from sealegs.calls.ids import Ids
from sealegs.calls.repairs import RepairClass
from sealegs.errors import SchemaError, SettingsError
from sealegs.exchange import ToolUse
from sealegs.flow import Call, Flow, Reply, Whole, send
from sealegs.jsons import Json, dump
from sealegs.normalization.answers import Answer, Answers
from sealegs.normalization.asking import asked_again
from sealegs.normalization.history import History
from sealegs.normalization.mending import Ways, Workshop
from sealegs.normalization.plans import Planner, RequestPlan, Rules
from sealegs.schema.choosing import Dialects

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.catalog import Catalog
    from sealegs.schema.dialect import Dialect
    from sealegs.settings import ToolSettings

__all__ = ["ToolLayer"]


class _Work(msgspec.Struct, frozen=True):
    """What is known of one call's tools.

    Attributes:
        rules: what holds for them.
        plan: what they become.
        answer: what becomes of the schema of the answer, if one is asked for.
        ways: how calls are mended.
        calls: whether anything that comes back may have to be mended.
        reads: whether calls are read from what is no call to the provider.
        edits: whether anything is changed, or only told.
    """

    rules: Rules
    plan: RequestPlan
    answer: Answer | None
    ways: Ways
    calls: bool
    reads: bool
    edits: bool


class ToolLayer:
    """Makes any tool fit any provider, and brings the calls back.

    Args:
        catalog: forms, lenses, dialects and parsers.
        settings: how tools are normalized.
    """

    name = "tools"
    stage = 200
    fails_open = True

    def __init__(self, catalog: Catalog, settings: ToolSettings) -> None:
        self._settings = settings
        self._lenses = {wire: one for one in catalog.tool_lenses.values() for wire in one.wires}
        self._dialects = Dialects(catalog.schema_dialects.values())
        _check(settings.dialects, catalog.schema_dialects)
        self._parsers = Parsers(catalog.tool_call_parsers.values())
        self._planner = Planner(catalog.tool_forms, settings.strict, opens=settings.keep_open)
        self._history = History()
        self._answers = Answers(catalog.schema_dialects)
        self._policy = _policy(settings.runs)

    def model(self, call: Call, /) -> Flow[Reply]:
        """Lower the request's tools, send it, and mend the reply's calls."""
        work = self._work(call)
        if work is None:
            return (yield from send(call))
        lowered = self._lowered(call, work)
        reply = yield from send(lowered)
        if not work.calls:
            return reply
        return (yield from self._up(reply, lowered, work, self._settings.retries))

    def _work(self, call: Call) -> _Work | None:
        """Look what there is to do; ``None``: nothing, or nothing is known of where it goes."""
        lens = self._lenses.get(call.wire.name)
        provider = call.target.provider.name if call.target else "unknown"
        mode = self._settings.modes.get(provider, self._settings.mode)
        rules = None if lens is None or mode == "off" else self._rules(call, lens, provider)
        if rules is None:
            return None
        plan = self._planner.plan(call.document, rules)
        family = call.target.family if call.target else call.document.model
        has_tools = bool(plan.plan.tools)
        reads = self._settings.text_calls and has_tools
        parser = self._parsers.find(family, call.wire.name, provider) if reads else None
        edits = mode == "fix"
        answer = self._answer(call, rules)
        back = answer if edits and answer and not answer.lowered.codec.identity else None
        streams = self._settings.stream_arguments
        ways = Ways(self._policy, parser, back, rules.lens.identified, streams, edits)
        calls = has_tools or back is not None
        return _Work(rules, plan, answer, ways, calls, reads, edits)

    def _answer(self, call: Call, rules: Rules) -> Answer | None:
        try:
            return self._answers.answer(call.document, rules)
        except SchemaError as error:
            call.ledger.failed(self.name, "read", error)
            return None

    def _rules(self, call: Call, lens: ToolLens, provider: str) -> Rules | None:
        family = call.target.family if call.target else call.document.model
        named = self._settings.dialects.get(provider)
        dialect = (
            self._dialects.named(named)
            if named
            else self._dialects.find(call.wire.name, provider, family)
        )
        if dialect is None:
            return None
        return Rules(call.wire.name, lens, dialect, self._dialects.strict(dialect))

    def _lowered(self, call: Call, work: _Work) -> Call:
        """Put the plan into the request, the history included, and write down what was done."""
        plan, rules, document = work.plan, work.rules, call.document
        turns = self._history.edits(document, call.wire, plan, rules)
        parameters: dict[str, Json] = {}
        if plan.renames:
            parameters.update(rules.lens.renamed(document, plan.plan.names.name))
        if plan.tools is not None:
            parameters[plan.path] = plan.tools
        if work.answer is not None and work.answer.schema is not None:
            parameters[work.answer.path] = work.answer.schema
        lowered = call
        if work.edits and (turns or parameters):
            new = document.edited(turns=turns, parameters=parameters)
            lowered = replace(call, document=new)
        call.ledger.tools = replace(plan.use, turns=len(turns)) if turns else plan.use
        for error in plan.unread:
            call.ledger.failed(self.name, "read", error)
        return lowered

    def _up(self, reply: Reply, call: Call, work: _Work, retries: int) -> Flow[Reply]:
        """Mend a reply; a whole one with a call that must not run is asked for once more."""
        known = work.plan.plan if work.edits else work.plan.plan.unsent
        ids = Ids(work.rules.dialect.ids, _seed(call))
        workshop = Workshop(known, work.ways, ids, streams=reply.streams and work.edits)
        if reply.body is None:
            if reply.status < 300:
                self._watch(reply, call, work, workshop)
            return reply
        said = _said(reply, work)
        if said is None:
            return reply
        mended = work.rules.lens.mended(said, workshop)
        if reply.status >= 400 and not workshop.made:
            return reply  # what the provider could not read is no call to us either
        again = None
        if retries and work.edits:
            again = asked_again(call, work.rules.lens, said, workshop.complaints)
        if again is not None:
            second = yield from self._second(again)
            if second is not None and second.status < 300:
                _count(call, retries=1)
                return (yield from self._up(second, again, work, retries - 1))
        _count(call, workshop)
        if not work.edits or (reply.status >= 400 and not _runs(workshop)):
            return reply  # a refusal says more than a call that must not run
        if mended is not said or reply.status >= 400:
            reply.edit(dump(mended))
            reply.status = 200
        return reply

    def _second(self, again: Call) -> Flow[Reply | None]:
        """Ask once more; ``None`` where no reply came, for then the first one is good enough."""
        try:
            return (yield from send(again))
        except Exception as error:
            again.ledger.failed(self.name, "model", error)
            return None

    def _watch(self, reply: Reply, call: Call, work: _Work, workshop: Workshop) -> None:
        """Mend a stream; in ``report`` mode only look at what it was, once it is whole."""
        lens = work.rules.lens
        if work.edits:
            reply.filters.append((self.name, lens.filter(workshop)))

        def told(whole: Whole) -> Flow[None]:
            if not work.edits:
                lens.mended(whole.given, workshop)
            _count(call, workshop)
            return
            yield  # a flow without effects

        reply.finishers.append((self.name, told))


def _check(chosen: Mapping[str, str], known: Mapping[str, Dialect]) -> None:
    """Refuse the name of a dialect that is not there."""
    for provider, name in chosen.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else "`sealegs schema dialects` lists them"
            reason = f"there is no schema dialect {name!r}; {hint}"
            raise SettingsError("tools", f"dialects.{provider}", reason)


def _policy(worst: RepairClass) -> Policy:
    """Let calls run with repairs up to a class."""
    classes: tuple[RepairClass, ...] = get_args(RepairClass)
    return Policy(frozenset(classes[: classes.index(worst) + 1]))


def _seed(call: Call) -> str:
    """Tell turns apart by what was said before them."""
    turns = call.document.turns
    last = turns[-1].raw if turns else b""
    return f"{len(turns)}:{hashlib.blake2b(last, digest_size=8).hexdigest()}"


def _said(reply: Reply, work: _Work) -> Json:
    """Give a whole reply, or the generation that an error quotes; ``None``: there is neither."""
    try:
        said = reply.data
    except ValueError:
        return None
    if reply.status < 300:
        return said
    return work.rules.lens.generation(said) if work.reads and reply.status >= 400 else None


def _runs(workshop: Workshop) -> bool:
    """Say whether all calls may run."""
    return all(one.outcome in ("clean", "mended") for one in workshop.made)


def _count(call: Call, workshop: Workshop | None = None, *, retries: int = 0) -> None:
    """Add to the record what became of the calls."""
    use = call.ledger.tools or ToolUse()
    calls = tuple(workshop.made) if workshop else ()
    for error in workshop.failures if workshop else ():
        call.ledger.failed(ToolLayer.name, "model", error)
    call.ledger.tools = replace(use, calls=use.calls + calls, retries=use.retries + retries)
