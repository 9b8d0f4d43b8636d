"""What the overhead benchmark sends and is answered: made up, the same in every run.

An agent's conversation in chat completions: a system prompt, a task, then a call and its result for
each assistant turn. The framework's side forgets all reasoning; the model's side has it.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

__all__ = [
    "CHUNKS",
    "FILLING_URL",
    "MODEL",
    "STAMPING_URL",
    "TOOLS",
    "URL",
    "Conversation",
    "Turn",
    "chunks",
    "compact",
    "completion",
]

URL = "https://api.z.ai/api/coding/paas/v4"
"""A provider whose rules give every turn its reasoning back and ask for nothing else."""

FILLING_URL = "https://api.deepseek.com/v1"
"""A provider that takes an empty text in the place of reasoning that a turn never had."""

STAMPING_URL = "https://api.moonshot.ai/v1"
"""A provider whose call ids are counted anew in every conversation, so others take their place."""

MODEL = "glm-5"
CHUNKS = 500

_TEXT = (
    "the harbour opens at dawn and every vessel reports its cargo weight in tonnes before the "
    "pilot boards café naïve 東京 résumé “quoted” temperature forecast index result value"
)
_WORDS = _TEXT.split()
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def compact(value: Any) -> bytes:
    """Write JSON as HTTP clients do."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "look_up",
            "description": "Look up what a port's register says of a vessel.",
            "parameters": {
                "type": "object",
                "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}},
                "required": ["query"],
            },
        },
    }
]


@dataclass(frozen=True, slots=True)
class Turn:
    """An assistant turn: what the model said, what the framework kept of it, and what follows."""

    given: dict[str, Any]
    kept: dict[str, Any]
    result: dict[str, Any]


class Conversation:
    """A made-up agent's run.

    Args:
        seed: tells conversations apart.
        turns: how many assistant turns it has.
        size: about how many bytes a turn and the tool's result take in the framework's request.
        thinks: which turns have reasoning; by default all.
        counted: whether call ids are counted, as Kimi's are; otherwise they are random.
    """

    def __init__(
        self,
        seed: int,
        turns: int,
        *,
        size: int = 1650,
        thinks: frozenset[int] | None = None,
        counted: bool = False,
    ) -> None:
        self._random = random.Random(seed)
        self.head: list[dict[str, Any]] = [
            {"role": "system", "content": self._text(500)},
            {"role": "user", "content": self._text(300)},
        ]
        self.turns = [
            self._turn(
                f"functions.look_up:{number}" if counted else self._id(),
                size,
                thinks is None or number in thinks,
            )
            for number in range(turns)
        ]
        self._raws = [compact(one) for one in self.messages(turns)]

    def adopt(self, number: int, call_id: str) -> None:
        """Give a turn's call the id that the framework was given for it."""
        turn = self.turns[number]
        turn.kept["tool_calls"][0]["id"] = turn.result["tool_call_id"] = call_id
        place = len(self.head) + 2 * number
        self._raws[place : place + 2] = compact(turn.kept), compact(turn.result)

    def messages(self, turns: int) -> list[dict[str, Any]]:
        """Give the framework's messages after so many turns."""
        said = [one for turn in self.turns[:turns] for one in (turn.kept, turn.result)]
        return [*self.head, *said]

    def body(self, turns: int, *, streams: bool = False) -> bytes:
        """Give the request's body after so many turns."""
        start, end = compact({"model": MODEL, "messages": []})[:-2], compact({"tools": TOOLS})[1:]
        asked = b',"stream":true' if streams else b""
        raws = self._raws[: len(self.head) + 2 * turns]
        return start + b",".join(raws) + b"]" + asked + b"," + end

    def _id(self) -> str:
        return "call_" + "".join(self._random.choices(_ALPHABET, k=23)) + "7"

    def _turn(self, call_id: str, size: int, thinks: bool) -> Turn:
        arguments = {"query": self._text(80), "limit": self._random.randrange(50)}
        call = {
            "id": call_id,
            "type": "function",
            "function": {"name": "look_up", "arguments": compact(arguments).decode()},
        }
        kept = {"role": "assistant", "content": self._text(60), "tool_calls": [dict(call)]}
        thought = {"reasoning_content": self._text(600)} if thinks else {}
        text = self._text(max(50, size - 400))
        result = {"role": "tool", "tool_call_id": call_id, "content": text}
        return Turn(kept | thought | {"tool_calls": [call]}, kept, result)

    def _text(self, size: int) -> str:
        words: list[str] = []
        while size > 0:
            words.append(self._random.choice(_WORDS))
            size -= len(words[-1]) + 1
        return " ".join(words)


_USAGE = {"prompt_tokens": 100, "completion_tokens": 200, "total_tokens": 300}


def completion(message: dict[str, Any]) -> bytes:
    """Give a whole reply."""
    finish = "tool_calls" if "tool_calls" in message else "stop"
    return compact(
        {
            "id": "chatcmpl-7",
            "object": "chat.completion",
            "created": 1790000000,
            "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": _USAGE,
        }
    )


def chunks() -> list[bytes]:
    """Give a streamed reply, one event a chunk: reasoning first, then the text."""
    names = ["reasoning_content"] * 200 + ["content"] * (CHUNKS - 203)
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{name: f" part{number}"} for number, name in enumerate(names)]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    events = [_chunk({"choices": [choice]}) for choice in choices]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": _USAGE}
    return [*events, _chunk(last), b"data: [DONE]\n\n"]


def _chunk(said: dict[str, Any]) -> bytes:
    fixed = {"id": "chatcmpl-7", "object": "chat.completion.chunk", "created": 1790000000}
    return b"data: " + compact({**fixed, "model": MODEL, **said}) + b"\n\n"
