"""Chat completions: OpenAI's, Mistral's, and those of the servers that are like them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Filter
from sealegs.jsons import Json, is_array, is_object
from sealegs.wire import Document, Message
from sealegs_plugins.parsers.common import called

from .chat_parts import (
    CALL,
    CUT,
    FUNCTION,
    heard_part,
    is_text,
    made_call,
    reason_of,
    text_part,
)
from .chat_stream import ChatFilter
from .hearing import Ear
from .shared import (
    at,
    first_schema,
    is_whole,
    items,
    mapped,
    named_alike,
    read_object,
    renamed_member,
    unchanged,
    with_member,
)

__all__ = ["ChatLens", "renamed_choice"]

_NAMED = (("function", "name"), ("name",))
_SCHEMAS = (
    "response_format.json_schema.schema",
    "response_format.json_schema.schema_definition",
    "response_format.schema",
)


@dataclass(frozen=True, slots=True)
class ChatLens:
    """The lens of chat completions."""

    name: str = "openai-chat"
    wires: frozenset[str] = frozenset({"openai-chat"})
    tools: str = "tools"
    legacy_tools: str = "functions"
    identified: bool = True

    def renamed(self, document: Document, rename: Callable[[str], str], /) -> Mapping[str, Json]:
        """Rename in ``tool_choice``, and in the older ``function_call``."""
        found: dict[str, Json] = {}
        choice = document.parameter("tool_choice")
        new = renamed_choice(choice, rename)
        if new is not choice:
            found["tool_choice"] = new
        legacy = document.parameter("function_call")
        new = renamed_member(legacy, ("name",), rename)
        if new is not legacy:
            found["function_call"] = new
        return found

    def answer_schema(self, document: Document, /) -> tuple[str, Json] | None:
        """Find the schema of ``response_format``."""
        return first_schema(document, _SCHEMAS)

    def with_calls(self, message: Message, edit: Callable[[SaidCall], SaidCall], /) -> Message:
        """Edit the calls of a message, or the name of a result."""
        role = message.get("role")
        if role in ("tool", "function"):
            named: Message = named_alike(message, "name", "tool_call_id", edit)
            return named
        return with_edited_calls(message, edit)

    def mended(self, reply: Json, mender: Mender, /) -> Json:
        """Mend each choice."""
        choices = items(reply, "choices")
        if not choices:
            return reply
        ear = Ear(mender)
        new = [_choice(choice, place, ear) for place, choice in enumerate(choices)]
        return reply if unchanged(new, choices) else {**reply, "choices": new}

    def filter(self, mender: Mender, /) -> Filter:
        """Make the filter of a stream of chunks."""
        return ChatFilter(mender)

    def answered(self, reply: Json, texts: Sequence[str], /) -> Sequence[Message]:
        """Answer the first choice's calls, each by a message of the tool's."""
        choice = next(iter(items(reply, "choices")), None)
        message = choice.get("message") if is_object(choice) else None
        if not is_object(message):
            return ()
        calls = items(message, "tool_calls")
        legacy = at(message, ("function_call", "name"))
        if not all(map(_is_function, calls)) or len(texts) < len(calls) + bool(legacy):
            return ()
        said = with_edited_calls({"role": "assistant", **message}, _readable)
        results: list[Message] = [
            {"role": "tool", "tool_call_id": str(call.get("id") or ""), "content": text}
            for call, text in zip(calls, texts, strict=False)
        ]
        if legacy:
            text = texts[len(results)]
            results.append({"role": "function", "name": legacy, "content": text})
        rest = texts[len(results) :]
        if rest:
            results.append({"role": "user", "content": "\n\n".join(rest)})
        return [said, *results]

    def generation(self, refusal: Json, /) -> Json:
        """Give what Groq quotes as ``failed_generation``: text, or calls put into JSON by it."""
        error = refusal.get("error") if is_object(refusal) else None
        text = error.get("failed_generation") if is_object(error) else None
        if not isinstance(text, str) or not text:
            return None
        message: dict[str, Json] = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        calls = called(text, whole=True) if text.lstrip()[:1] in ("{", "[") else None
        if calls:
            said = [SaidCall(call.name, str(call.arguments), call.id) for call in calls]
            message |= {"content": None, "tool_calls": [made_call(call) for call in said]}
            choice["finish_reason"] = "tool_calls"
        head = {"id": "failed_generation", "object": "chat.completion", "created": 0, "model": ""}
        return {**head, "choices": [choice]}


def _readable(call: SaidCall) -> SaidCall:
    """Give a call with arguments that a provider takes."""
    if read_object(call.arguments) is not None:
        return call
    return SaidCall(call.name, "{}", call.id)


def _is_function(call: Json) -> bool:
    return is_object(call) and is_object(call.get("function"))


def renamed_choice(choice: Json, rename: Callable[[str], str]) -> Json:
    """Rename in a ``tool_choice``: one tool, or those that are allowed. Custom tools stay."""
    if not is_object(choice) or choice.get("type") in ("custom", "mcp"):
        return choice
    for path in _NAMED:
        choice = renamed_member(choice, path, rename)
    allowed = choice.get("allowed_tools")
    if is_object(allowed):
        choice = with_member(choice, "allowed_tools", renamed_choice(allowed, rename))
    tools = choice.get("tools")
    if is_array(tools):
        new = mapped(tools, lambda tool: renamed_choice(tool, rename))
        choice = with_member(choice, "tools", new)
    return choice


def with_edited_calls(message: Message, edit: Callable[[SaidCall], SaidCall]) -> Message:
    """Edit the calls of a chat message; custom tools' calls stay."""
    calls = message.get("tool_calls")
    if is_array(calls):
        new = mapped(calls, lambda call: CALL.edited(call, edit))
        message = with_member(message, "tool_calls", new)
    legacy = message.get("function_call")
    if is_object(legacy) and legacy.get("name"):
        message = with_member(message, "function_call", FUNCTION.edited(legacy, edit))
    return message


def _choice(choice: Json, place: int, ear: Ear) -> Json:
    message = choice.get("message") if is_object(choice) else None
    if not is_object(message):
        return choice
    number = choice.get("index", place)
    new = _spoken(message, number, ear) if ear.reads else message
    calls = items(message, "tool_calls")
    left = len(calls) + bool(at(message, ("function_call", "name")))
    cut = choice.get("finish_reason") in CUT

    def mend(call: SaidCall) -> SaidCall:
        nonlocal left
        left -= 1
        whole = bool(left) or not cut or is_whole(call.arguments)
        return ear.call(number, call, whole=whole)

    new = with_edited_calls(new, mend)
    found = [made_call(call) for call in ear.found(number)]
    choice = with_member(choice, "message", new)
    if not found:
        return choice
    message = {**new, "tool_calls": [*items(new, "tool_calls"), *found]}
    return {**choice, "message": message, "finish_reason": reason_of(choice.get("finish_reason"))}


def _spoken(message: Message, number: int, ear: Ear) -> Message:
    """Give a message with what is left of its text."""
    content = message.get("content")
    if isinstance(content, str) and content:
        text = ear.text(number, content) + ear.end(number)
        return with_member(message, "content", content if text == content else text or None)
    if not is_array(content):
        return message
    parts: list[Json] = [one for part in content if (one := heard_part(part, number, ear))]
    rest = ear.end(number)
    if rest and parts and is_text(parts[-1]):
        parts[-1] = {**parts[-1], "text": parts[-1]["text"] + rest}
    elif rest:
        parts.append(text_part(rest))
    return message if unchanged(parts, content) else {**message, "content": parts or None}
