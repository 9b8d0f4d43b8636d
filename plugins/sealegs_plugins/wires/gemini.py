"""Gemini ``generateContent`` and ``streamGenerateContent``, at Google's two endpoints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, unquote

import msgspec

from sealegs.document import JsonDocument
from sealegs.jsons import Json, parse
from sealegs.layout import Layout
from sealegs.wire import Assembler, CallOutline, Framing, Message, Outline, RequestHead, Role

from . import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Gemini", "GeminiAssembler"]


class _Part(msgspec.Struct, gc=False):
    function_response: msgspec.Raw | None = msgspec.field(name="functionResponse", default=None)
    in_snake_case: msgspec.Raw | None = msgspec.field(name="function_response", default=None)


class _Content(msgspec.Struct, gc=False):
    role: str = ""
    parts: list[_Part] = []


_content = msgspec.json.Decoder(_Content).decode
_ROLES: Mapping[str, Role] = {"model": "assistant", "function": "tool", "system": "system"}
_CALL = ("functionCall", "function_call")
_RESPONSE = ("functionResponse", "function_response")
_HOSTED = frozenset({"toolCall", "toolResponse", "executableCode", "codeExecutionResult"})
"""What Google's own tools did: clients send it back reworded, so only that it is there counts."""

_MARKS = frozenset({"thought", "thoughtSignature", "thought_signature"})


def _role(raw: bytes) -> Role:
    """Read a content's role; one with any function response is the tools'."""
    try:
        content = _content(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _content_role(parse(raw))
    answered = any(part.function_response or part.in_snake_case for part in content.parts)
    return "tool" if answered else _ROLES.get(content.role, "user")


def _content_role(content: Json) -> Role:
    answered = any(_either(part, _RESPONSE) for part in shared.items(content, "parts"))
    return "tool" if answered else _ROLES.get(str(shared.member(content, "role")), "user")


def _either(part: Json, names: Sequence[str]) -> Json:
    """Read a member that may be spelled in camel case or in snake case: Google takes both."""
    return shared.member(part, names[0]) or shared.member(part, names[1])


_PATH = re.compile(r"([^/:]+):(generateContent|streamGenerateContent)$")


@dataclass(frozen=True, slots=True)
class Gemini:
    """``POST …/models/<model>:generateContent`` and ``…:streamGenerateContent?alt=sse``.

    Without ``alt=sse`` a streamed reply is one JSON list of chunks, and is read as a whole one.
    """

    name: str = "gemini"
    framing: Framing = "sse"
    operation: str = "generate_content"

    _layout: ClassVar[Layout] = Layout(
        turns="contents", role=_role, system="systemInstruction", model="", stream=""
    )
    _snake_case: ClassVar[Layout] = Layout(
        turns="contents", role=_role, system="system_instruction", model="", stream=""
    )

    def claims(self, head: RequestHead) -> bool:
        """Say whether content is generated."""
        return head.method == "POST" and bool(_PATH.search(head.path))

    def read(self, body: bytes, head: RequestHead) -> JsonDocument:
        """Open a request; the model stands in the path."""
        found = _PATH.search(head.path)
        model = unquote(found[1]) if found else ""
        asked = "sse" in parse_qs(head.query).get("alt", ())
        streams = asked and bool(found and found[2] == "streamGenerateContent")
        layout = self._snake_case if b'"system_instruction"' in body else self._layout
        return JsonDocument(body, layout, model_name=model, streams=streams)

    def message(self, raw: bytes) -> Message:
        """Parse one content."""
        return shared.as_message(parse(raw))

    def outline(self, message: Message) -> Outline:
        """Say what a content means."""
        texts: list[str] = []
        calls: list[CallOutline] = []
        results: list[tuple[str, str]] = []
        other: list[Json] = []
        for part in shared.items(message, "parts"):
            if call := _either(part, _CALL):
                calls.append(_call(call))
            elif answer := _either(part, _RESPONSE):
                results.append(_result(answer))
                other += shared.items(answer, "parts")
            elif shared.member(part, "text"):
                texts.append("" if part.get("thought") else str(part["text"]))
            else:
                other += _rest(part)
        role = _content_role(message)
        return Outline(role, "".join(texts), tuple(calls), tuple(results), other or None)

    def messages(self, reply: Json) -> Sequence[Message]:
        """Give each candidate's content."""
        candidates = shared.items(_whole(reply), "candidates")
        found = [shared.member(candidate, "content") for candidate in candidates]
        return [content for content in found if shared.items(content, "parts")]

    def usage(self, reply: Json) -> Mapping[str, int]:
        """Give the token counts; ``output`` leaves out the thoughts."""
        return shared.usage(
            shared.member(_whole(reply), "usageMetadata"),
            input="promptTokenCount",
            output="candidatesTokenCount",
            reasoning="thoughtsTokenCount",
            cached="cachedContentTokenCount",
        )

    def error(self, reply: Json) -> str:
        """Give an error reply's text."""
        return shared.error_text(reply)

    def assembler(self) -> Assembler:
        """Make a fresh assembler."""
        return GeminiAssembler()

    def rename_calls(self, value: Json, rename: Callable[[str], str]) -> bool:
        """Rename the ids of function calls and responses, where they have any."""
        changed = False
        for part in _parts(value):
            for name in (*_CALL, *_RESPONSE):
                changed |= shared.rename(shared.member(part, name), "id", rename)
        return changed


def _parts(value: Json) -> Iterator[Json]:
    """Give the parts of a content, of a reply, of an event, or of a list of replies."""
    for one in value if shared.is_list(value) else (value,):
        yield from shared.items(one, "parts")
        for candidate in shared.items(one, "candidates"):
            yield from shared.items(shared.member(candidate, "content"), "parts")


def _call(call: Json) -> CallOutline:
    name, call_id = shared.member(call, "name"), shared.member(call, "id")
    return CallOutline(str(name), shared.member(call, "args") or {}, str(call_id))


def _result(answer: Json) -> tuple[str, str]:
    call_id = shared.member(answer, "id") or shared.member(answer, "name")
    return str(call_id), shared.result_text(shared.member(answer, "response"))


def _rest(part: Json) -> list[Json]:
    if not shared.is_object(part):
        return [part]
    said = {_camel(key): value for key, value in part.items() if key not in _MARKS and value != ""}
    for key in said.keys() & _HOSTED:
        said[key] = {}
    return [said] if said else []


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(map(str.capitalize, rest))


def _whole(reply: Json) -> Json:
    """Merge the list of chunks that a stream without ``alt=sse`` is."""
    if not shared.is_list(reply):
        return reply
    assembler = GeminiAssembler()
    for chunk in reply:
        assembler.feed("", chunk)
    return assembler.reply()


class GeminiAssembler:
    """Puts chunks together: candidates by index, text parts joined while none is signed."""

    __slots__ = ("_blocked", "_candidates", "_error", "_reply")

    def __init__(self) -> None:
        self._reply: dict[str, Json] = {}
        self._candidates: dict[int, dict[str, Json]] = {}
        self._blocked = False
        self._error: Json = None

    @property
    def terminal(self) -> bool:
        """Every candidate has its finish reason, or the prompt was refused."""
        ended = [candidate.get("finishReason") for candidate in self._candidates.values()]
        return self._blocked or (bool(ended) and all(ended))

    @property
    def final(self) -> bool:
        """As `terminal`, with the usage."""
        return self.terminal and bool(self._reply.get("usageMetadata"))

    @property
    def error(self) -> Json:
        """The error that the stream itself reported."""
        return self._error

    def feed(self, name: str, data: Json) -> None:
        """Take the next chunk."""
        if not shared.is_object(data):
            return
        self._error = data.get("error") or self._error
        self._blocked |= bool(shared.at_path(data, "promptFeedback.blockReason"))
        self._reply |= {key: value for key, value in data.items() if key != "candidates"}
        for position, candidate in enumerate(shared.items(data, "candidates")):
            if shared.is_object(candidate):
                self._take(candidate, candidate.get("index", position))

    def _take(self, candidate: Mapping[str, Json], index: int) -> None:
        whole = self._candidates.setdefault(index, {})
        content = whole.get("content")
        whole |= candidate
        new: Json = shared.member(candidate, "content") or {}
        parts = list(shared.items(content, "parts"))
        for part in shared.items(new, "parts"):
            _add(parts, part)
        if content or new:
            whole["content"] = {**(content or {}), **new, "parts": parts}

    def reply(self) -> Json:
        """Give the response as it would have come in one piece."""
        if not self._candidates:
            return self._reply
        candidates = [self._candidates[index] for index in sorted(self._candidates)]
        return {**self._reply, "candidates": candidates}


def _add(parts: list[Json], part: Json) -> None:
    """Add a part; plain text joins the text before it, a signed part stands by itself."""
    last: Json = parts[-1] if parts else None
    if _plain(last) and _plain(part) and bool(last.get("thought")) == bool(part.get("thought")):
        parts[-1] = {**last, "text": last["text"] + part["text"]}
    else:
        parts.append(part)


def _plain(part: Json) -> bool:
    known = shared.is_object(part) and part.keys() <= {"text", "thought"}
    return known and isinstance(part.get("text"), str)
