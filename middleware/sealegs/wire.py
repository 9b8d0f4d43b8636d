"""What a wire format tells the mechanism: where turns are, and how a reply streams.

A `Wire` is a lens. It never converts a request to a model of its own: it finds the turns of a
conversation in a provider's JSON, and says what a turn means, so that two spellings of one turn are
known as one. A framework's message objects have the same lens beside their adapter (`Document` is
all that the layers see).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import msgspec

from sealegs.jsons import Json

__all__ = [
    "Assembler",
    "CallOutline",
    "Document",
    "Framing",
    "Message",
    "Outline",
    "RequestHead",
    "Role",
    "Turn",
    "Wire",
]

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
"""Who speaks. ``developer`` is ``system``; Gemini's ``model`` is ``assistant``."""

Framing: TypeAlias = Literal["sse", "ndjson", "aws-eventstream"]
"""How a streamed reply is cut into events."""

Message: TypeAlias = dict[str, Json]
"""A turn as JSON, in the wire format's own shape."""


class RequestHead(msgspec.Struct, frozen=True):
    """A request without its body.

    Attributes:
        method: in capitals.
        url: whole, as the client has it.
        host: with the port where it is not the scheme's own, in lower case.
        path: without the query.
        query: without the question mark.
        headers: names in lower case; of a repeated header the last value.
        limits: how many seconds the client waits, by what for (``connect``, ``read``…), where the
            tap knows it.
    """

    method: str
    url: str
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    limits: Mapping[str, float | None] | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port: what a signed payload is bound to."""
        return self.url.split("://", 1)[0] + "://" + self.host


class CallOutline(msgspec.Struct, frozen=True):
    """A tool call as a turn states it; ``arguments`` is parsed, or the text where it is no JSON."""

    name: str
    arguments: Json
    id: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a turn says, however it is spelled. Reasoning is taken out before it is drawn.

    Attributes:
        role: who speaks.
        text: all text, joined in order.
        calls: the tool calls, in order.
        results: tool call id and text of each tool result, in order.
        other: whatever else says something (images, files), as JSON; nothing is ``None``.
        ids: ids by which the provider knows the turn, where the format sends them back.
    """

    role: Role
    text: str = ""
    calls: tuple[CallOutline, ...] = ()
    results: tuple[tuple[str, str], ...] = ()
    other: Json = None
    ids: tuple[str, ...] = ()


class Turn(msgspec.Struct, frozen=True, gc=False):
    """One turn of a request. A struct, for a request has hundreds of them and they are made fast.

    Attributes:
        role: who speaks.
        raw: the turn as it goes to the provider now.
        origin: the turn as the framework sent it; edits keep it, so that a turn's key stays.
            Empty where a layer added the turn.
    """

    role: Role
    raw: bytes
    origin: bytes


class Document(Protocol):
    """A request to a model, open to reading and to copy-on-write edits."""

    @property
    def model(self) -> str:
        """The model's name as requested, or an empty string."""
        ...

    @property
    def turns(self) -> Sequence[Turn]:
        """The conversation, in order. A system prompt beside the messages is not among them."""
        ...

    @property
    def system(self) -> bytes:
        """The system prompt that stands beside the messages, raw, or nothing."""
        ...

    @property
    def tools(self) -> bytes:
        """The tool definitions, raw, or nothing."""
        ...

    @property
    def streams(self) -> bool:
        """Whether the reply is asked for as a stream."""
        ...

    def parameter(self, path: str) -> Json:
        """Read a member of the request by its dotted path, such as ``thinking.type``.

        Returns:
            The parsed value, or ``None`` where there is none.
        """
        ...

    def edited(
        self,
        *,
        turns: Mapping[int, Message | bytes] | None = None,
        parameters: Mapping[str, Json] | None = None,
    ) -> Document:
        """Give a copy with turns replaced (by index) and members set (by dotted path).

        A turn is given as a message, or as bytes that `spelled` gave.

        A member whose new value is ``None`` is removed. Turns keep their ``origin``.
        """
        ...

    def extended(self, messages: Sequence[Message]) -> Document:
        """Give a copy with messages added at the end of the conversation."""
        ...

    def arranged(self, order: Sequence[int]) -> Document:
        """Give a copy whose turns are those of this one, by index.

        So turns come in another order, more than once, or not at all. They keep their ``origin``.
        """
        ...

    def spelled(self, index: int, message: Message) -> bytes:
        """Spell a new message for a turn; what was not edited keeps its very bytes."""
        ...

    def encode(self) -> bytes:
        """Give the request's bytes; without any edit, the very object that was read."""
        ...


class Assembler(Protocol):
    """Puts one streamed reply together. Made fresh for each stream; parses nothing itself."""

    @property
    def terminal(self) -> bool:
        """Whether a client may stop reading now, the turn being whole."""
        ...

    @property
    def final(self) -> bool:
        """Whether nothing of the reply is still to come, not even its usage."""
        ...

    @property
    def error(self) -> Json:
        """The error that the stream itself reported, or ``None``."""
        ...

    def feed(self, name: str, data: Json) -> None:
        """Take the next event.

        Args:
            name: the event's name (SSE's ``event:``, AWS's ``:event-type``), or an empty string.
            data: its parsed data; a text where it is not JSON, such as ``[DONE]``.
        """
        ...

    def reply(self) -> Json:
        """Give what has come so far in the shape of a reply that was not streamed."""
        ...


class Wire(Protocol):
    """One wire format. Stateless; one instance serves all calls."""

    @property
    def name(self) -> str:
        """The format's name, such as ``openai-chat``."""
        ...

    @property
    def framing(self) -> Framing:
        """How its replies stream."""
        ...

    @property
    def operation(self) -> str:
        """Its operation by the GenAI conventions, such as ``chat``."""
        ...

    def claims(self, head: RequestHead) -> bool:
        """Say whether a request is of this format, by its method and path alone."""
        ...

    def read(self, body: bytes, head: RequestHead) -> Document:
        """Open a request.

        Raises:
            ValueError: the body is not of this format.
        """
        ...

    def message(self, raw: bytes) -> Message:
        """Parse one turn."""
        ...

    def outline(self, message: Message) -> Outline:
        """Say what a turn means. Its reasoning has been taken out of it."""
        ...

    def messages(self, reply: Json) -> Sequence[Message]:
        """Give the assistant turns of a whole reply (one for each choice), each as a message."""
        ...

    def usage(self, reply: Json) -> Mapping[str, int]:
        """Give the token counts: ``input``, ``output``, ``reasoning``, ``cached``, if known."""
        ...

    def error(self, reply: Json) -> str:
        """Give an error reply's text, for matching against documented errors."""
        ...

    def assembler(self) -> Assembler:
        """Make a fresh assembler for a stream."""
        ...

    def rename_calls(self, value: Json, rename: Callable[[str], str]) -> bool:
        """Rename tool call ids, in place: of calls, of results, and of reasoning tied to a call.

        Args:
            value: a message, a whole reply or an event's data, of this format.
            rename: gives the new id for an id (the same one where it has no other).

        Returns:
            Whether anything changed.
        """
        ...
