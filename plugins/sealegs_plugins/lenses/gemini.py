"""Gemini: calls are whole parts, their arguments are objects, and few have ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Filter
from sealegs.jsons import Json, is_array
from sealegs.wire import Document, Message
from sealegs_plugins.wires.gemini import Gemini

from .gemini_parts import call_of, edited_part
from .gemini_stream import GeminiFilter, Mending
from .shared import (
    first_schema,
    items,
    mapped,
    unchanged,
    with_member,
)

__all__ = ["GeminiLens"]

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
    identified: bool = False

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
        return with_member(message, "parts", mapped(parts, lambda part: edited_part(part, edit)))

    def mended(self, reply: Json, mender: Mender, /) -> Json:
        """Mend a response; or the list of chunks that a stream without ``alt=sse`` is."""
        mending = Mending(mender)
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
        calls = [call for part in items(contents[0], "parts") if (call := call_of(part))]
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


def _answer(call: Mapping[str, Json], text: str) -> dict[str, Json]:
    named = {name: call[name] for name in ("id", "name") if call.get(name)}
    return {**named, "response": {"error": text}}
