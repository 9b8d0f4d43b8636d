"""Flows: generators that yield effects, and what passes through them.

A layer does no input or output of its own; it yields an effect, and a driver performs it and sends
the answer back in. So one definition serves sync and async clients, a second `send` is a retry, and
returning without one is a short circuit.

What is made in every call is a struct of msgspec's rather than a dataclass, here and elsewhere: a
frozen one is made ten times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import msgspec

from sealegs.exchange import Ledger
from sealegs.jsons import Json, parse
from sealegs.knowledge import Provider
from sealegs.records import Found, Record
from sealegs.wire import Document, RequestHead, Wire

__all__ = [
    "Call",
    "Close",
    "Disturbance",
    "Effect",
    "Ending",
    "Event",
    "Filter",
    "Finisher",
    "Flow",
    "Layer",
    "Load",
    "Reply",
    "Save",
    "Send",
    "Sleeper",
    "Target",
    "Wait",
    "Whole",
    "load",
    "save",
    "send",
    "wait",
]

R = TypeVar("R")


class Ending(Enum):
    """How a reply ended."""

    COMPLETE = "complete"
    FAILED = "failed"  # the provider or the connection
    CLOSED = "closed"  # by the client, before the end


class Event(msgspec.Struct, eq=False):
    """One event of a stream: its bytes, and its data parsed at most once for all filters.

    Attributes:
        raw: the event's bytes with their framing, as they arrived or as a filter made them.
        name: SSE's ``event:``, AWS's ``:event-type``, or an empty string.
        text: the data, as bytes.
    """

    raw: bytes
    name: str
    text: bytes
    _data: Json = msgspec.UNSET

    @property
    def data(self) -> Json:
        """The parsed data; a string where it is not JSON. To be read, never changed."""
        if self._data is msgspec.UNSET:
            try:
                self._data = parse(self.text) if self.text else None
            except ValueError:
                self._data = self.text.decode("utf-8", "replace")
        return self._data


class Filter(Protocol):
    """Edits a stream, event by event. Made fresh for each stream."""

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Take an event, and give what goes on in its place: most often the very same event.

        Whatever is held back must go on with the terminal event at the latest: the turn is taken
        down as it stands then.
        """
        ...

    def close(self) -> Iterable[Event]:
        """Give what was held back; called once at the end, not after a failure."""
        ...

    def release(self) -> Iterable[Event] | None:
        """Give what was held back, as it had come; called once, after a failure.

        Returns:
            The raw events, or ``None`` where structure has been changed already, so that the events
            still to come would not fit; the stream then ends in an error.
        """
        ...


class Disturbance(Protocol):
    """Stands for what becomes of a stream on its way from the provider: what it gives is what came.

    Nothing else sees what it takes away, neither filters nor records. It does not fail open.
    """

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Take an event, and give what comes in its place.

        Raises:
            TransportFault: nothing more comes; events given before still leave.
            StreamOver: likewise, and the stream ends well.
        """
        ...

    def close(self) -> Iterable[Event]:
        """Give what is still to come where the stream ends by itself; may raise likewise."""
        ...

    def ended(self) -> None:
        """Take note that nothing more will be read, however it ended; called at least once."""
        ...


class Whole(msgspec.Struct, frozen=True):
    """A reply that has ended.

    Attributes:
        ending: how.
        given: the whole reply as the provider gave it, in the shape of one that was not streamed.
        delivered: the same as the framework got it; the very same object where nothing was edited.
    """

    ending: Ending
    given: Json
    delivered: Json


Finisher: TypeAlias = "Callable[[Whole], Flow[None]]"


class Reply(msgspec.Struct):
    """An answer on its way back.

    Attributes:
        status: the HTTP status, or 200 where the framework has none.
        headers: names in lower case.
        body: the whole body, decompressed; ``None`` where the reply streams.
        native: the client's own response, for the driver alone.
        filters: edit a stream; the innermost layer's first.
        finishers: run once the turn is whole, before its last event leaves.
        given: what the provider gave, where a layer has edited the body.
        pace: how many seconds to wait before a stream's n-th piece is read; by default none.
        disturbances: what becomes of a stream before anything else sees it, in order.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | None
    native: Any = None
    filters: list[tuple[str, Filter]] = msgspec.field(default_factory=list["tuple[str, Filter]"])
    finishers: list[tuple[str, Finisher]] = msgspec.field(
        default_factory=list["tuple[str, Finisher]"]
    )
    given: bytes | None = None
    pace: Callable[[int], float] | None = None
    disturbances: list[Disturbance] = msgspec.field(default_factory=list["Disturbance"])
    _parsed: tuple[bytes, Json] | None = None

    @property
    def streams(self) -> bool:
        """Whether the body comes in pieces."""
        return self.body is None

    @property
    def data(self) -> Json:
        """A whole body, parsed at most once for all. To be read, never changed.

        Raises:
            ValueError: it is not JSON.
        """
        body = self.body or b""
        if self._parsed is None or self._parsed[0] is not body:
            self._parsed = body, parse(body)
        return self._parsed[1]

    def edit(self, body: bytes) -> None:
        """Replace a whole body; what the provider gave is kept beside it."""
        if self.given is None:
            self.given = self.body
        self.body = body


class Target(msgspec.Struct, frozen=True):
    """Where a call goes.

    Attributes:
        provider: the provider's rules.
        origin: scheme, host and port.
        account: a keyed digest of what tells the account.
        family: the model without date, region and vendor prefix.
    """

    provider: Provider
    origin: str
    account: str
    family: str


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a model on its way down.

    Attributes:
        head: the HTTP request without its body.
        wire: its format.
        document: the request as edited so far.
        original: the request as the framework sent it; what fail-open falls back to.
        target: where it goes; ``None`` where that is unknown, and then no signed form is sent.
        session: the session's name, or an empty string.
        namespace: the tenant; records never cross it.
        ledger: collects what the layers did.
        headers: headers to add or to replace.
    """

    head: RequestHead
    wire: Wire
    document: Document
    original: Document
    target: Target | None
    ledger: Ledger
    session: str = ""
    namespace: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Send(msgspec.Struct, frozen=True):
    """Send the call to the layer below, and at last to the model."""

    call: Call


class Load(msgspec.Struct, frozen=True):
    """Look up keys in the store."""

    keys: Sequence[bytes]


class Save(msgspec.Struct, frozen=True):
    """Keep a record in the store."""

    record: Record
    keys: Sequence[bytes]


class Wait(msgspec.Struct, frozen=True):
    """Wait for some seconds."""

    seconds: float


class Close(msgspec.Struct, frozen=True):
    """Give back a reply's connection. Only the machine yields it, never a layer."""

    reply: Reply


Effect: TypeAlias = Send | Load | Save | Wait | Close

Flow: TypeAlias = Generator[Effect, Any, R]
"""Yields effects, is sent their answers, returns an ``R``. The helpers below type the answers."""


class Layer(Protocol):
    """One middleware: a strategy that lives as long as its pipeline, and keeps no call's state."""

    @property
    def name(self) -> str:
        """The layer's name, which the kill switches and the records use."""
        ...

    @property
    def stage(self) -> int:
        """Its place, higher nearer to the provider.

        Perturbation has 100, tool schemas 200, reasoning 300, transport faults 900.
        """
        ...

    @property
    def fails_open(self) -> bool:
        """Whether, when it fails, the call goes on as though the layer were not there."""
        ...

    def model(self, call: Call, /) -> Flow[Reply]:
        """Handle one call to a model."""
        ...


@runtime_checkable
class Sleeper(Protocol):
    """What a layer may be besides: one that often has nothing to do, and then costs nothing."""

    def dormant(self) -> bool:
        """Say whether the layer has nothing to do here; asked once, as each call begins.

        A call of which it is true goes on as though the layer were not there.
        """
        ...


def send(call: Call) -> Flow[Reply]:
    """Send a call down. A second `send` is a retry, and closes the first reply."""
    reply: Reply = yield Send(call)
    return reply


def load(keys: Sequence[bytes]) -> Flow[Mapping[bytes, Found]]:
    """Look up keys in the store. Fails with `TimeoutError` when the store is too slow."""
    found: Mapping[bytes, Found] = yield Load(keys)
    return found


def save(record: Record, keys: Sequence[bytes]) -> Flow[None]:
    """Keep a record in the store."""
    yield Save(record, keys)


def wait(seconds: float) -> Flow[None]:
    """Wait without blocking an event loop."""
    yield Wait(seconds)
