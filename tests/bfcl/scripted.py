"""A chat-completions provider in the same process: below the HTTP tap, without sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx2

from bfcl.minds import Mind

__all__ = ["Provider", "answered"]

_PIECE = 12


class Provider(httpx2.BaseTransport):
    """Answers requests with what a mind says.

    Attributes:
        mind: of the trial that runs.
        asked: how many requests came.
    """

    def __init__(self) -> None:
        self.mind: Mind | None = None
        self.asked = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        assert self.mind is not None
        status, kind, body = answered(self.mind, json.loads(request.read()))
        return httpx2.Response(status, headers={"content-type": kind}, content=body)


def answered(mind: Mind, request: Mapping[str, Any]) -> tuple[int, str, bytes]:
    """Answer a request as a provider does: status, content type, body."""
    gone = _unanswered(request["messages"])
    if gone:
        why = "insufficient tool messages following tool_calls message: " + gone
        error = {"message": why, "type": "invalid_request_error", "param": "messages"}
        return 400, "application/json", json.dumps({"error": error}).encode()
    message = mind.reply(request)
    if not request.get("stream"):
        return 200, "application/json", json.dumps(_whole(message)).encode()
    return 200, "text/event-stream", b"".join(_events(message))


def _unanswered(messages: Sequence[Any]) -> str:
    """Name a call that has no result; a strict provider refuses such a request."""
    results = {one.get("tool_call_id") for one in messages if one["role"] == "tool"}
    for message in messages:
        for call in message.get("tool_calls") or ():
            if call["id"] not in results:
                return str(call["id"])
    return ""


_HEAD: Mapping[str, Any] = {"id": "chatcmpl-1", "created": 1, "model": "scripted"}


def _whole(message: Mapping[str, Any]) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": _finish(message)}
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
    return {**_HEAD, "object": "chat.completion", "choices": [choice], "usage": usage}


def _finish(message: Mapping[str, Any]) -> str:
    return "tool_calls" if message.get("tool_calls") else "stop"


def _events(message: Mapping[str, Any]) -> Iterator[bytes]:
    yield _event({"role": "assistant", "content": message["content"] and ""})
    for piece in _pieces(message["content"] or ""):
        yield _event({"content": piece})
    for index, call in enumerate(message.get("tool_calls") or ()):
        function = {"name": call["function"]["name"], "arguments": ""}
        yield _event({"tool_calls": [{**call, "index": index, "function": function}]})
        for piece in _pieces(call["function"]["arguments"]):
            more = {"index": index, "function": {"arguments": piece}}
            yield _event({"tool_calls": [more]})
    yield _event({}, _finish(message))
    yield b"data: [DONE]\n\n"


def _pieces(text: str) -> Iterator[str]:
    return (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))


def _event(delta: Mapping[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {**_HEAD, "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"
