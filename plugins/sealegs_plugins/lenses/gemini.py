"""Gemini: calls are whole parts, their arguments are objects, and few have ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Event, Filter
from sealegs.jsons import Json, is_array, is_object
from sealegs.wire import Document, Message
from sealegs_plugins.wires.gemini import Gemini

from .hearing import Ear, Pen
from .shared import (
    CallPlace,
    first_schema,
    items,
    mapped,
    named_alike,
    unchanged,
    with_member,
)

__all__ = ["GeminiFilter", "GeminiLens"]

_CALL = CallPlace(arguments="args", parsed=True)
_CALLS = ("functionCall", "function_call")
_RESPONSES = ("functionResponse", "function_response")
_CONFIGS = tuple(
    (config, calling, names)
    for config in ("toolConfig", "tool_config")
    for calling in ("functionCallingConfig", "function_calling_config")
    for names in ("allowedFunctionNames", "allowed_function_names")
)
_SCHEMAS = tuple(
    f"{config}.{name}"
    for config in ("generationConfig", "generation_config")
    for name in (
        "responseJsonSchema",
        "_responseJsonSchema",
        "responseSchema",
        "response_json_schema",
        "response_schema",
    )
)


@dataclass(frozen=True, slots=True)
class GeminiLens:
    """The lens of ``generateContent``; Google takes every member in snake case as well."""

    name: str = "gemini"
    wires: frozenset[str] = frozenset({"gemini"})
    tools: str = "tools"
    legacy_tools: str = ""

    def renamed(self, document: Document, rename: Callable[[str], str], /) -> Mapping[str, Json]:
        """Rename the functions that are allowed."""
        found: dict[str, Json] = {}
        for path in _CONFIGS:
            place = ".".join(path)
            names = document.parameter(place)
            if is_array(names):
                new = mapped(names, lambda one: _renamed(one, rename))
                if new is not names:
                    found[place] = new
        return found

    def answer_schema(self, document: Document, /) -> tuple[str, Json] | None:
        """Find the schema of the response."""
        return first_schema(document, _SCHEMAS)

    def with_calls(self, message: Message, edit: Callable[[SaidCall], SaidCall], /) -> Message:
        """Edit the function calls of a content, and the names of the responses."""
        parts = message.get("parts")
        if not is_array(parts):
            return message
        return with_member(message, "parts", mapped(parts, lambda part: _edited(part, edit)))

    def mended(self, reply: Json, mender: Mender, /) -> Json:
        """Mend a response; or the list of chunks that a stream without ``alt=sse`` is."""
        mending = _Mending(mender)
        if not is_array(reply):
            return mending.chunk(reply, last=True)
        last = len(reply) - 1
        chunks = [mending.chunk(chunk, last=place == last) for place, chunk in enumerate(reply)]
        return reply if unchanged(chunks, reply) else chunks

    def filter(self, mender: Mender, /) -> Filter:
        """Make the filter of a stream of chunks."""
        return GeminiFilter(mender)

    def answered(self, reply: Json, texts: Sequence[str], /) -> Sequence[Message]:
        """Answer the first candidate's calls by one content of responses."""
        contents = Gemini().messages(reply)
        if not contents:
            return ()
        calls = [call for part in items(contents[0], "parts") if (call := _call_of(part))]
        if len(texts) < len(calls):
            return ()
        answers = [
            {"functionResponse": _answer(call, text)}
            for call, text in zip(calls, texts, strict=False)
        ]
        said: list[Message] = [{"role": "model", **contents[0]}]
        if answers:
            said.append({"role": "user", "parts": answers})
        rest = "\n\n".join(texts[len(calls) :])
        return [*said, {"role": "user", "parts": [{"text": rest}]}] if rest else said

    def generation(self, refusal: Json, /) -> Json:
        """Give nothing: no error quotes a generation."""
        return None


def _renamed(name: Json, rename: Callable[[str], str]) -> Json:
    new = rename(name) if isinstance(name, str) else name
    return name if new == name else new


def _call_of(part: Json) -> dict[str, Json] | None:
    for name in _CALLS:
        call = part.get(name) if is_object(part) else None
        if is_object(call):
            return call
    return None


def _answer(call: Mapping[str, Json], text: str) -> dict[str, Json]:
    named = {name: call[name] for name in ("id", "name") if call.get(name)}
    return {**named, "response": {"error": text}}


def _edited(part: Json, edit: Callable[[SaidCall], SaidCall]) -> Json:
    if not is_object(part):
        return part
    for name in _CALLS:
        if is_object(call := part.get(name)):
            return with_member(part, name, _with_edited(call, edit))
    for name in _RESPONSES:
        if name in part:
            return with_member(part, name, named_alike(part[name], "name", "id", edit))
    return part


def _with_edited(call: dict[str, Json], edit: Callable[[SaidCall], SaidCall]) -> Json:
    """Edit a call; of one whose arguments come in pieces (Vertex AI) only name and id."""
    if "partialArgs" not in call and "willContinue" not in call:
        return _CALL.edited(call, edit)
    if not call.get("name"):
        return call
    return named_alike(call, "name", "id", edit)


class _Mending:
    """Mends the chunks of one response, in order."""

    __slots__ = ("ear", "reads")

    def __init__(self, mender: Mender) -> None:
        self.ear = Ear(mender)
        self.reads = self.ear.reads

    def concerns(self, chunk: Json) -> bool:
        """Say whether there is anything to look at."""
        for candidate in items(chunk, "candidates"):
            if not is_object(candidate):
                continue
            if candidate.get("finishReason"):
                return True
            parts = items(candidate.get("content"), "parts")
            if parts and (self.reads or any(map(_call_of, parts))):
                return True
        return False

    def chunk(self, chunk: Json, *, last: bool = False) -> Json:
        """Give a chunk as it is left; the very object where nothing changes."""
        candidates = items(chunk, "candidates")
        new = [self._candidate(one, place, last) for place, one in enumerate(candidates)]
        return chunk if unchanged(new, candidates) else {**chunk, "candidates": new}

    def _candidate(self, candidate: Json, place: int, last: bool) -> Json:
        if not is_object(candidate):
            return candidate
        number = candidate.get("index", place)
        content = candidate.get("content")
        parts = items(content, "parts")
        left: list[Json] = []
        for part in parts:
            self._part(part, number, left)
        if last or candidate.get("finishReason"):
            self.rest(number, left)
        if unchanged(left, parts):
            return candidate
        known: dict[str, Json] = content if is_object(content) else {"role": "model"}
        return {**candidate, "content": {**known, "parts": left}}

    def rest(self, number: int, left: list[Json]) -> None:
        """Add what ends a candidate: held text, and the calls that were found."""
        self._end(number, left)
        left += [{"functionCall": _CALL.made(call)} for call in self.ear.found(number)]

    def _part(self, part: Json, number: int, left: list[Json]) -> None:
        """Add what goes on of a part: nothing, it, or also the text held before it.

        A signature on an empty text stands by itself: no text may move into its part.
        """
        if not _is_text(part) or (not part["text"] and len(part) > 1):
            self._end(number, left)
            if _call_of(part) is not None:
                part = _edited(part, lambda call: self.ear.call(number, call))
            left.append(part)
        else:
            text = part["text"]
            new = self.ear.text(number, text) if self.reads and text else text
            if new == text:
                left.append(part)
            elif new or len(part) > 1:
                left.append({**part, "text": new})

    def _end(self, number: int, left: list[Json]) -> None:
        """Add the text that was held, to the text before it where that is in the same chunk."""
        text = self.ear.end(number)
        if text and left and _is_text(left[-1]):
            left[-1] = {**left[-1], "text": left[-1]["text"] + text}
        elif text:
            left.append({"text": text})


def _is_text(part: Json) -> bool:
    return is_object(part) and isinstance(part.get("text"), str) and not part.get("thought")


class GeminiFilter:
    """Edits a stream of chunks. Calls found in text leave with the finish reason."""

    __slots__ = ("_like", "_mending", "_numbers", "_pen")

    def __init__(self, mender: Mender) -> None:
        self._mending, self._pen = _Mending(mender), Pen("sse")
        self._like: Event | None = None
        self._numbers: dict[int, None] = {}

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Take a chunk, and give what goes on in its place."""
        data = event.data
        if not self._mending.concerns(data):
            return (event,)
        self._mending.ear.step()
        self._like = event
        for place, candidate in enumerate(items(data, "candidates")):
            number = candidate.get("index", place) if is_object(candidate) else place
            self._numbers[number] = None
        new = self._mending.chunk(data)
        if new is data:
            return (event,)
        return (self._pen.event(event, new),) if _says_something(new) else ()

    def close(self) -> Iterable[Event]:
        """Give what was held."""
        self._mending.ear.step()
        out: list[Event] = []
        for number in self._numbers:
            left: list[Json] = []
            self._mending.rest(number, left)
            out += [self._chunk(number, left)] if left else []
        return out

    def release(self) -> Iterable[Event] | None:
        """Give what was held, raw."""
        owed = self._mending.ear.owed()
        if owed is None:
            return None
        return [self._chunk(number, [{"text": text}]) for number, text in owed.items()]

    def _chunk(self, number: int, parts: Sequence[Json]) -> Event:
        like = self._like
        assert like is not None, "what is held came with an event"
        content = {"role": "model", "parts": list(parts)}
        head = {key: like.data[key] for key in _HEAD if key in like.data}
        chunk = {"candidates": [{"content": content, "index": number}], **head}
        return self._pen.event(like, chunk)


_HEAD = ("modelVersion", "responseId", "createTime")
_SILENT = frozenset({"candidates", "usageMetadata", *_HEAD})


def _says_something(chunk: Mapping[str, Json]) -> bool:
    """Say whether an edited chunk still has anything in it; each repeats the usage so far."""
    if not chunk.keys() <= _SILENT:
        return True
    for candidate in chunk["candidates"]:
        if not candidate.keys() <= {"content", "index"}:
            return True
        content = candidate.get("content") or {}
        if items(content, "parts") or not content.keys() <= {"parts", "role"}:
            return True
    return False
