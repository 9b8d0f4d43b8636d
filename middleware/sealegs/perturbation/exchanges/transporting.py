"""The layer that stands in the network's place: what becomes of an exchange with a model's API."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from sealegs.flow import Call, Disturbance, Flow, Reply, send, wait
from sealegs.jsons import Json, dump
from sealegs.perturbation.edits import (
    BrokenBody,
    BrokenCalls,
    BrokenResults,
    Pace,
    Raised,
    Refused,
)
from sealegs.perturbation.exchanges.breaking import broken_body, broken_reply
from sealegs.perturbation.exchanges.breaking_streams import broken_stream
from sealegs.perturbation.exchanges.disordering import TornEvent, disordered
from sealegs.perturbation.exchanges.lensing import Lenses
from sealegs.perturbation.exchanges.meeting import Met
from sealegs.perturbation.exchanges.planning import ExchangePlan, planned
from sealegs.perturbation.exchanges.returning import with_broken_results
from sealegs.perturbation.faults import TransportFault
from sealegs.perturbation.operators import FaultOperator, Surface
from sealegs.perturbation.trial import Active, Trial, current_trial
from sealegs.perturbation.trials.guarding import Guard

if TYPE_CHECKING:
    from sealegs.catalog import Catalog
    from sealegs.settings import Settings

__all__ = ["TransportLayer"]

_NO_STREAM = "the reply was not streamed: let the agent ask for streams"
_JSON = {"content-type": "application/json"}
_HTML = {"content-type": "text/html"}
_LENGTHS = ("content-length", "content-encoding", "transfer-encoding")


_SURFACES: tuple[Surface, ...] = ("transport", "tool_response")
"""Whose faults happen here: those of the environment happen to the HTTP calls that tools make."""


def _of_exchanges(trial: Trial) -> Sequence[Active]:
    found = [active for surface in _SURFACES for active in trial.of(FaultOperator, surface)]
    return sorted(found, key=_by_profile) if len(found) > 1 else found


def _by_profile(active: Active) -> int:
    return active.index


class TransportLayer:
    """Makes exchanges fail as they fail in the field. Without a trial it passes them on.

    Args:
        catalog: lenses, by the wire formats that they are for.
        settings: say what looks live, and must not be disturbed.
    """

    name = "transport-faults"
    stage = 900
    fails_open = False

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._guard = Guard.of(settings)
        self._faults = {wire: one for one in catalog.fault_lenses.values() for wire in one.wires}
        self._tools = {wire: one for one in catalog.tool_lenses.values() for wire in one.wires}
        self._texts = {wire: one for one in catalog.text_lenses.values() for wire in one.wires}

    def dormant(self) -> bool:
        """Say whether there is nothing to do, no trial being under way here."""
        return current_trial() is None

    def model(self, call: Call, /) -> Flow[Reply]:
        """Decide what becomes of an exchange, and let it happen."""
        trial = current_trial()
        actives = _of_exchanges(trial) if trial is not None else ()
        if trial is None or not actives:
            return (yield from send(call))
        self._guard.request(call.head.host, call.head.headers)
        name, framing = call.wire.name, call.wire.framing
        faults, tools = self._faults.get(name), self._tools.get(name)
        lenses = Lenses(framing, faults, tools, self._texts.get(name))
        plan = planned(trial, actives, call, lenses)
        try:
            return (yield from _exchanged(call, plan, lenses))
        except Exception as error:
            plan.miss(f"no reply came: {type(error).__name__}")
            raise


def _exchanged(call: Call, plan: ExchangePlan, lenses: Lenses) -> Flow[Reply]:
    yield from _before(call, plan)
    end = plan.end
    if end is not None:
        plan.miss("the exchange ended before")
    if end is not None and isinstance(end.fault, Refused):
        end.delivered(f"the client got status {end.fault.status}")
        return _refusal(end.fault, lenses)
    if end is not None and isinstance(end.fault, Raised) and not end.fault.sent:
        raise _raised(end, end.fault)
    sent = call if end is not None else _with_results(call, plan, lenses)
    try:
        reply = yield from send(sent)
    except Exception as error:
        plan.miss(f"no reply came: {type(error).__name__}", end=True)
        raise
    if end is not None and isinstance(end.fault, Raised):
        raise _raised(end, end.fault)
    for met in plan.edits:
        if isinstance(met.fault, BrokenResults):
            met.delivered("the provider took the request")
    if reply.status >= 300:
        plan.miss(f"the provider answered with status {reply.status}")
        return reply
    instead = reply.streams and any(map(_is_no_stream, plan.edits))
    if reply.streams and not instead:
        slow = [(met, pace) for met, pace in plan.paces if pace.first > 0 or pace.each > 0]
        reply.pace = _Slow(slow) if slow else None
    else:
        yield from _first(call, plan)
    return _received(reply, plan.edits, lenses)


def _before(call: Call, plan: ExchangePlan) -> Flow[None]:
    """Wait before the request goes out: as long as the client would, at most."""
    for met, pace in plan.paces:
        if pace.before > 0:
            _bounded(call, plan, met, pace.before)
            yield from wait(pace.before)
            met.delivered(f"the request went out {pace.before:g} s later")


def _first(call: Call, plan: ExchangePlan) -> Flow[None]:
    """Wait before a whole reply; the tap of a stream waits while it is read."""
    for met, pace in plan.paces:
        if pace.first > 0:
            _bounded(call, plan, met, pace.first)
            yield from wait(pace.first)
            met.delivered(f"the reply came {pace.first:g} s later")
        met.undelivered(_NO_STREAM)


class _Slow:
    """The pace of a stream: says how long each piece takes."""

    def __init__(self, paces: Sequence[tuple[Met, Pace]]) -> None:
        self._paces = paces

    def __call__(self, number: int) -> float:
        total = 0.0
        for met, pace in self._paces:
            seconds = pace.each if number else pace.first
            if seconds > 0:
                met.delivered(f"piece {number} of the stream came {seconds:g} s later")
                total += seconds
        return total


def _bounded(call: Call, plan: ExchangePlan, met: Met, seconds: float) -> None:
    """Let a client that does not wait so long meet its own time limit."""
    limit = (call.head.limits or {}).get("read")
    if limit is not None and seconds > limit:
        met.delivered(f"the client waited {limit:g} s")
        plan.miss("the client's time limit came first", end=True)
        raise TransportFault("read_timeout", seconds)


def _refusal(fault: Refused, lenses: Lenses) -> Reply:
    headers = {**_JSON, **fault.headers}
    if fault.retry_in is not None:
        headers["retry-after"] = formatdate(time.time() + fault.retry_in, usegmt=True)
    said: Json = None
    if lenses.faults is not None:
        said = lenses.faults.error(fault.kind, fault.status, fault.message)
    return Reply(fault.status, headers, dump(said))


def _raised(met: Met, fault: Raised) -> TransportFault:
    told = f"the client met {fault.kind}"
    met.note(applied=True)
    return TransportFault(fault.kind, fault.seconds, lambda: met.delivered(told))


def _with_results(call: Call, plan: ExchangePlan, lenses: Lenses) -> Call:
    """Break the newest results of a request."""
    document, texts = call.document, lenses.texts
    for met in plan.edits:
        if isinstance(met.fault, BrokenResults) and texts is not None:
            broken = with_broken_results(document, met.fault, call.wire, texts)
            if isinstance(broken, str):
                met.undelivered(broken)
            else:
                document = broken
    return call if document is call.document else replace(call, document=document)


def _is_no_stream(met: Met) -> bool:
    """Say whether something whole comes in a stream's place: what a gateway says by itself."""
    return isinstance(met.fault, BrokenBody) and met.fault.what in ("html", "empty")


def _received(reply: Reply, edits: Sequence[Met], lenses: Lenses) -> Reply:
    """Break what came back."""
    if reply.body is not None:
        for met in edits:
            reply = _whole(reply, met, lenses)
        return reply
    for met in edits:
        if _is_no_stream(met) and isinstance(met.fault, BrokenBody):
            for other in edits:
                if other is not met:
                    other.undelivered("something else came in the stream's place")
            return _body(reply, met, met.fault, b"")
    for met in edits:
        reply.disturbances += _disturbances(met, lenses)
    return reply


def _whole(reply: Reply, met: Met, lenses: Lenses) -> Reply:
    fault, body = met.fault, reply.body or b""
    if isinstance(fault, BrokenCalls):
        reply.body = broken_reply(met, fault, body, lenses)
    elif isinstance(fault, BrokenBody):
        if broken_body(fault, body) == body:
            met.undelivered("the body has nothing that could be broken")
            return reply
        return _body(reply, met, fault, body)
    else:
        met.undelivered(_NO_STREAM)
    return reply


def _body(reply: Reply, met: Met, fault: BrokenBody, body: bytes) -> Reply:
    met.delivered(f"the body was none: {fault.what}")
    headers = {name: value for name, value in reply.headers.items() if name not in _LENGTHS}
    kind = _HTML if fault.what == "html" else {}
    return Reply(reply.status, {**headers, **kind}, broken_body(fault, body))


def _disturbances(met: Met, lenses: Lenses) -> Sequence[Disturbance]:
    fault = met.fault
    if isinstance(fault, BrokenCalls):
        return broken_stream(met, fault, lenses)
    if isinstance(fault, BrokenBody) and lenses.faults is not None:
        kept, ends = fault.kept, fault.what == "truncated"
        return (TornEvent(met, lenses.faults, lenses.framing, kept=kept, ends=ends),)
    return disordered(met, lenses.faults)
