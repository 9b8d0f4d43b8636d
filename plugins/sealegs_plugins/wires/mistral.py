"""Mistral's chat completions: as OpenAI's, but content may be a list of chunks, thinking first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sealegs.document import JsonDocument

from . import shared
from .openai_chat import ChatAssembler, OpenAIChat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealegs.jsons import Json
    from sealegs.wire import Assembler, Framing, RequestHead

__all__ = ["Mistral", "MistralAssembler"]

_VERTEX = re.compile(r"/publishers/mistralai/models/([^/:]+):(?:rawPredict|streamRawPredict)$")


@dataclass(frozen=True, slots=True)
class Mistral(OpenAIChat):
    """``POST /v1/chat/completions`` at Mistral, and ``…:rawPredict`` on Vertex AI."""

    name: str = "mistral"
    framing: Framing = "sse"
    operation: str = "chat"

    def claims(self, head: RequestHead) -> bool:
        """Say whether the path is that of chat completions and the host is Mistral's."""
        if head.method != "POST":
            return False
        chat = head.path.endswith("/chat/completions") and shared.host_is(head.host, "mistral.ai")
        return chat or bool(_VERTEX.search(head.path))

    def read(self, body: bytes, head: RequestHead) -> JsonDocument:
        """Open a request."""
        found = _VERTEX.search(head.path)
        return JsonDocument(body, self._layout, model_name=unquote(found[1]) if found else "")

    def assembler(self) -> Assembler:
        """Make a fresh assembler."""
        return MistralAssembler()


class MistralAssembler(ChatAssembler):
    """Puts chunks together: adjacent content chunks of one type are one."""

    __slots__ = ()

    def _merge(self, message: dict[str, Json], delta: Mapping[str, Json]) -> None:
        content = delta.get("content")
        if shared.is_list(content) or (content and shared.is_list(message.get("content"))):
            message["content"] = _joined(message.get("content"), content)
            delta = {key: value for key, value in delta.items() if key != "content"}
        elif shared.is_list(message.get("content")):
            delta = {key: value for key, value in delta.items() if key != "content"}
        super()._merge(message, delta)


def _chunks(content: Json) -> list[Json]:
    if shared.is_list(content):
        return content
    return [{"type": "text", "text": content}] if content else []


def _joined(known: Json, new: Json) -> list[Json]:
    chunks = list(_chunks(known))
    for chunk in _chunks(new):
        last: Json = chunks[-1] if chunks else None
        kind = shared.member(chunk, "type")
        if kind in _TEXTS and shared.member(last, "type") == kind:
            chunks[-1] = _merged(last, chunk, _TEXTS[kind])
        else:
            chunks.append(chunk)
    return chunks


_TEXTS = {"text": "text", "thinking": "thinking"}


def _merged(last: Mapping[str, Json], chunk: Mapping[str, Json], text: str) -> dict[str, Json]:
    """Join a chunk to the last one of its type; inside a thinking chunk stand text chunks again."""
    before, after = last.get(text), chunk.get(text)
    if isinstance(before, str) and isinstance(after, str):
        joined: Json = before + after
    else:
        joined = _joined(before, after)
    return {**last, **chunk, text: joined}
