"""Chunks of a Gemini response, edited on their way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sealegs.calls.saying import Mender
from sealegs.flow import Event
from sealegs.jsons import Json, is_object

from .gemini_parts import CALL, call_of, edited_part, is_text
from .hearing import Ear, Pen
from .shared import items, unchanged

__all__ = ["GeminiFilter", "Mending"]


class Mending:
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
            if parts and (self.reads or any(map(call_of, parts))):
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
        left += [{"functionCall": CALL.made(call)} for call in self.ear.found(number)]

    def _part(self, part: Json, number: int, left: list[Json]) -> None:
        """Add what goes on of a part: nothing, it, or also the text held before it.

        A signature on an empty text stands by itself: no text may move into its part.
        """
        if not is_text(part) or (not part["text"] and len(part) > 1):
            self._end(number, left)
            if call_of(part) is not None:
                part = edited_part(part, lambda call: self.ear.call(number, call))
            left.append(part)
        else:
            text = part["text"]
            new = self.ear.text(number, text) if self.reads and text else text
            if new == text:
                left.append(part)
            elif new or len(part) > 1:
                left.append({**part, "text": new})

    def _end(self, number: int, left: list[Json]) -> None:
        """Add the text that was held, to the text before it where that is in the same chunk.

        What is signed stays as it is, and gets no text of another part.
        """
        text = self.ear.end(number)
        if text and left and is_text(left[-1]) and len(left[-1]) == 1:
            left[-1] = {**left[-1], "text": left[-1]["text"] + text}
        elif text:
            left.append({"text": text})


class GeminiFilter:
    """Edits a stream of chunks. Calls found in text leave with the finish reason."""

    __slots__ = ("_like", "_mending", "_numbers", "_pen")

    def __init__(self, mender: Mender) -> None:
        self._mending, self._pen = Mending(mender), Pen("sse")
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
        content: dict[str, Json] = candidate.get("content") or {}
        if items(content, "parts") or not content.keys() <= {"parts", "role"}:
            return True
    return False
