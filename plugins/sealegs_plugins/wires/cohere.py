"""Cohere's chat, version 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sealegs.document import JsonDocument
from sealegs.jsons import Json, parse
from sealegs.layout import Layout
from sealegs.wire import Assembler, Framing, Message, Outline, RequestHead

from . import shared
from .openai_chat import chat_calls, chat_role, chat_role_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["CohereAssembler", "CohereV2"]


@dataclass(frozen=True, slots=True)
class CohereV2:
    """``POST /v2/chat``."""

    name: str = "cohere-v2"
    framing: Framing = "sse"
    operation: str = "chat"

    _layout: ClassVar[Layout] = Layout(turns="messages", role=chat_role, asked=("response_format",))

    def claims(self, head: RequestHead) -> bool:
        """Say whether the path is that of chat."""
        return head.method == "POST" and head.path.endswith("/v2/chat")

    def read(self, body: bytes, head: RequestHead) -> JsonDocument:
        """Open a request."""
        return JsonDocument(body, self._layout)

    def message(self, raw: bytes) -> Message:
        """Parse one message."""
        return shared.as_message(parse(raw))

    def outline(self, message: Message) -> Outline:
        """Say what a message means. A ``tool_plan`` is reasoning, and no text."""
        role = chat_role_of(message)
        text, other = shared.text_and_rest(message.get("content"))
        if role != "tool":
            return Outline(role, text, tuple(chat_calls(message)), other=other)
        documents = [shared.member(part, "document") for part in other or ()]
        given = "".join(shared.result_text(shared.member(one, "data")) for one in documents if one)
        rest = [part for part in other or () if not shared.member(part, "document")]
        call_id = str(message.get("tool_call_id") or "")
        return Outline(role, results=((call_id, text + given),), other=rest or None)

    def messages(self, reply: Json) -> Sequence[Message]:
        """Give the reply's message."""
        message = shared.member(reply, "message")
        return [message] if shared.is_object(message) else []

    def usage(self, reply: Json) -> Mapping[str, int]:
        """Give the token counts."""
        return shared.usage(
            shared.member(reply, "usage"),
            input="tokens.input_tokens",
            output="tokens.output_tokens",
            reasoning="tokens.reasoning_tokens",
            cached="cached_tokens",
        )

    def error(self, reply: Json) -> str:
        """Give an error reply's text."""
        return shared.error_text(reply)

    def assembler(self) -> Assembler:
        """Make a fresh assembler."""
        return CohereAssembler()

    def rename_calls(self, value: Json, rename: Callable[[str], str]) -> bool:
        """Rename the ids of calls and results, in a message, a reply or an event."""
        message = shared.at_path(value, "delta.message") or shared.member(value, "message") or value
        call = shared.member(message, "tool_calls")
        if shared.is_object(call):  # an event carries one call, and no list
            return shared.rename(call, "id", rename)
        return shared.rename_chat_calls(message, rename)


class CohereAssembler:
    """Puts the events together: content and calls by index, the plan joined."""

    __slots__ = ("_calls", "_content", "_done", "_error", "_message", "_reply")

    def __init__(self) -> None:
        self._reply: dict[str, Json] = {}
        self._message: dict[str, Json] = {}
        self._content: dict[int, dict[str, Json]] = {}
        self._calls: dict[int, dict[str, Json]] = {}
        self._done = False
        self._error: Json = None

    @property
    def terminal(self) -> bool:
        """``message-end`` has come without an error."""
        return self._done and self._error is None

    @property
    def final(self) -> bool:
        """As `terminal`: the usage comes with the end."""
        return self._done

    @property
    def error(self) -> Json:
        """The error that the stream itself reported."""
        return self._error

    def feed(self, name: str, data: Json) -> None:
        """Take the next event."""
        if not shared.is_object(data):
            return
        kind, index = str(data.get("type") or name), data.get("index", 0)
        delta = data.get("delta")
        message = shared.member(delta, "message")
        if kind == "message-start":
            self._reply["id"] = data.get("id")
            self._message |= message or {}
        elif kind in ("content-start", "content-delta"):
            shared.merge_delta(self._content.setdefault(index, {}), message.get("content") or {})
        elif kind in ("tool-call-start", "tool-call-delta"):
            shared.merge_delta(self._calls.setdefault(index, {}), message.get("tool_calls") or {})
        elif kind == "tool-plan-delta":
            shared.merge_delta(self._message, message)
        elif kind == "citation-start":
            known = self._message.get("citations") or ()
            self._message["citations"] = [*known, message.get("citations")]
        elif kind == "message-end" and shared.is_object(delta):
            self._end(delta)

    def _end(self, delta: Mapping[str, Json]) -> None:
        self._done = True
        self._reply |= delta
        if delta.get("error") or delta.get("finish_reason") == "ERROR":
            self._error = delta.get("error") or dict(delta)

    def reply(self) -> Json:
        """Give the reply as it would have come in one piece: what is empty is absent."""
        parts = {
            **self._message,
            "content": [self._content[index] for index in sorted(self._content)],
            "tool_calls": [self._calls[index] for index in sorted(self._calls)],
        }
        message = {key: value for key, value in parts.items() if value not in ("", [])}
        return {**self._reply, "message": message}
