from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from flows import (
    COLOURS,
    KEYS,
    RECORD,
    AsyncPort,
    BrokenStore,
    Colour,
    Port,
    Step,
    answered,
    call_of,
    drive,
    noted,
    notes,
)
from sealegs.catalog import Catalog
from sealegs.drivers import AsyncPerformer, arun
from sealegs.exchange import Failure
from sealegs.flow import Call, Effect, Flow, Layer, Reply, Save, load, save, send, wait
from sealegs.machine import through
from sealegs.settings import Settings
from sealegs.specs import hookimpl
from sealegs.stores.memory import MemoryStore

colours = pytest.mark.parametrize("colour", COLOURS)
LOOSE = Step(lambda call: send(noted(call, "outer")), name="outer")


class Down(Exception):
    """What a client raises when the network is down."""


def own(call: Call) -> Flow[Reply]:
    yield from ()
    raise ValueError("a layer's own")


@colours
def test_a_second_send_is_a_retry_and_closes_the_first_reply(colour: Colour) -> None:
    def again(call: Call) -> Flow[Reply]:
        yield from send(call)
        return (yield from send(noted(call, "again")))

    first, second = answered(status=429), answered()
    port = Port([first, second])
    assert drive(through([Step(again)], call_of()), port, colour) is second
    assert port.closed == [first]
    assert [notes(sent) for sent in port.sent] == [[], ["again"]]


@colours
def test_returning_without_a_send_is_a_short_circuit(colour: Colour) -> None:
    refused, port = answered(status=429), Port()

    def short(call: Call) -> Flow[Reply]:
        yield from ()
        return refused

    assert drive(through([Step(short), LOOSE], call_of()), port, colour) is refused
    assert (port.sent, port.closed) == ([], [])


@colours
def test_a_reply_in_whose_place_another_is_returned_is_closed(colour: Colour) -> None:
    mine, theirs = answered(b"mine"), answered(b"theirs")

    def instead(call: Call) -> Flow[Reply]:
        yield from send(call)
        return mine

    port = Port([theirs])
    assert drive(through([Step(instead)], call_of()), port, colour) is mine
    assert port.closed == [theirs]


@colours
@pytest.mark.parametrize("fails_open", [True, False])
def test_an_error_from_below_passes_a_layer_that_does_not_catch_it(
    colour: Colour, fails_open: bool
) -> None:
    call, down = call_of(), Down()
    port = Port([down, answered()])
    layers = [Step(fails_open=fails_open), LOOSE]
    with pytest.raises(Down) as caught:
        drive(through(layers, call), port, colour)
    assert caught.value is down
    assert (len(port.sent), call.ledger.failures) == (1, [])


@colours
def test_a_layer_may_catch_an_error_from_below_and_send_again(colour: Colour) -> None:
    def stubborn(call: Call) -> Flow[Reply]:
        try:
            return (yield from send(call))
        except Down:
            return (yield from send(noted(call, "again")))

    reply, call = answered(), call_of()
    port = Port([Down(), reply])
    assert drive(through([Step(stubborn)], call), port, colour) is reply
    assert [attempt.status for attempt in call.ledger.attempts] == [0, 200]


@colours
def test_a_layer_that_fails_while_it_handles_an_error_from_below_leaves_the_error_to_the_caller(
    colour: Colour,
) -> None:
    def clumsy(call: Call) -> Flow[Reply]:
        try:
            return (yield from send(call))
        except Down as error:
            raise ValueError("a layer's own") from error

    call, down = call_of(), Down()
    with pytest.raises(Down) as caught:
        drive(through([Step(clumsy)], call), Port([down]), colour)
    assert caught.value is down
    assert call.ledger.failures == [Failure("step", "model", "ValueError: a layer's own")]


@colours
def test_a_layer_that_fails_before_it_sends_is_stepped_over_with_the_call_as_it_was(
    colour: Colour,
) -> None:
    def edits_and_fails(call: Call) -> Flow[Reply]:
        noted(call, "lost")
        yield from wait(0)
        raise ValueError("a layer's own")

    call, port, reply = call_of(), Port([]), answered()
    port.script.append(reply)
    layers = [LOOSE, Step(edits_and_fails), Step(lambda call: send(noted(call, "inner")))]
    assert drive(through(layers, call), port, colour) is reply
    assert [notes(sent) for sent in port.sent] == [["outer", "inner"]]
    assert call.ledger.failures == [Failure("step", "model", "ValueError: a layer's own")]


@colours
def test_the_call_of_a_layer_that_is_stepped_over_goes_out_as_the_very_bytes(
    colour: Colour,
) -> None:
    call, port = call_of(), Port()
    drive(through([Step(own)], call), port, colour)
    assert port.sent[0] is call.original.encode()


@colours
def test_a_layer_that_fails_before_it_has_begun_to_flow_is_stepped_over(colour: Colour) -> None:
    def no_flow(call: Call) -> Flow[Reply]:
        raise ValueError("a layer's own")

    call, reply = call_of(), answered()
    assert drive(through([Step(no_flow)], call), Port([reply]), colour) is reply
    assert call.ledger.failures == [Failure("step", "model", "ValueError: a layer's own")]
    with pytest.raises(ValueError, match="a layer's own"):
        drive(through([Step(no_flow, fails_open=False)], call_of()), Port(), colour)


@colours
def test_a_layer_that_fails_after_it_has_sent_gives_the_reply(colour: Colour) -> None:
    def fails_late(call: Call) -> Flow[Reply]:
        yield from send(noted(call, "sent"))
        raise ValueError("a layer's own")

    call, reply = call_of(), answered()
    port = Port([reply])
    assert drive(through([Step(fails_late)], call), port, colour) is reply
    assert (len(port.sent), port.closed) == (1, [])
    assert call.ledger.failures == [Failure("step", "model", "ValueError: a layer's own")]


@colours
def test_the_error_of_a_layer_that_fails_closed_reaches_the_caller(colour: Colour) -> None:
    call, port = call_of(), Port()
    with pytest.raises(ValueError, match="a layer's own"):
        drive(through([LOOSE, Step(own, fails_open=False)], call), port, colour)
    assert (port.sent, call.ledger.failures) == ([], [])


@colours
def test_the_reply_that_a_failing_closed_layer_had_is_closed(colour: Colour) -> None:
    def fails_late(call: Call) -> Flow[Reply]:
        yield from send(call)
        raise ValueError("a layer's own")

    reply = answered()
    port = Port([reply])
    with pytest.raises(ValueError, match="a layer's own"):
        drive(through([Step(fails_late, fails_open=False)], call_of()), port, colour)
    assert port.closed == [reply]


@colours
def test_a_store_that_is_down_costs_no_call(colour: Colour) -> None:
    def keeps(call: Call) -> Flow[Reply]:
        yield from load(KEYS)
        return (yield from send(call))

    def keeps_after(call: Call) -> Flow[Reply]:
        reply = yield from send(call)
        yield from save(RECORD, KEYS)
        return reply

    for work in (keeps, keeps_after):
        call, reply = call_of(), answered()
        port = Port([reply])
        flow = through([Step(work)], call)
        assert drive(flow, port, colour, BrokenStore()) is reply
        assert len(port.sent) == 1
        assert call.ledger.failures == [Failure("step", "model", "OSError: the store is down")]


def forgets(call: Call) -> Flow[Any]:
    yield from send(call)


def never_sends(call: Call) -> Flow[Any]:
    yield from ()


FORGOT = "TypeError: the layer 'step' returned NoneType, not a Reply"


@colours
def test_a_layer_that_forgets_to_return_the_reply_costs_no_call(colour: Colour) -> None:
    call, reply = call_of(), answered()
    port = Port([reply])
    assert drive(through([Step(forgets)], call), port, colour) is reply
    assert (port.closed, call.ledger.failures) == ([], [Failure("step", "model", FORGOT)])


@colours
def test_a_layer_that_returns_nothing_and_has_not_sent_is_stepped_over(colour: Colour) -> None:
    call, reply = call_of(), answered()
    port = Port([reply])
    assert drive(through([Step(never_sends)], call), port, colour) is reply
    assert (len(port.sent), call.ledger.failures) == (1, [Failure("step", "model", FORGOT)])


@colours
def test_a_layer_that_fails_closed_and_returns_nothing_is_an_error(colour: Colour) -> None:
    reply = answered()
    port = Port([reply])
    with pytest.raises(TypeError, match="the layer 'step' returned NoneType, not a Reply"):
        drive(through([Step(forgets, fails_open=False)], call_of()), port, colour)
    assert port.closed == [reply]


@colours
def test_a_layers_cleanup_runs_and_its_generator_is_closed(colour: Colour) -> None:
    ended: list[str] = []

    def tidy(call: Call) -> Flow[Reply]:
        try:
            return (yield from send(call))
        finally:
            ended.append("tidy")

    drive(through([Step(tidy)], call_of()), Port(), colour)
    with pytest.raises(Down):
        drive(through([Step(tidy)], call_of()), Port([Down()]), colour)
    assert ended == ["tidy", "tidy"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_error_passes_every_layer_and_runs_its_cleanup(
    stop: type[BaseException],
) -> None:
    ended: list[str] = []

    class Interrupted(Port):
        def send(self, call: Call) -> Reply:
            raise stop

    def greedy(call: Call) -> Flow[Reply]:
        try:
            return (yield from send(call))
        except Exception:
            return answered(b"swallowed")
        finally:
            ended.append("greedy")

    call = call_of()
    with pytest.raises(stop):
        drive(through([Step(greedy), LOOSE], call), Interrupted(), "sync")
    assert (ended, call.ledger.failures) == (["greedy"], [])


class Slow(AsyncPort):
    """Never answers; says when it has been asked."""

    def __init__(self, port: Port) -> None:
        super().__init__(port)
        self.asked = asyncio.Event()

    async def send(self, call: Call) -> Reply:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets the event")


async def _cancelled(flow: Flow[Reply], perform: Any, reached: asyncio.Event) -> None:
    task = asyncio.create_task(arun(flow, perform))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


def test_a_call_cancelled_while_it_is_sent_is_cancelled_and_cleaned_up() -> None:
    ended: list[str] = []

    def greedy(call: Call) -> Flow[Reply]:
        try:
            return (yield from send(call))
        except Exception:
            return answered(b"swallowed")
        finally:
            ended.append("greedy")

    async def main() -> None:
        slow = Slow(Port())
        perform = AsyncPerformer(slow, MemoryStore(), 1.0)
        await _cancelled(through([Step(greedy), LOOSE], call), perform, slow.asked)

    call = call_of()
    asyncio.run(main())
    assert (ended, call.ledger.failures) == (["greedy"], [])
    assert [attempt.status for attempt in call.ledger.attempts] == [0]


@pytest.mark.parametrize("outer", [(), (LOOSE,), (LOOSE, LOOSE)])
def test_a_call_cancelled_after_the_reply_gives_back_its_connection(
    outer: tuple[Layer, ...],
) -> None:
    def keeps(call: Call) -> Flow[Reply]:
        reply = yield from send(call)
        yield from save(RECORD, KEYS)
        return reply

    async def main() -> None:
        reached = asyncio.Event()
        usual = AsyncPerformer(AsyncPort(port), MemoryStore(), 1.0)

        async def perform(effect: Effect) -> Any:
            if isinstance(effect, Save):
                reached.set()
                await asyncio.Event().wait()
            return await usual(effect)

        await _cancelled(through([*outer, Step(keeps)], call_of()), perform, reached)

    reply = answered()
    port = Port([reply])
    asyncio.run(main())
    assert port.closed == [reply]


@colours
def test_a_reply_that_cannot_be_closed_costs_no_call(colour: Colour) -> None:
    class Unclosable(Port):
        def close(self, reply: Reply) -> None:
            super().close(reply)
            raise OSError("it is gone already")

    def again(call: Call) -> Flow[Reply]:
        yield from send(call)
        return (yield from send(call))

    first, second, call = answered(status=429), answered(), call_of()
    port = Unclosable([first, second])
    assert drive(through([Step(again)], call), port, colour) is second
    assert (port.closed, call.ledger.failures) == ([first], [])


def test_a_layer_whose_cleanup_yields_or_fails_does_not_swallow_a_cancellation() -> None:
    def yields(call: Call) -> Flow[Reply]:
        try:
            return (yield from send(call))
        finally:
            yield from wait(0)

    def fails(call: Call) -> Flow[Reply]:
        try:
            return (yield from send(call))
        finally:
            raise ValueError("in the cleanup")

    async def main(call: Call, work: Any) -> None:
        slow = Slow(Port())
        perform = AsyncPerformer(slow, MemoryStore(), 1.0)
        await _cancelled(through([Step(work)], call), perform, slow.asked)

    for work, said in ((yields, "RuntimeError: generator"), (fails, "ValueError: in the cleanup")):
        call = call_of()
        asyncio.run(main(call, work))
        assert [one.error.startswith(said) for one in call.ledger.failures] == [True]


def test_layers_run_by_stage_and_then_by_name_whatever_the_order_of_their_plugins() -> None:
    class Gives:
        def __init__(self, *layers: Layer) -> None:
            self.name, self.layers = layers[0].name + "-plugin", layers

        @hookimpl
        def middleware(self) -> Iterable[Layer]:
            return self.layers

    layers = [
        Step(name="b", stage=300),
        Step(name="z", stage=100),
        Step(name="a", stage=300),
        Step(name="m", stage=200),
    ]
    plugins = [Gives(layers[0], layers[1]), Gives(layers[2]), Gives(layers[3])]
    made = Catalog.load(*plugins, blocked=("perturbation", "reasoning", "tools")).layers(Settings())
    assert [layer.name for layer in made] == ["z", "m", "a", "b"]
