"""OpenAI-compatible chat completions under a provider's rule."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, dump
from sealegs_plugins.commands.demo.rules import ChatRule
from sealegs_plugins.commands.demo.script import Reply, Seen
from sealegs_plugins.commands.demo.server import Event, Refusal, pieces, tokens, written

__all__ = ["ChatApi"]


_TAGS: Final = re.compile(r"\A<think>\n(.*?)\n</think>\n\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ChatApi:
    """Chat completions under one rule.

    Attributes:
        rule: the rule.
    """

    rule: ChatRule

    @property
    def path(self) -> str:
        """The path that is served."""
        return "/v1/chat/completions"

    def returned(self, body: Json) -> list[Json]:
        """Give the reasoning of each assistant message, or ``None``."""
        place = self._place(body)
        return [_take(message, place) for message in _assistants(body["messages"])]

    def refuse(self, body: Json) -> Refusal | None:
        """Refuse a request in which a demanded message lacks its reasoning."""
        messages = body["messages"]
        start = _last_user(messages)
        for index, message in enumerate(messages):
            if message["role"] != "assistant" or isinstance(message.get(self.rule.place), str):
                continue
            if self.rule.demand == "all" and body.get("tools"):
                return self._refusal(index)
            calls = bool(message.get("tool_calls")) and index > start
            if self.rule.demand == "loop_calls" and calls:
                return self._refusal(index)
        return None

    def show(self, body: Json) -> Seen:
        """Give what the provider's template renders."""
        messages, place = body["messages"], self._place(body)
        start = _last_user(messages)
        thinkers = messages if self.rule.shows == "all" else messages[start:]
        thoughts = [_text(_take(m, place)) for m in _assistants(thinkers)]
        visible = sum(len(_visible(m)) + len(dump(m.get("tool_calls") or "")) for m in messages)
        return Seen(
            questions=sum(message["role"] == "user" for message in messages),
            results=tuple(_visible(m) for m in messages[start:] if m["role"] == "tool"),
            thoughts=tuple(filter(None, thoughts)),
            characters=visible + sum(map(len, thoughts)) + len(dump(body.get("tools") or "")),
        )

    def whole(self, body: Json, reply: Reply, prompt_tokens: int) -> tuple[Json, Json]:
        """Write a ``chat.completion``."""
        place = self._place(body)
        message = {"role": "assistant", "content": reply.text, **_put(reply, place)}
        if reply.call:
            message["tool_calls"] = [self._call(reply)]
        completion = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "object": "chat.completion",
            "created": 1_780_000_000,
            "model": body["model"],
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": "tool_calls" if reply.call else "stop",
                }
            ],
            "usage": _usage(reply, prompt_tokens),
        }
        return completion, _take(message, place)

    def events(self, body: Json, whole: Json) -> Iterator[Event]:
        """Write ``chat.completion.chunk`` events, usage where asked for, and ``[DONE]``."""
        choice = whole["choices"][0]
        frame = {key: whole[key] for key in ("id", "created", "model")}
        frame["object"] = "chat.completion.chunk"
        for delta in _deltas(choice["message"]):
            yield "", {**frame, "choices": [_choice(delta, None)]}
        yield "", {**frame, "choices": [_choice({}, choice["finish_reason"])]}
        asked: Json = body.get("stream_options") or {}
        if asked.get("include_usage"):
            yield "", {**frame, "choices": [], "usage": whole["usage"]}
        yield "", "[DONE]"

    def _place(self, body: Json) -> str:
        asked = all(body.get(key) == value for key, value in self.rule.parameters.items())
        return self.rule.place if asked else self.rule.otherwise or self.rule.place

    def _refusal(self, index: int) -> Refusal:
        message = self.rule.refusal.format(index=index)
        kind = "invalid_request_error"
        error = {"message": message, "type": kind, "param": None, "code": kind}
        return Refusal(message, {"error": error})

    def _call(self, reply: Reply) -> Json:
        number = self.rule.call_id.format(token=secrets.token_hex(12), tool=reply.call)
        function = {"name": reply.call, "arguments": dump(reply.arguments).decode()}
        return {"id": number, "type": "function", "function": function}


def _assistants(messages: Json) -> list[Json]:
    return [message for message in messages if message["role"] == "assistant"]


def _last_user(messages: Json) -> int:
    return max(index for index, message in enumerate(messages) if message["role"] == "user")


def _content(message: Json) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def _visible(message: Json) -> str:
    """The text without think tags; only an assistant's text can have them."""
    content = _content(message)
    return _TAGS.sub("", content) if message["role"] == "assistant" else content


def _put(reply: Reply, place: str) -> dict[str, Json]:
    if place == "content":
        return {"content": f"<think>\n{reply.think}\n</think>\n\n{reply.text}"}
    if place == "reasoning_details":
        detail = {"type": "reasoning.text", "id": "reasoning-text-1", "index": 0}
        return {"reasoning_details": [{**detail, "text": reply.think}]}
    return {place: reply.think}


def _take(message: Json, place: str) -> Json:
    """Take a message's reasoning as it stands; ``None`` where there is none."""
    if place == "content":
        tags = _TAGS.match(_content(message))
        return tags.group() if tags else None
    return message.get(place) or None


def _text(reasoning: Json) -> str:
    if isinstance(reasoning, str):
        return reasoning
    return "".join(str(detail.get("text", "")) for detail in reasoning or ())


def _usage(reply: Reply, prompt: int) -> Json:
    completion = written(reply)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "completion_tokens_details": {"reasoning_tokens": tokens(len(reply.think))},
    }


def _choice(delta: Json, finish: str | None) -> Json:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _deltas(message: Json) -> Iterator[Json]:
    yield {"role": "assistant", "content": ""}
    for piece in pieces(message.get("reasoning_content") or ""):
        yield {"reasoning_content": piece}
    for detail in message.get("reasoning_details") or ():
        for piece in pieces(detail["text"]):
            yield {"reasoning_details": [{**detail, "text": piece}]}
    for piece in pieces(message["content"]):
        yield {"content": piece}
    calls: Json = message.get("tool_calls") or ()
    for index, call in enumerate(calls):
        function = call["function"]
        head: Json = {
            **call,
            "index": index,
            "function": {"name": function["name"], "arguments": ""},
        }
        yield {"tool_calls": [head]}
        for piece in pieces(function["arguments"], 5):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
