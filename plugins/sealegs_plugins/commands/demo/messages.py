"""Anthropic Messages: signed thinking blocks, and the documented refusals about them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sealegs.jsons import Json, dump
from sealegs_plugins.commands.demo.script import Reply, Seen
from sealegs_plugins.commands.demo.server import Event, Refusal, pieces, written

__all__ = ["MessagesApi"]

_THINKING: Final = ("thinking", "redacted_thinking")

# The provider's spellings, "preceeding" among them: a client may have to recognise them.
_MISSING: Final = (
    "messages.{index}.content.0.type: Expected `thinking` or `redacted_thinking`, but found"
    " `{found}`. When `thinking` is enabled, a final `assistant` message must start with a thinking"
    " block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you"
    " include thinking blocks from previous turns. To avoid this requirement, disable `thinking`."
)
_MODIFIED: Final = (
    "messages.{index}.content.{block}: `thinking` or `redacted_thinking` blocks in the latest"
    " assistant message cannot be modified. These blocks must remain as they were in the original"
    " response."
)
_FORGED: Final = "messages.{index}.content.{block}: Invalid `signature` in `thinking` block"


@dataclass(frozen=True, slots=True)
class MessagesApi:
    """Anthropic Messages for a model that keeps all earlier thinking (Opus 4.5 and later).

    A signature is an HMAC of the thinking text, so that an altered text shows.
    """

    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def path(self) -> str:
        """The path that is served."""
        return "/v1/messages"

    def returned(self, body: Json) -> list[Json]:
        """Give the thinking blocks of each assistant message, or ``None``."""
        return [_thinking(m) or None for m in body["messages"] if m["role"] == "assistant"]

    def refuse(self, body: Json) -> Refusal | None:
        """Refuse thinking that is missing from the tool loop, altered, or signed by another."""
        thinking: Json = body.get("thinking") or {}
        if thinking.get("type", "disabled") == "disabled":
            return None
        messages = body["messages"]
        latest = max((i for i, m in enumerate(messages) if m["role"] == "assistant"), default=-1)
        for index, message in enumerate(messages):
            blocks = _blocks(message) if message["role"] == "assistant" else []
            if index == latest and _has_results(messages[-1]):
                found = blocks[0]["type"] if blocks else "text"
                if found not in _THINKING:
                    return _refusal(_MISSING.format(index=index, found=found))
            for position, block in enumerate(blocks):
                if block["type"] == "thinking" and not self._genuine(block):
                    rule = _MODIFIED if index == latest else _FORGED
                    return _refusal(rule.format(index=index, block=position))
        return None

    def show(self, body: Json) -> Seen:
        """Give what the model reads: all of it, earlier thinking included."""
        messages = body["messages"]
        start = max(i for i, m in enumerate(messages) if _asks(m))
        blocks = [block for message in messages for block in _blocks(message)]
        results = [b for m in messages[start:] for b in _blocks(m) if b["type"] == "tool_result"]
        shown = sum(len(_text(block)) + len(dump(block.get("input") or "")) for block in blocks)
        fixed = len(dump(body.get("tools") or "")) + len(dump(body.get("system") or ""))
        return Seen(
            questions=sum(map(_asks, messages)),
            results=tuple(map(_text, results)),
            thoughts=tuple(block["thinking"] for block in blocks if block["type"] == "thinking"),
            characters=shown + fixed,
        )

    def whole(self, body: Json, reply: Reply, prompt_tokens: int) -> tuple[Json, Json]:
        """Write a ``message``."""
        thinking = {"type": "thinking", "thinking": reply.think}
        blocks: list[Json] = [{**thinking, "signature": self._sign(reply.think)}]
        if reply.text:
            blocks.append({"type": "text", "text": reply.text})
        if reply.call:
            name = f"toolu_01{secrets.token_hex(11)}"
            call = {"name": reply.call, "input": dict(reply.arguments)}
            blocks.append({"type": "tool_use", "id": name, **call})
        message = {
            "id": f"msg_01{secrets.token_hex(11)}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": blocks,
            "stop_reason": "tool_use" if reply.call else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": prompt_tokens, "output_tokens": written(reply)},
        }
        return message, blocks[:1]

    def events(self, body: Json, whole: Json) -> Iterator[Event]:
        """Write message and content block events."""
        usage = {**whole["usage"], "output_tokens": 1}
        start: Json = {**whole, "content": [], "stop_reason": None, "usage": usage}
        yield "message_start", {"type": "message_start", "message": start}
        for index, block in enumerate(whole["content"]):
            yield from _block_events(index, block)
        delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
        used = {"output_tokens": whole["usage"]["output_tokens"]}
        yield "message_delta", {"type": "message_delta", "delta": delta, "usage": used}
        yield "message_stop", {"type": "message_stop"}

    def _sign(self, thinking: str) -> str:
        digest = hmac.new(self._key, thinking.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return base64.b64encode(digest.digest()).decode()

    def _genuine(self, block: Json) -> bool:
        signature = str(block.get("signature", ""))
        return hmac.compare_digest(signature, self._sign(str(block.get("thinking", ""))))


def _refusal(message: str) -> Refusal:
    error = {"type": "invalid_request_error", "message": message}
    return Refusal(message, {"type": "error", "error": error})


def _blocks(message: Json) -> list[Json]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _thinking(message: Json) -> list[Json]:
    """Take the thinking blocks, without the marks that a client may add for caching."""
    return [
        {key: value for key, value in block.items() if key != "cache_control"}
        for block in _blocks(message)
        if block["type"] in _THINKING
    ]


def _has_results(message: Json) -> bool:
    return any(block["type"] == "tool_result" for block in _blocks(message))


def _asks(message: Json) -> bool:
    return message["role"] == "user" and not _has_results(message)


def _text(block: Json) -> str:
    if block["type"] == "tool_result":
        content = block.get("content") or ""
        return content if isinstance(content, str) else "".join(map(_text, content))
    return str(block.get("thinking") or block.get("text") or "")


def _block_events(index: int, block: Json) -> Iterator[Event]:
    empty: Json = {"thinking": {"thinking": "", "signature": ""}, "text": {"text": ""}}
    opened: Json = {**block, **empty.get(block["type"], {"input": {}})}
    start = {"type": "content_block_start", "index": index, "content_block": opened}
    yield "content_block_start", start
    for delta in _deltas(block):
        yield (
            "content_block_delta",
            {"type": "content_block_delta", "index": index, "delta": delta},
        )
    yield "content_block_stop", {"type": "content_block_stop", "index": index}


def _deltas(block: Json) -> Iterator[Json]:
    if block["type"] == "thinking":
        for piece in pieces(block["thinking"]):
            yield {"type": "thinking_delta", "thinking": piece}
        yield {"type": "signature_delta", "signature": block["signature"]}
    elif block["type"] == "text":
        for piece in pieces(block["text"]):
            yield {"type": "text_delta", "text": piece}
    else:
        for piece in pieces(dump(block["input"]).decode(), 9):
            yield {"type": "input_json_delta", "partial_json": piece}
