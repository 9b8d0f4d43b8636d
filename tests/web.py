"""The four HTTP clients (two packages, two colours) behind one face, and what tests ask of them."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import httpx
import httpx2

from sealegs import Catalog, Exchange, Pipeline, Settings
from sealegs.exchange import Ledger
from sealegs.flow import Layer
from sealegs.records import Store
from sealegs.stores.memory import MemoryStore
from sealegs.telemetry import Telemetry

CHAT = "/v1/chat/completions"
HELLO = [{"role": "user", "content": "hello"}]


@dataclass(frozen=True)
class Kind:
    """One of the four."""

    library: ModuleType
    asynchronous: bool

    @property
    def name(self) -> str:
        return f"{self.library.__name__}-{'async' if self.asynchronous else 'sync'}"

    def client(self, **arguments: Any) -> Any:
        kind = self.library.AsyncClient if self.asynchronous else self.library.Client
        return kind(**{"trust_env": False, "verify": False, **arguments})

    @property
    def transport_type(self) -> Any:
        return self.library.AsyncHTTPTransport if self.asynchronous else self.library.HTTPTransport


KINDS = tuple(Kind(library, colour) for library in (httpx2, httpx) for colour in (False, True))


@dataclass
class Web:
    """A client that is driven the same way whichever of the four it is."""

    kind: Kind
    client: Any
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def do(self, answer: Any) -> Any:
        """Wait for what an async client gave; a sync one gave it already."""
        if not self.kind.asynchronous:
            return answer
        return self.runner.run(_awaited(answer), context=contextvars.copy_context())

    def post(self, url: str, **arguments: Any) -> Any:
        return self.do(self.client.post(url, **arguments))

    def open(self, url: str, **arguments: Any) -> Any:
        """Send, and leave the body unread."""
        request = self.client.build_request("POST", url, **arguments)
        return self.do(self.client.send(request, stream=True))

    def take(self, response: Any, count: int = 10**9, how: str = "bytes") -> list[Any]:
        """Read some pieces of a body, and leave off there."""
        if self.kind.asynchronous:
            return self.runner.run(_some(getattr(response, f"aiter_{how}")(), count))
        return [
            piece
            for piece, _ in zip(getattr(response, f"iter_{how}")(), range(count), strict=False)
        ]

    def shut(self, response: Any) -> None:
        if self.kind.asynchronous:
            self.runner.run(response.aclose())
        else:
            response.close()


async def _awaited(answer: Any) -> Any:
    return await answer


async def _some(pieces: Any, count: int) -> list[Any]:
    found: list[Any] = []
    async with contextlib.aclosing(pieces):
        async for piece in pieces:
            found.append(piece)
            if len(found) == count:
                break
    return found


@contextlib.contextmanager
def web(kind: Kind, client: Any = None) -> Iterator[Web]:
    """Drive a client until the end of the block, and close it."""
    one = Web(kind, client or kind.client())
    try:
        yield one
    finally:
        if kind.asynchronous:
            one.runner.run(one.client.aclose())
        else:
            one.client.close()
        one.runner.close()


@functools.cache
def installed(blocked: tuple[str, ...] = ()) -> Catalog:
    """What the installed plugins contribute; it never changes, so one is enough for all tests."""
    return Catalog.load(blocked=blocked)


class Watched(Pipeline):
    """A pipeline that keeps every exchange that it finishes."""

    def finished(self, exchange: Exchange, ledger: Ledger) -> None:
        self.exchanges.append(exchange)
        super().finished(exchange, ledger)

    @functools.cached_property
    def exchanges(self) -> list[Exchange]:
        return []


@dataclass
class Bench:
    """A pipeline and what it told."""

    store: Store = field(default_factory=MemoryStore)
    pipeline: Watched = field(init=False)
    layers: Sequence[Layer] | None = None
    settings: Settings = field(default_factory=Settings)
    telemetry: Telemetry | None = None

    def __post_init__(self) -> None:
        self.pipeline = Watched(
            self.settings,
            installed(self.settings.disabled_plugins),
            self.store,
            layers=self.layers,
            telemetry=self.telemetry,
        )

    @property
    def exchanges(self) -> list[Exchange]:
        return self.pipeline.exchanges

    @property
    def endings(self) -> list[str]:
        return [exchange.ending for exchange in self.exchanges]


def asked(messages: Any = None, **more: Any) -> Any:
    """A chat request."""
    return {"model": "m", "messages": HELLO if messages is None else messages, **more}


def follow_up(text: str | None = "Hello.", **message: Any) -> list[Any]:
    """The conversation a turn later, as a client that drops reasoning sends it."""
    turn = {"role": "assistant", "content": text, **message}
    return [*HELLO, turn, {"role": "user", "content": "go on"}]


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
