from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence

import pytest

from flows import (
    COLOURS,
    KEYS,
    RECORD,
    AsyncPort,
    Colour,
    Port,
    Step,
    answered,
    call_of,
    drive,
)
from sealegs.drivers import AsyncPerformer, arun
from sealegs.exchange import Failure
from sealegs.flow import Call, Flow, Reply, load, save, send, wait
from sealegs.machine import through
from sealegs.records import Found
from sealegs.stores.memory import MemoryStore

colours = pytest.mark.parametrize("colour", COLOURS)


@colours
def test_each_effect_is_answered(colour: Colour) -> None:
    def flow(call: Call) -> Flow[tuple[Mapping[bytes, Found], Reply]]:
        yield from wait(0)
        yield from save(RECORD, KEYS)
        return (yield from load(KEYS)), (yield from send(call))

    reply = answered()
    answer = drive(flow(call_of()), Port([reply]), colour)
    assert answer == ({KEYS[0]: Found((RECORD,))}, reply)


@colours
def test_an_attempt_is_written_down_with_its_times_and_status(colour: Colour) -> None:
    def thrice(call: Call) -> Flow[Reply]:
        with pytest.raises(OSError, match="no route"):
            yield from send(call)
        yield from send(call)
        return (yield from send(call))

    call = call_of()
    port = Port([OSError("no route"), answered(status=429), answered(status=200)])
    drive(thrice(call), port, colour)
    attempts = call.ledger.attempts
    assert [attempt.status for attempt in attempts] == [0, 429, 200]
    times = [moment for one in attempts for moment in (one.started, one.ended)]
    assert times == sorted(times)


class Watched(MemoryStore):
    """Says in which thread it was asked, and whether it says that it blocks."""

    def __init__(self, blocks: bool) -> None:
        super().__init__()
        self.threads: list[int] = []
        self._blocks = blocks

    @property
    def blocks(self) -> bool:  # type: ignore[override]
        return self._blocks

    def load(self, keys: Sequence[bytes]) -> Mapping[bytes, Found]:
        self.threads.append(threading.get_ident())
        return super().load(keys)

    def save(self, record: object, keys: object) -> None:
        self.threads.append(threading.get_ident())


def keeps(call: Call) -> Flow[None]:
    yield from load(KEYS)
    yield from save(RECORD, KEYS)


@pytest.mark.parametrize("blocks", [True, False])
def test_on_an_event_loop_a_store_that_blocks_is_asked_in_another_thread(blocks: bool) -> None:
    store = Watched(blocks)
    drive(keeps(call_of()), Port(), "async", store)
    assert [ident != threading.get_ident() for ident in store.threads] == [blocks, blocks]


def test_without_an_event_loop_a_store_that_blocks_is_asked_in_place() -> None:
    store = Watched(blocks=True)
    drive(keeps(call_of()), Port(), "sync", store)
    assert store.threads == [threading.get_ident()] * 2


def test_on_an_event_loop_a_store_that_hangs_is_not_waited_for() -> None:
    freed = threading.Event()

    class Hanging(MemoryStore):
        blocks = True

        def load(self, keys: Sequence[bytes]) -> Mapping[bytes, Found]:
            freed.wait(20)
            return {}

    def asks(call: Call) -> Flow[Reply]:
        yield from load(KEYS)
        return (yield from send(call))

    async def main() -> Reply:
        perform = AsyncPerformer(AsyncPort(Port([reply])), Hanging(), 0.01)
        try:
            return await arun(through([Step(asks)], call), perform)
        finally:
            freed.set()

    reply, call = answered(), call_of()
    assert asyncio.run(main()) is reply
    assert call.ledger.failures == [Failure("step", "model", "TimeoutError: ")]


def test_a_flow_runs_on_trio_too() -> None:
    trio = pytest.importorskip("trio", reason="trio is not installed")

    class TrioPort(AsyncPort):
        async def send(self, call: Call) -> Reply:
            await trio.lowlevel.checkpoint()
            return self.port.send(call)

    def flow(call: Call) -> Flow[Reply]:
        yield from wait(0)
        yield from load(KEYS)
        yield from save(RECORD, KEYS)
        return (yield from send(call))

    reply, store = answered(), Watched(blocks=True)
    perform = AsyncPerformer(TrioPort(Port([reply])), store, 1.0)
    assert trio.run(arun, flow(call_of()), perform) is reply
    assert store.threads == [threading.get_ident()] * 2
