"""A model server on loopback that speaks one provider's API and enforces its rules.

One server serves one conversation, so the k-th assistant turn of a request is the k-th turn that
the server gave. That is how it tells, without asking sealegs, what came back unharmed.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from sealegs.jsons import Json, dump, parse
from sealegs_plugins.commands.demo.script import Reply, ScriptedModel, Seen

__all__ = ["Api", "Conversation", "Event", "Refusal", "Tally", "pieces", "serving", "tokens"]

Event = tuple[str, Json]
"""A server-sent event: its name (may be empty) and its data; text goes out as it is."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule was broken.

    Attributes:
        message: what the provider says, as documented.
        body: the reply's body.
        status: the HTTP status.
    """

    message: str
    body: Json
    status: int = 400


class Api(Protocol):
    """One provider's API: how a conversation stands in a request, and what is refused."""

    @property
    def path(self) -> str:
        """The path that is served."""
        ...

    def returned(self, body: Json) -> list[Json]:
        """Give the reasoning that came back, in the provider's own form, for each earlier turn."""
        ...

    def refuse(self, body: Json) -> Refusal | None:
        """Apply the provider's documented rules."""
        ...

    def show(self, body: Json) -> Seen:
        """Give what the model is shown of the request."""
        ...

    def whole(self, body: Json, reply: Reply, prompt_tokens: int) -> tuple[Json, Json]:
        """Write a whole reply; the second value is its reasoning in the provider's own form."""
        ...

    def events(self, body: Json, whole: Json) -> Iterator[Event]:
        """Write the same reply as a stream."""
        ...


@dataclass(slots=True)
class Tally:
    """What the server counted.

    Attributes:
        turns: replies given.
        kept: earlier turns that came back with their exact reasoning, in the last request.
        owed: earlier turns in the last request.
        kept_in_all: ``kept``, summed over all requests.
        owed_in_all: ``owed``, summed over all requests.
        prompt_tokens: tokens that the model read, four characters each, over all requests.
        completion_tokens: tokens that it wrote.
        refusals: what was refused, in the provider's words.
    """

    turns: int = 0
    kept: int = 0
    owed: int = 0
    kept_in_all: int = 0
    owed_in_all: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    refusals: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Conversation:
    """A scripted model behind an API, with its books.

    Attributes:
        api: the API.
        model: the model.
        tally: the count.
    """

    api: Api
    model: ScriptedModel = field(default_factory=ScriptedModel)
    tally: Tally = field(default_factory=Tally)
    _issued: list[Json] = field(default_factory=list[Json])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, body: Json) -> Json | Refusal:
        """Answer one request."""
        with self._lock:
            self._count(self.api.returned(body))
            refusal = self.api.refuse(body)
            if refusal is not None:
                self.tally.refusals.append(refusal.message)
                return refusal
            seen = self.api.show(body)
            reply = self.model.reply(seen)
            prompt = tokens(seen.characters)
            whole, reasoning = self.api.whole(body, reply, prompt)
            self._issued.append(reasoning)
            self.tally.turns += 1
            self.tally.prompt_tokens += prompt
            self.tally.completion_tokens += written(reply)
            return whole

    def accepts(self, code: str) -> bool:
        """Say whether a code word is the one that the model chose first."""
        return self.model.drawn[:1] == [code]

    def _count(self, returned: list[Json]) -> None:
        tally = self.tally
        pairs = zip(returned, self._issued, strict=False)
        tally.kept = sum(came == gone for came, gone in pairs)
        tally.owed = len(self._issued)
        tally.kept_in_all += tally.kept
        tally.owed_in_all += tally.owed


def tokens(characters: int) -> int:
    """Estimate tokens, four characters each."""
    return -(-characters // 4)


def written(reply: Reply) -> int:
    """Estimate the tokens of a reply, its reasoning included."""
    spoken = reply.think + reply.text + reply.call + "".join(reply.arguments.values())
    return tokens(len(spoken))


def pieces(text: str, size: int = 17) -> Iterator[str]:
    """Cut a text as a stream does.

    >>> list(pieces("abcdef", 4))
    ['abcd', 'ef']
    """
    for start in range(0, len(text), size):
        yield text[start : start + size]


class _Handler(BaseHTTPRequestHandler):
    """Serves one conversation; its server sets ``conversation``."""

    conversation: Conversation

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the demo's own table is the log."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", "0")))
        api = self.conversation.api
        if self.path.partition("?")[0] != api.path:
            self._send(404, {"error": {"message": f"no such path: {self.path}"}})
            return
        try:
            body = parse(raw)
            answer = self.conversation.answer(body)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            message = f"the scripted server cannot read this request: {error!r}"
            self._send(500, {"error": {"message": message, "type": "server_error"}})
            return
        if isinstance(answer, Refusal):
            self._send(answer.status, answer.body)
        elif body.get("stream"):
            self._stream(api.events(body, answer))
        else:
            self._send(200, answer)

    def _send(self, status: int, body: Json) -> None:
        raw = dump(body)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _stream(self, events: Iterator[Event]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for name, data in events:
            payload = data.encode() if isinstance(data, str) else dump(data)
            head = f"event: {name}\n".encode() if name else b""
            self.wfile.write(head + b"data: " + payload + b"\n\n")
            self.wfile.flush()


@contextmanager
def serving(conversation: Conversation) -> Generator[str]:
    """Serve a conversation on a free port of 127.0.0.1, and give the origin, such as ``http://…``."""
    handler = type("Handler", (_Handler,), {"conversation": conversation})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
