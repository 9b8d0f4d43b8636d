"""OpenAI Responses: input and output are lists of items, and a turn of the model is several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import msgspec

from sealegs.document import JsonDocument
from sealegs.jsons import Json, dump, parse
from sealegs.layout import Layout
from sealegs.wire import Assembler, CallOutline, Framing, Message, Outline, RequestHead, Role

from . import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["OpenAIResponses", "ResponsesAssembler"]


class _Item(msgspec.Struct, gc=False):
    type: str = ""
    role: str = ""
    execution: str = ""


_item = msgspec.json.Decoder(_Item).decode
_ROLES: Mapping[str, Role] = {"system": "system", "developer": "system", "assistant": "assistant"}
_SPOKEN = frozenset({"", "message", "additional_tools"})
_TOOL = frozenset({"mcp_approval_response", "compaction_trigger"})


def item_role(raw: bytes) -> Role:
    """Read who made an item: a message says it, an output is a tool's, all else is the model's."""
    try:
        item = _item(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        whole = parse(raw)
        found = (shared.member(whole, key) for key in ("type", "role", "execution"))
        item = _Item(*(value if isinstance(value, str) else "" for value in found))
    if item.type in _SPOKEN:
        return _ROLES.get(item.role, "user")
    if item.type in _TOOL or (item.type.endswith("_output") and not _hosted(item)):
        return "tool"
    return "assistant"


def _hosted(item: _Item) -> bool:
    """Whether the provider itself made an output, in the midst of the model's turn."""
    return item.execution == "server" or item.type == "program_output"


def _dump(message: Message) -> bytes:
    items = message.get("items")
    return b",".join(map(dump, items)) if shared.is_list(items) else dump(message)


@dataclass(frozen=True, slots=True)
class OpenAIResponses:
    """``POST …/responses``.

    A turn of the model is a message ``{"items": […]}`` of consecutive items; every other item is a
    message by itself.
    """

    name: str = "openai-responses"
    framing: Framing = "sse"
    operation: str = "chat"

    _layout: ClassVar[Layout] = Layout(
        turns="input", role=item_role, dump=_dump, grouped=True, system="instructions"
    )

    def claims(self, head: RequestHead) -> bool:
        """Say whether the path is that of responses."""
        return head.method == "POST" and head.path.endswith("/responses")

    def read(self, body: bytes, head: RequestHead) -> JsonDocument:
        """Open a request."""
        return JsonDocument(body, self._layout)

    def message(self, raw: bytes) -> Message:
        """Parse one turn: one item, or the model's several, joined by commas."""
        items = parse(b"[" + raw + b"]")
        if len(items) == 1 and item_role(raw) != "assistant":
            return shared.as_message(items[0])
        return {"items": items}

    def outline(self, message: Message) -> Outline:
        """Say what a turn means."""
        items = message.get("items")
        if shared.is_list(items):
            return _model_outline(items)
        kind = str(message.get("type") or "")
        if kind in _SPOKEN:
            text, other = shared.text_and_rest(message.get("content"))
            if kind == "additional_tools":
                other = shared.bare(message)
            return Outline(_ROLES.get(str(message.get("role")), "user"), text, other=other)
        if not kind.endswith("_output"):
            return Outline("tool", other=shared.bare(message))
        text, other = shared.text_and_rest(message.get("output"))
        return Outline("tool", results=((str(message.get("call_id") or ""), text),), other=other)

    def messages(self, reply: Json) -> Sequence[Message]:
        """Give the output as one turn."""
        output = shared.items(reply, "output")
        return [{"items": list(output)}] if output else []

    def usage(self, reply: Json) -> Mapping[str, int]:
        """Give the token counts."""
        return shared.usage(
            shared.member(reply, "usage"),
            input="input_tokens",
            output="output_tokens",
            reasoning="output_tokens_details.reasoning_tokens",
            cached="input_tokens_details.cached_tokens",
        )

    def error(self, reply: Json) -> str:
        """Give an error reply's text."""
        return shared.error_text(reply)

    def assembler(self) -> Assembler:
        """Make a fresh assembler."""
        return ResponsesAssembler()

    def rename_calls(self, value: Json, rename: Callable[[str], str]) -> bool:
        """Rename the ``call_id`` of calls and outputs; items' own ids stay."""
        if not shared.is_object(value):
            return False
        changed = shared.rename(value, "call_id", rename)
        for name in ("items", "output"):
            for item in shared.items(value, name):
                changed |= shared.rename(item, "call_id", rename)
        for name in ("item", "response"):
            changed |= self.rename_calls(value.get(name), rename)
        return changed


_GIVEN = ("arguments", "input", "action", "actions", "operation", "operations")
_SAID = ("type", "name", "arguments", "code")


def _model_outline(items: Sequence[Json]) -> Outline:
    texts: list[str] = []
    calls: list[CallOutline] = []
    other: list[Json] = []
    for item in items:
        kind = shared.member(item, "type")
        if kind == "reasoning":
            continue
        if shared.member(item, "call_id") and not kind.endswith("_output"):
            calls.append(_call(item))
        elif kind in _SPOKEN:
            text, rest = shared.text_and_rest(shared.member(item, "content"))
            texts.append(text)
            other += rest or ()
        elif shared.is_object(item):
            other.append({key: item[key] for key in _SAID if item.get(key) is not None})
    return Outline("assistant", "".join(texts), tuple(calls), other=other or None, ids=_ids(items))


def _ids(items: Sequence[Json]) -> tuple[str, ...]:
    """Give the items' own ids, but no reasoning's; a client that keeps them names the turn."""
    kept = (item for item in items if shared.member(item, "type") != "reasoning")
    return tuple(str(item["id"]) for item in kept if shared.member(item, "id"))


def _call(item: dict[str, Json]) -> CallOutline:
    """Read a client's call; one of a built-in tool (shell, patch, computer) has its type's name."""
    given: Json = next((item[name] for name in _GIVEN if item.get(name) is not None), None)
    if item.get("type") != "custom_tool_call":
        given = shared.arguments(given)
    if item.get("type") != "function_call":  # what a function is given may well be called an id
        given = shared.bare(given)
    name = item.get("name") or item.get("type")
    return CallOutline(str(name), given, str(item["call_id"]))


_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})
_DELTAS: Mapping[str, tuple[str, str, str]] = {
    # event: the item's member, the event's index into it, the member that grows
    "response.output_text.delta": ("content", "content_index", "text"),
    "response.refusal.delta": ("content", "content_index", "refusal"),
    "response.reasoning_text.delta": ("content", "content_index", "text"),
    "response.reasoning_summary_text.delta": ("summary", "summary_index", "text"),
    "response.function_call_arguments.delta": ("", "", "arguments"),
    "response.mcp_call_arguments.delta": ("", "", "arguments"),
    "response.custom_tool_call_input.delta": ("", "", "input"),
    "response.code_interpreter_call_code.delta": ("", "", "code"),
}
_PARTS: Mapping[str, str] = {
    "response.output_text.delta": "output_text",
    "response.refusal.delta": "refusal",
    "response.reasoning_text.delta": "reasoning_text",
    "response.reasoning_summary_text.delta": "summary_text",
}


class ResponsesAssembler:
    """Puts a stream of Responses events together.

    An item is what its ``response.output_item.done`` says. The final event's ``output`` only fills
    in items that had none: its encrypted content is sealed anew, and some servers leave it empty or
    give its items other ids, while clients send back what came with the item.
    """

    __slots__ = ("_done", "_ended", "_error", "_items", "_response")

    def __init__(self) -> None:
        self._response: dict[str, Json] = {}
        self._items: dict[int, dict[str, Json]] = {}
        self._done: set[int] = set()
        self._ended = False
        self._error: Json = None

    @property
    def terminal(self) -> bool:
        """The response has been completed, cut short or has failed."""
        return self._ended

    @property
    def final(self) -> bool:
        """As `terminal`: the usage comes with the end."""
        return self._ended

    @property
    def error(self) -> Json:
        """The error that the stream itself reported."""
        return self._error

    def feed(self, name: str, data: Json) -> None:
        """Take the next event."""
        if not shared.is_object(data):
            return
        kind = str(data.get("type") or name)
        index = data.get("output_index", 0)
        if kind in ("response.output_item.done", "response.output_item.added"):
            self._items[index] = dict(shared.as_message(data.get("item")))
            if kind.endswith("done"):
                self._done.add(index)
        elif kind in _DELTAS:
            self._grow(kind, index, data)
        elif kind == "error" or data.get("error"):
            self._error = data.get("error") or data
        elif shared.is_object(data.get("response")):
            self._take(kind, data["response"])

    def _take(self, kind: str, response: dict[str, Json]) -> None:
        self._response |= response
        self._error = self._error or response.get("error")
        if kind not in _ENDS:
            return
        self._ended = True
        for index, item in enumerate(shared.items(response, "output")):
            if index not in self._done and shared.is_object(item):
                self._items[index] = item

    def _grow(self, kind: str, index: int, data: Mapping[str, Json]) -> None:
        item = self._items.get(index)
        if item is None or index in self._done:
            return
        member, place, text = _DELTAS[kind]
        holder = item
        if member:
            parts = item[member] = list(shared.items(item, member))
            position = data.get(place, 0)
            while len(parts) <= position:
                parts.append({"type": _PARTS[kind], text: ""})
            holder = parts[position] = dict(parts[position])
        shared.grow(holder, text, str(data.get("delta") or ""))

    def reply(self) -> Json:
        """Give the response; of one that was cut, the items that came, the last one partly."""
        output = [self._items[index] for index in sorted(self._items)]
        return {**self._response, "output": output}
