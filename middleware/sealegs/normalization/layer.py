"""The layer: lowers the tools on the way down, mends the calls on the way up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from sealegs.calls.arguments import Policy
from sealegs.calls.choosing import Parsers
from sealegs.calls.ids import Ids
from sealegs.calls.repairs import RepairClass
from sealegs.exchange import ToolUse
from sealegs.flow import Call, Flow, Reply, Whole, send
from sealegs.jsons import Json, dump, parse
from sealegs.normalization.history import History
from sealegs.normalization.mending import Complaint, Ways, Workshop
from sealegs.normalization.plans import Planner, RequestPlan, Rules
from sealegs.schema.choosing import Dialects

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.catalog import Catalog
    from sealegs.settings import ToolSettings

__all__ = ["ToolLayer"]


@dataclass(frozen=True, slots=True)
class _Work:
    """What is known of one call's tools.

    Attributes:
        rules: what holds for them.
        plan: what they become.
        ways: how calls are mended.
        edits: whether anything is changed, or only told.
    """

    rules: Rules
    plan: RequestPlan
    ways: Ways
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
        self._parsers = Parsers(catalog.tool_call_parsers.values())
        self._planner = Planner(catalog.tool_forms, settings.strict)
        self._history = History()
        self._policy = _policy(settings.runs)

    def model(self, call: Call, /) -> Flow[Reply]:
        """Lower the request's tools, send it, and mend the reply's calls."""
        work = self._work(call)
        if work is None:
            return (yield from send(call))
        lowered = self._lowered(call, work)
        reply = yield from send(lowered)
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
        if not plan.plan.tools and len(call.document.turns) < 2:
            return None
        family = call.target.family if call.target else call.document.model
        parser = None
        if self._settings.text_calls and plan.plan.tools:
            parser = self._parsers.find(call.wire.name, provider, family)
        edits = mode == "fix"
        ways = Ways(self._policy, parser, self._settings.stream_arguments, edits)
        return _Work(rules, plan, ways, edits)

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
        call.ledger.tools = ToolUse(
            rules.dialect.name,
            plan.plan.reports,
            tuple(tool.definition.name for tool in plan.plan.tools if tool.error),
            plan.rewritten,
            len(turns),
        )
        for tool in plan.plan.tools:
            if tool.error is not None:
                call.ledger.failed(self.name, "read", tool.error)
        if not work.edits:
            return call
        return replace(call, document=document.edited(turns=turns, parameters=parameters))

    def _up(self, reply: Reply, call: Call, work: _Work, retries: int) -> Flow[Reply]:
        """Mend a reply; a whole one with a call that must not run is asked for once more."""
        workshop = Workshop(work.plan.plan, work.ways, Ids(work.rules.dialect.ids, _seed(call)))
        lens = work.rules.lens
        if reply.body is None:
            if reply.status < 300:
                self._watch(reply, call, work, workshop)
            return reply
        given = _parsed(reply.body)
        quoted = lens.generation(given) if reply.status >= 400 and work.ways.parser else None
        if given is None or (reply.status >= 300 and quoted is None):
            return reply
        given = given if quoted is None else quoted
        mended = lens.mended(given, workshop)
        if quoted is not None and not workshop.made:
            return reply  # what the provider could not read, we cannot either
        if work.edits and retries and any(one.text for one in workshop.complaints):
            again = _answered(call, lens, given, workshop.complaints)
            if again is not None:
                second = yield from send(again)
                _count(call, retries=1)
                return (yield from self._up(second, again, work, retries - 1))
        _count(call, workshop)
        if work.edits and (mended is not given or quoted is not None):
            reply.edit(dump(mended))
            reply.status = 200 if quoted is not None else reply.status
        return reply

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


def _policy(worst: RepairClass) -> Policy:
    """Let calls run with repairs up to a class."""
    classes: tuple[RepairClass, ...] = get_args(RepairClass)
    return Policy(frozenset(classes[: classes.index(worst) + 1]))


def _seed(call: Call) -> str:
    """Tell turns apart by what was said before them."""
    turns = call.document.turns
    last = turns[-1].raw if turns else b""
    return f"{len(turns)}:{hashlib.blake2b(last, digest_size=8).hexdigest()}"


def _parsed(body: bytes) -> Json:
    try:
        return parse(body)
    except ValueError:
        return None


def _answered(
    call: Call, lens: ToolLens, reply: Json, complaints: Sequence[Complaint]
) -> Call | None:
    """Answer a reply's calls in the tools' place: with what was wrong, and that nothing was run."""
    if any(one.choice for one in complaints):
        return None  # of several choices only one could be answered
    ordered = sorted(complaints, key=lambda one: one.from_text)
    texts = [one.text or _NOT_RUN for one in ordered]
    messages = lens.answered(reply, texts)
    if not messages:
        return None
    return replace(call, document=call.document.extended(messages))


_NOT_RUN = (
    "Not run, because another call of the same message was wrong. "
    "Make this call again together with the corrected one."
)


def _count(call: Call, workshop: Workshop | None = None, *, retries: int = 0) -> None:
    """Add to the record what became of the calls."""
    use = call.ledger.tools or ToolUse()
    calls = tuple(workshop.made) if workshop else ()
    call.ledger.tools = replace(use, calls=use.calls + calls, retries=use.retries + retries)
