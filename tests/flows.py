"""Calls, scripted ports and both drivers, for tests of the flow alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from sealegs.drivers import AsyncPerformer, Performer, arun, run
from sealegs.exchange import Ledger
from sealegs.flow import Call, Flow, Reply, send
from sealegs.records import Found, Issuer, Record, Store
from sealegs.stores.memory import MemoryStore
from sealegs.wire import RequestHead, Wire
from sealegs_plugins.wires import ALL

WIRES: Mapping[str, Wire] = {wire.name: wire for wire in ALL}
COLOURS: tuple[Colour, ...] = ("sync", "async")
Colour: TypeAlias = Literal["sync", "async"]
Given: TypeAlias = "Reply | Exception"

BODY = b'{"model": "m", "messages": [{"role": "user", "content": "hello"}]}'
RECORD = Record(id=b"1" * 16, issuer=Issuer("o", "a", "w", "f"), fingerprint=b"f" * 16)
KEYS = (b"k" * 16,)


def head(path: str = "/v1/chat/completions", **headers: str) -> RequestHead:
    host = "127.0.0.1:1"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RequestHead("POST", f"http://{host}{path}", host, path, "", named)


def call_of(body: bytes = BODY) -> Call:
    wire = WIRES["openai-chat"]
    document = wire.read(body, head())
    return Call(head(), wire, document, document, None, Ledger())


def answered(body: bytes = b"{}", status: int = 200) -> Reply:
    return Reply(status, {}, body)


@dataclass
class Port:
    """Gives what the script says, and writes down what was sent and closed. Serves both drivers."""

    script: list[Given] = field(default_factory=lambda: [answered()])
    sent: list[bytes] = field(default_factory=list)
    closed: list[Reply] = field(default_factory=list)

    def send(self, call: Call) -> Reply:
        self.sent.append(call.document.encode())
        given = self.script.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    def close(self, reply: Reply) -> None:
        self.closed.append(reply)


@dataclass
class AsyncPort:
    """The same, for an event loop."""

    port: Port

    async def send(self, call: Call) -> Reply:
        await asyncio.sleep(0)
        return self.port.send(call)

    async def close(self, reply: Reply) -> None:
        await asyncio.sleep(0)
        self.port.close(reply)


def drive(flow: Flow[Any], port: Port, colour: Colour, store: Store | None = None) -> Any:
    """Drive a flow with one of the two drivers."""
    kept = store or MemoryStore()
    if colour == "sync":
        return run(flow, Performer(port, kept))
    return asyncio.run(arun(flow, AsyncPerformer(AsyncPort(port), kept, 1.0)))


@dataclass
class Step:
    """A layer whose work a test gives as a function."""

    work: Callable[[Call], Flow[Any]] = send
    fails_open: bool = True
    name: str = "step"
    stage: int = 100

    def model(self, call: Call, /) -> Flow[Reply]:
        return self.work(call)


def noted(call: Call, word: str) -> Call:
    """Edit a call so that the port sees who did."""
    known = call.document.parameter("notes") or []
    return replace(call, document=call.document.edited(parameters={"notes": [*known, word]}))


def notes(sent: bytes) -> Any:
    return json.loads(sent).get("notes", [])


@dataclass
class BrokenStore:
    """A store that is down."""

    blocks: bool = False

    def load(self, keys: Sequence[bytes]) -> Mapping[bytes, Found]:
        raise OSError("the store is down")

    def save(self, record: Record, keys: Any) -> None:
        raise OSError("the store is down")

    def forget(self, session: str) -> int:
        raise OSError("the store is down")

    def close(self) -> None:
        """Nothing is open."""
