"""What became of each turn's reasoning, judged from the requests as they arrived.

The judge knows what the server delivered, and nothing of sealegs: a turn's reasoning counts as kept
only where the request carries it in the form in which this server speaks, byte for byte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from script import ANSWERS, QUESTIONS, RESULT, Cell, codeword, details, reasoning, tagged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from server import Received

__all__ = [
    "ALTERED", "EXPECTED_TURNS", "KEPT", "LOST", "MOVED", "TEXT", "VANISHED", "WRONG",
    "Verdict", "judge",
]  # fmt: skip

EXPECTED_TURNS = 3  # assistant turns that the last request of a conversation should hold
EXPECTED_REQUESTS = 4

# How a turn stands in a request, best first.
KEPT = "kept"  # exact, in the form in which it came
TEXT = "text"  # its text is exact, in a plain field: signatures and structure are gone
MOVED = "moved"  # its text is exact, in a field that this server does not read
ALTERED = "altered"  # it is there, and changed
WRONG = "wrong"  # the reasoning of another turn stands with it
LOST = "lost"  # the turn is there without its reasoning
VANISHED = "vanished"  # the turn itself is not there


@dataclass(slots=True)
class Verdict:
    """The judgement on one conversation.

    Attributes:
        last: How each earlier assistant turn stands in the last request.
        requests: The same for every request after the first.
        results: Tool results in the last request; two were sent.
        ids: Tool call ids of the last request, in order; the model gave both calls the same one.
        requests_seen: How many requests arrived.
    """

    last: list[str]
    requests: list[list[str]] = field(default_factory=list)
    results: int = 0
    ids: list[str] = field(default_factory=list)
    requests_seen: int = 0


def judge(key: str, cell: Cell, received: Sequence[Received]) -> Verdict:
    """Judge one conversation by the requests that arrived."""
    bodies = [json.loads(one.body)["messages"] for one in received]
    judged = [_states(key, cell, messages, at) for at, messages in enumerate(bodies)]
    if len(bodies) < EXPECTED_REQUESTS:
        return Verdict([VANISHED] * EXPECTED_TURNS, judged[1:], requests_seen=len(bodies))
    last = bodies[EXPECTED_REQUESTS - 1]
    return Verdict(
        judged[EXPECTED_REQUESTS - 1],
        judged[1:],
        results=json.dumps(last).count(json.dumps(RESULT)[1:-1]),
        ids=[call["id"] for message in last for call in message.get("tool_calls") or ()],
        requests_seen=len(bodies),
    )


def _states(key: str, cell: Cell, messages: list[dict[str, Any]], turns: int) -> list[str]:
    by_turn: dict[int, list[dict[str, Any]]] = {}
    for turn, message in _turns(messages):
        by_turn.setdefault(turn, []).append(message)
    expected = min(turns, EXPECTED_TURNS)
    return [_state(key, cell, n, by_turn.get(n, [])) for n in range(1, expected + 1)]


def _turns(messages: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each assistant message with the number of the reply that it stands for."""
    second = False
    for message in messages:
        text = json.dumps(message, ensure_ascii=False)
        if message["role"] != "assistant":
            second = second or QUESTIONS[1] in text
        elif any(answer in text for answer in ANSWERS):
            yield (4 if second else 2), message
        else:
            yield (3 if second else 1), message


def _state(key: str, cell: Cell, number: int, messages: list[dict[str, Any]]) -> str:
    if not messages:
        return VANISHED
    text = json.dumps(messages, ensure_ascii=False)
    others = (codeword(key, other) for other in range(1, EXPECTED_REQUESTS + 1) if other != number)
    if any(word in text for word in others):
        return WRONG
    if any(_exact(key, cell, number, message) for message in messages):
        return KEPT
    if any(reasoning(key, number) in _plain(message) for message in messages):
        return TEXT if cell.form == "reasoning_details" else MOVED
    return ALTERED if codeword(key, number) in text else LOST


def _exact(key: str, cell: Cell, number: int, message: dict[str, Any]) -> bool:
    if cell.form == "think_tags":
        return _content(message).startswith(tagged(key, number).rstrip())
    if cell.form == "reasoning_details":
        return message.get("reasoning_details") == details(key, number)
    return message.get(cell.form) == reasoning(key, number)


def _plain(message: dict[str, Any]) -> tuple[Any, ...]:
    return message.get("reasoning_content"), message.get("reasoning")


def _content(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)
