"""Ollama's own chat: lines of JSON, calls whole and without ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sealegs.document import JsonDocument
from sealegs.jsons import Json, parse
from sealegs.layout import Layout
from sealegs.wire import Assembler, CallOutline, Framing, Message, Outline, RequestHead

from . import shared
from .openai_chat import chat_role, chat_role_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Ollama", "OllamaAssembler"]


@dataclass(frozen=True, slots=True)
class Ollama:
    """``POST /api/chat``; it streams unless the request says ``"stream": false``."""

    name: str = "ollama"
    framing: Framing = "ndjson"
    operation: str = "chat"

    _layout: ClassVar[Layout] = Layout(
        turns="messages", role=chat_role, streams=True, asked=("format",)
    )

    def claims(self, head: RequestHead) -> bool:
        """Say whether the path is that of chat."""
        return head.method == "POST" and head.path.endswith("/api/chat")

    def read(self, body: bytes, head: RequestHead) -> JsonDocument:
        """Open a request."""
        return JsonDocument(body, self._layout)

    def message(self, raw: bytes) -> Message:
        """Parse one message."""
        return shared.as_message(parse(raw))

    def outline(self, message: Message) -> Outline:
        """Say what a message means; a result is known by its tool's name where it has no id."""
        role = chat_role_of(message)
        text, other = shared.text_and_rest(message.get("content"))
        images = [*(other or ()), *shared.items(message, "images")] or None
        if role == "tool":
            names = ("tool_call_id", "tool_name", "name")
            call_id = next((message[name] for name in names if message.get(name)), "")
            return Outline(role, results=((str(call_id), text),), other=images)
        calls = tuple(_call(call) for call in shared.items(message, "tool_calls"))
        return Outline(role, text, calls, other=images)

    def messages(self, reply: Json) -> Sequence[Message]:
        """Give the reply's message."""
        message = shared.member(reply, "message")
        return [message] if shared.is_object(message) else []

    def usage(self, reply: Json) -> Mapping[str, int]:
        """Give the token counts; thoughts are not counted apart."""
        return shared.usage(reply, input="prompt_eval_count", output="eval_count")

    def error(self, reply: Json) -> str:
        """Give an error reply's text."""
        return shared.error_text(reply)

    def assembler(self) -> Assembler:
        """Make a fresh assembler."""
        return OllamaAssembler()

    def rename_calls(self, value: Json, rename: Callable[[str], str]) -> bool:
        """Rename the ids of calls and results, which newer servers give."""
        holder = value.get("message", value) if shared.is_object(value) else value
        return shared.rename_chat_calls(holder, rename)


def _call(call: Json) -> CallOutline:
    function = shared.member(call, "function")
    arguments = shared.arguments(shared.member(function, "arguments"))
    call_id = shared.member(call, "id") or shared.member(function, "id")
    return CallOutline(str(shared.member(function, "name")), arguments, str(call_id))


class OllamaAssembler:
    """Puts chunks together: texts are joined, calls come whole."""

    __slots__ = ("_error", "_message", "_reply")

    def __init__(self) -> None:
        self._reply: dict[str, Json] = {}
        self._message: dict[str, Json] = {}
        self._error: Json = None

    @property
    def terminal(self) -> bool:
        """The chunk with ``"done": true`` has come."""
        return self._error is None and self._reply.get("done") is True

    @property
    def final(self) -> bool:
        """As `terminal`: the counts come with the last chunk."""
        return self.terminal

    @property
    def error(self) -> Json:
        """The error that the stream itself reported."""
        return self._error

    def feed(self, name: str, data: Json) -> None:
        """Take the next chunk."""
        if not shared.is_object(data):
            return
        self._error = data.get("error") or self._error
        self._reply |= {key: value for key, value in data.items() if key != "message"}
        message = data.get("message")
        for key, value in message.items() if shared.is_object(message) else ():
            known = self._message.get(key)
            joins = key != "role" and type(value) in (str, list) and type(known) is type(value)
            self._message[key] = known + value if joins else value

    def reply(self) -> Json:
        """Give the reply as it would have come in one piece."""
        return {**self._reply, "message": self._message} if self._message else self._reply
