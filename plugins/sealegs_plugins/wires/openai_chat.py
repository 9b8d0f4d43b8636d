"""OpenAI chat completions, as OpenAI and some hundred compatible servers speak it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote

import msgspec

from sealegs.document import JsonDocument
from sealegs.jsons import Json, parse
from sealegs.layout import Layout
from sealegs.wire import Assembler, CallOutline, Framing, Message, Outline, RequestHead, Role

from . import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["ChatAssembler", "OpenAIChat", "chat_calls", "chat_role", "chat_role_of"]


class _Spoken(msgspec.Struct, gc=False):
    role: str = ""


_spoken = msgspec.json.Decoder(_Spoken).decode
_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


# A message nearly always begins with its role, in one of two spellings: look at that first.
_BEGINNINGS: Mapping[bytes, Role] = {
    (start + role.encode())[:12]: meant
    for role, meant in _ROLES.items()
    for start in (b'{"role":"', b'{"role": "')
}


def chat_role(raw: bytes) -> Role:
    """Read a chat message's role; an unknown one speaks for the user."""
    known = _BEGINNINGS.get(raw[:12])
    if known is not None:
        return known
    try:
        role = _spoken(raw).role
    except (msgspec.DecodeError, UnicodeDecodeError):
        role = shared.member(parse(raw), "role")
    return _ROLES.get(role, "user")


_AZURE = re.compile(r"/openai/deployments/([^/]+)/chat/completions$")


def chat_role_of(message: Message) -> Role:
    """Give a parsed chat message's role."""
    return _ROLES.get(str(message.get("role")), "user")


@dataclass(frozen=True, slots=True)
class OpenAIChat:
    """``POST …/chat/completions``."""

    name: str = "openai-chat"
    framing: Framing = "sse"
    operation: str = "chat"

    _layout: ClassVar[Layout] = Layout(
        turns="messages",
        role=chat_role,
        asked=("functions", "function_call", "response_format", "tool_choice"),
    )

    def claims(self, head: RequestHead) -> bool:
        """Say whether the path is that of chat completions, on any host but Mistral's."""
        return (
            head.method == "POST"
            and head.path.endswith("/chat/completions")
            and not shared.host_is(head.host, "mistral.ai")
        )

    def read(self, body: bytes, head: RequestHead) -> JsonDocument:
        """Open a request; on Azure the deployment in the path may stand for the model."""
        found = _AZURE.search(head.path)
        return JsonDocument(body, self._layout, model_name=unquote(found[1]) if found else "")

    def message(self, raw: bytes) -> Message:
        """Parse one message."""
        return shared.as_message(parse(raw))

    def outline(self, message: Message) -> Outline:
        """Say what a message means."""
        role = chat_role_of(message)
        text, other = shared.text_and_rest(message.get("content"))
        if role == "tool":
            call_id = str(message.get("tool_call_id") or message.get("name") or "")
            return Outline(role, results=((call_id, text),), other=other)
        return Outline(role, text, tuple(chat_calls(message)), other=other)

    def messages(self, reply: Json) -> Sequence[Message]:
        """Give each choice's message."""
        choices = shared.items(reply, "choices")
        found = [shared.member(choice, "message") for choice in choices]
        return [message for message in found if shared.is_object(message)]

    def usage(self, reply: Json) -> Mapping[str, int]:
        """Give the token counts."""
        return shared.usage(
            shared.member(reply, "usage"),
            input="prompt_tokens",
            output="completion_tokens",
            reasoning="completion_tokens_details.reasoning_tokens",
            cached="prompt_tokens_details.cached_tokens",
        )

    def error(self, reply: Json) -> str:
        """Give an error reply's text."""
        return shared.error_text(reply)

    def assembler(self) -> Assembler:
        """Make a fresh assembler."""
        return ChatAssembler()

    def rename_calls(self, value: Json, rename: Callable[[str], str]) -> bool:
        """Rename tool call ids, and the ids of reasoning that is tied to a call."""
        return shared.rename_chat_calls(value, rename)


def chat_calls(message: Message) -> list[CallOutline]:
    """Read the calls of a chat message, those of its legacy ``function_call`` among them."""
    calls = list(map(_call, shared.items(message, "tool_calls")))
    legacy = message.get("function_call")
    if shared.member(legacy, "name"):
        calls.append(_call({"function": legacy}))
    return calls


def _call(call: Json) -> CallOutline:
    function, call_id = shared.member(call, "function"), str(shared.member(call, "id"))
    if shared.member(function, "name"):
        given = shared.arguments(shared.member(function, "arguments"))
        return CallOutline(str(function["name"]), given, call_id)
    custom = shared.member(call, "custom")
    return CallOutline(str(shared.member(custom, "name")), shared.member(custom, "input"), call_id)


class ChatAssembler:
    """Puts chat completion chunks together: texts are joined, lists merged by index."""

    __slots__ = ("_done", "_error", "_finished", "_reply")

    def __init__(self) -> None:
        self._reply: dict[str, Json] = {}
        self._finished: set[int] = set()
        self._done = False
        self._error: Json = None

    @property
    def terminal(self) -> bool:
        """Every choice that has begun has its finish reason, and there was no error."""
        if self._error is not None or not (self._done or self._finished):
            return False
        return self._done or len(self._finished) == len(self._reply["choices"])

    @property
    def final(self) -> bool:
        """``[DONE]`` has come, or the usage with or after the last choice's end."""
        return self._done or (self.terminal and bool(self._reply.get("usage")))

    @property
    def error(self) -> Json:
        """The error that the stream itself reported."""
        return self._error

    def feed(self, name: str, data: Json) -> None:
        """Take the next chunk."""
        if not shared.is_object(data):
            self._done = self._done or data == "[DONE]"
            return
        self._error = data.get("error") or self._error
        reply = self._reply
        for key, value in data.items():
            if value is not None and key != "choices":
                reply[key] = value
        choices = data.get("choices")
        for position, choice in enumerate(choices if shared.is_list(choices) else ()):
            if shared.is_object(choice):
                self._take(choice, position)

    def _take(self, choice: dict[str, Json], position: int) -> None:
        index = choice.get("index", position)
        choices: list[dict[str, Json]] = self._reply.setdefault("choices", [])
        whole: dict[str, Json]
        for whole in choices:
            if whole["index"] == index:
                break
        else:
            whole = {"index": index, "message": {"role": "assistant"}, "finish_reason": None}
            choices.append(whole)
        self._merge(whole["message"], choice.get("delta") or choice.get("message") or {})
        if choice.get("finish_reason"):
            whole["finish_reason"] = choice["finish_reason"]
            self._finished.add(index)

    def _merge(self, message: dict[str, Json], delta: Mapping[str, Json]) -> None:
        shared.merge_delta(message, delta)

    def reply(self) -> Json:
        """Give the completion as it would have come in one piece."""
        return self._reply
