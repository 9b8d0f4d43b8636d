"""Conversations through a whole pipeline without HTTP: scripted providers, forgetful clients."""

from __future__ import annotations

import functools
import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dialects import CHAT, TURN, Dialect, Said
from sealegs import Pipeline
from sealegs.catalog import Catalog
from sealegs.drivers import Performer, run
from sealegs.exchange import Retention
from sealegs.flow import Call, Ending, Reply
from sealegs.framing import framer
from sealegs.jsons import parse
from sealegs.records import Store
from sealegs.settings import Settings
from sealegs.stores.memory import MemoryStore
from sealegs.wire import RequestHead

__all__ = ["Answer", "Client", "Framework", "Outcome", "exchange", "forgetting", "pipeline"]


@functools.cache
def catalog() -> Catalog:
    """Every wire, format and provider that ships."""
    return Catalog.load()


def pipeline(
    store: Store | None = None, namespace: str = "", tools: str = "fix", **retention: Any
) -> Pipeline:
    """A pipeline with the real knowledge and a store of its own."""
    settings = Settings.model_validate(
        {"namespace": namespace, "tools": {"mode": tools}, "retention": retention}
    )
    return Pipeline(settings, catalog(), MemoryStore() if store is None else store)


@dataclass(frozen=True)
class Answer:
    """What the provider answers: a whole body, or the chunks of a stream."""

    body: bytes | Sequence[bytes]
    status: int = 200

    @classmethod
    def refusal(cls, text: str, status: int = 400) -> Answer:
        error = {"error": {"message": text, "type": "invalid_request_error"}}
        return cls(json.dumps(error).encode(), status)


@dataclass
class ScriptedPort:
    """Answers from a script, and keeps what went out."""

    script: deque[Answer]
    sent: list[Call] = field(default_factory=list)
    streamed: Answer | None = None

    def send(self, call: Call) -> Reply:
        self.sent.append(call)
        answer = self.script.popleft()
        if isinstance(answer.body, bytes):
            return Reply(answer.status, {"content-type": "application/json"}, answer.body)
        self.streamed = answer
        return Reply(answer.status, {"content-type": "text/event-stream"}, None)

    def close(self, reply: Reply) -> None:
        return None


@dataclass
class Outcome:
    """What one exchange came to.

    Attributes:
        request: the bytes that the framework gave.
        sent: the bodies that went out, first to last.
        headers: what was added to each one's headers.
        same: whether the first body that went out is the very object that came in.
        reply: what the framework got, a stream put together.
        retention: what is told about it.
        failures: failures of sealegs' own.
        unused: answers that nobody asked for.
        tags: which turn each of the request's messages was; ``None`` where it is no turn.
    """

    request: bytes
    sent: list[bytes]
    headers: list[Mapping[str, str]]
    same: bool
    status: int
    reply: Any
    retention: Retention | None
    failures: list[str]
    unused: int
    tags: list[int | None] = field(default_factory=list)

    @property
    def body(self) -> Any:
        """The last body that went out."""
        return json.loads(self.sent[-1])

    @property
    def gaps(self) -> tuple[tuple[int, str], ...]:
        assert self.retention is not None
        return self.retention.gaps

    @property
    def outcomes(self) -> tuple[str, ...]:
        assert self.retention is not None
        return self.retention.outcomes


def exchange(
    over: Pipeline,
    head: RequestHead,
    body: bytes,
    answers: Iterable[Answer],
    *,
    session: str = "",
    stop_after: int | None = None,
) -> Outcome:
    """Send one request through a pipeline; read at most ``stop_after`` chunks of a stream."""
    begun = over.begin(head, body, adapter="test", session=session)
    assert begun is not None, f"no wire format claims {head.url}"
    port = ScriptedPort(deque(answers))
    perform = Performer(port, over.store)
    reply = run(begun.exchange(), perform)
    got: Any
    if reply.streams:
        assert port.streamed is not None
        stream = begun.stream(reply)
        passed: list[bytes] = []
        chunks = port.streamed.body
        assert not isinstance(chunks, bytes)
        passed += [run(stream.feed(chunk), perform) for chunk in chunks[:stop_after]]
        if stop_after is None:
            passed.append(run(stream.close(), perform))
        else:
            run(stream.abandon(Ending.CLOSED), perform)
        cut, assembler = framer(begun.call.wire.framing), begun.call.wire.assembler()
        for event in (*cut.feed(b"".join(passed)), *cut.close()):
            assembler.feed(event.name, event.data)
        got = assembler.reply()
    else:
        got = parse(reply.body or b"null")
    ledger = begun.call.ledger
    encoded = [call.document.encode() for call in port.sent]
    return Outcome(
        body,
        encoded,
        [call.headers for call in port.sent],
        encoded[0] is body,
        reply.status,
        got,
        ledger.retention,
        [f"{one.layer}/{one.place}: {one.error}" for one in ledger.failures],
        len(port.script),
    )


DONE = Said("Done.")

Framework: TypeAlias = "Callable[[list[dict[str, Any]]], list[dict[str, Any]]]"
"""What a framework does to the history before it sends it; messages are its own to change."""


def forgetting(dialect: Dialect) -> Framework:
    """Take the reasoning out of everything, as most frameworks do."""

    def forget(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [bare for turn in history if (bare := dialect.forgotten(turn)) is not None]

    return forget


@dataclass
class Client:
    """One conversation of one agent: keeps its history, and sends it as its framework would.

    Attributes:
        history: the messages as a framework that loses nothing would keep them.
        said: what the model said in each turn, in order; a message's tag is an index into it.
    """

    pipeline: Pipeline
    dialect: Dialect = CHAT
    host: str = "api.example.test"
    model: str = "glm-5"
    key: str = "secret"
    session: str = ""
    system: str = "Be brief."
    tools: bool = True
    stream: bool = False
    framework: Sequence[Framework] | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    extra: Mapping[str, Any] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)

    def fork(self, **changed: Any) -> Client:
        """Another client that goes on from here."""
        fresh = {"history": json.loads(json.dumps(self.history)), "said": list(self.said)}
        known = {**vars(self), **fresh, "pending": list(self.pending), **changed}
        return Client(**known)

    def user(self, text: str) -> Client:
        self.history.append(self.dialect.user(text))
        return self

    def results(self, *texts: str) -> Client:
        """Answer the last turn's calls."""
        said = list(zip(self.pending, texts, strict=True))
        self.history += self.dialect.results(said)
        return self

    def ask(
        self,
        said: Said = DONE,
        *before: Answer,
        keep: bool = True,
        stop_after: int | None = None,
    ) -> Outcome:
        """Send the history; the model says something, after the answers given before it."""
        dialect = self.dialect
        answer = dialect.events(said) if self.stream else json.dumps(dialect.reply(said)).encode()
        outcome = self.send(*before, Answer(answer), stop_after=stop_after)
        if keep and outcome.status == 200:
            turns = dialect.kept(outcome.reply)
            self.history += [{**turn, TURN: len(self.said)} for turn in turns]
            self.pending = dialect.call_ids(outcome.reply)
        self.said.append(said)
        return outcome

    def send(self, *answers: Answer, stop_after: int | None = None) -> Outcome:
        """Send the history as the framework spells it."""
        turns = json.loads(json.dumps(self.history))
        for change in (forgetting(self.dialect),) if self.framework is None else self.framework:
            turns = change(turns)
        tags = [turn.pop(TURN, None) for turn in turns]
        whole = self.dialect.body(turns, self.system, self.tools, self.model, self.stream)
        outcome = exchange(
            self.pipeline,
            self.dialect.head(self.host, self.model, self.key),
            json.dumps({**whole, **self.extra}).encode(),
            answers,
            session=self.session,
            stop_after=stop_after,
        )
        first = len(whole[self.dialect.turns]) - len(turns)
        outcome.tags = [None] * first + tags
        return outcome

    def carried(self, outcome: Outcome) -> list[Any]:
        """The reasoning of each of the model's messages in the last body that went out."""
        turns = outcome.body[self.dialect.turns]
        return [self.dialect.carried(turn) for turn in turns if self.dialect.is_model(turn)]

    def restored(self, outcome: Outcome) -> list[tuple[int, Any]]:
        """Tag and reasoning of each of the model's messages that carries any."""
        turns = outcome.body[self.dialect.turns]
        found = []
        for tag, turn in zip(outcome.tags, turns, strict=True):
            carried = self.dialect.carried(turn) if self.dialect.is_model(turn) else None
            if carried:
                assert tag is not None
                found.append((tag, carried))
        return found

    def wrong(self, outcome: Outcome) -> list[tuple[int, Any]]:
        """What stands in a turn that it was not given for."""
        return [
            (tag, carried)
            for tag, carried in self.restored(outcome)
            if carried != self.dialect.given(self.said[tag])
        ]
