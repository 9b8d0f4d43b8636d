"""Recorded traffic with all tools and parameters renamed: out and back are inverse."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from disturbing import STAGING, Retooling, permuting, rotating, trial
from flows import Port, answered, drive
from recorded import Recorded, assembled, events, exchanges, streams
from sealegs.calls.saying import Mended, SaidCall
from sealegs.exchange import Ledger
from sealegs.flow import Call, Reply
from sealegs.jsons import parse
from sealegs.perturbation.requests.equipping import equipped
from sealegs.perturbation.requests.layer import PerturbationLayer
from sealegs.perturbation.requests.mentions import Pieces
from sealegs.perturbation.requests.renaming import Renaming
from sealegs.perturbation.requests.scenes import Memory, Scene
from sealegs.perturbation.trial import Trial
from web import installed


@cache
def layer() -> PerturbationLayer:
    return PerturbationLayer(installed(), STAGING)


def call_of(one: Recorded, body: bytes | None = None) -> Call:
    document = one.wire.read(one.body if body is None else body, one.head)
    return Call(one.head, one.wire, document, document, None, Ledger())


def lens_of(one: Recorded) -> Any:
    return next(lens for lens in installed().tool_lenses.values() if one.wire.name in lens.wires)


def texts_of(one: Recorded) -> Any:
    return next(lens for lens in installed().text_lenses.values() if one.wire.name in lens.wires)


def sent(one: Recorded, operator: Retooling, body: bytes | None = None) -> bytes:
    port = Port([answered()])
    with trial(operator):
        drive(layer().model(call_of(one, body)), port, "sync")
    return port.sent[0]


def names_of(one: Recorded, running: Trial) -> Renaming | None:
    """The names that the layer will use for a request."""
    call = call_of(one)
    scene = Scene(running, Memory(), "", one.wire, texts_of(one), lens_of(one))
    found = equipped(call.document, scene, installed().tool_forms, 0)
    return None if found is None else found.renaming


class Forth:
    """Says a recorded reply as a model would have said it that knows the new names."""

    reads_text = True

    def __init__(self, names: Renaming) -> None:
        self._names = names
        self._runs: dict[int, Pieces] = {}

    def text(self, choice: int, piece: str, /) -> Mended:
        run = self._runs.setdefault(choice, self._names.said.pieces())
        return Mended(run.feed(piece))

    def text_end(self, choice: int, /) -> Mended:
        run = self._runs.pop(choice, None)
        return Mended(run.close() if run else "")

    def holds(self, choice: int, name: str, /) -> bool:
        return True

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        return self._names.sent(call)


@cache
def with_tools() -> Sequence[Recorded]:
    """Every recorded request that has a tool of its own."""
    found = [one for one in exchanges() if isinstance(one.request, dict)]
    return [one for one in found if names_of(one, trial(permuting()))]


def test_there_are_recorded_requests_with_tools_in_most_wire_formats() -> None:
    wires = sorted({one.wire.name for one in with_tools()})
    assert len(with_tools()) > 100, wires
    assert len(wires) >= 5, wires


def test_a_request_whose_names_change_places_twice_is_the_request_again() -> None:
    changed = 0
    for one in with_tools():
        there = sent(one, rotating(1))
        again = sent(one, rotating(-1), there)
        assert parse(again) == one.request, one.name
        changed += parse(there) != one.request
    assert changed > 60


def read(value: Any) -> Any:
    """Read arguments that stand as text, so that only what they say is compared."""
    if isinstance(value, dict):
        return {key: read(each) for key, each in value.items()}
    if isinstance(value, list):
        return [read(each) for each in value]
    if isinstance(value, str) and value[:1] == "{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def test_a_whole_reply_under_new_names_comes_back_as_it_was() -> None:
    changed = 0
    for one in with_tools():
        if one.stream or one.status != 200 or one.encoding != "json":
            continue
        running = trial(permuting())
        names = names_of(one, running)
        assert names is not None
        said = lens_of(one).mended(one.response, Forth(names))
        with running:
            reply: Reply = drive(
                layer().model(call_of(one)), Port([answered(json.dumps(said).encode())]), "sync"
            )
        assert read(parse(reply.body or b"")) == read(one.response), one.name
        changed += said is not one.response
    assert changed > 20


@pytest.mark.parametrize("cut", ["whole", "random"])
def test_a_streamed_reply_under_new_names_comes_back_as_it_was(cut: str) -> None:
    changed = 0
    known = {one.name for one in with_tools()}
    for one in streams():
        if one.name not in known or one.status != 200:
            continue
        running = trial(permuting())
        names = names_of(one, running)
        assert names is not None
        forth = lens_of(one).filter(Forth(names))
        came = events(one.wire, [one.stream])
        said = b"".join(event.raw for each in came for event in forth.feed(each)) + b"".join(
            event.raw for event in forth.close()
        )
        with running:
            reply = drive(layer().model(call_of(one)), Port([Reply(200, {}, None)]), "sync")
        push = reply.filters[0][1] if reply.filters else None
        found = [
            event
            for each in events(one.wire, [said] if cut == "whole" else at_random(one.name, said))
            for event in (push.feed(each) if push else (each,))
        ]
        found += push.close() if push else ()
        want = assembled(one.wire, came).reply()
        assert read(assembled(one.wire, found).reply()) == read(want), one.name
        changed += said != one.stream
    assert changed > 20


def at_random(seed: str, stream: bytes) -> list[bytes]:
    draw = random.Random(seed)
    cuts = sorted(draw.sample(range(len(stream)), min(40, len(stream) // 2)))
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
