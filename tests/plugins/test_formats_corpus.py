"""What providers really sent is read, and written back as it was."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from corpus import sequences
from sealegs_plugins.formats import ALL

CHOSEN = {"openai-chat", "mistral"}


def turns(wire: str, body: Any) -> list[Any]:
    """Give the assistant turns of a whole reply, in the wire's own shape."""
    if wire in CHOSEN:
        found = [choice.get("message") for choice in body.get("choices") or []]
    elif wire == "openai-responses":
        found = [{"items": body["output"]}] if body.get("output") else []
    elif wire == "gemini":
        found = [candidate.get("content") for candidate in body.get("candidates") or []]
    elif wire == "bedrock-converse":
        found = [(body.get("output") or {}).get("message")]
    elif wire == "anthropic-messages":
        found = [{"role": "assistant", "content": body.get("content")}]
    else:
        found = [body.get("message")]
    return [turn for turn in found if isinstance(turn, dict)]


def replies(wire: str) -> Iterator[Any]:
    for sequence in sequences(wire=wire):
        for exchange in sequence["exchanges"]:
            response = exchange["response"]
            body = response["body"] if response else None
            if response and response["body_encoding"] == "json" and isinstance(body, dict):
                yield from turns(wire, body)


def history(wire: str) -> Iterator[Any]:
    """Give the assistant turns that clients sent back."""
    name = {"gemini": "contents"}.get(wire, "messages")
    for sequence in sequences(wire=wire):
        for exchange in sequence["exchanges"]:
            body = (exchange["request"] or {}).get("body")
            for turn in (body.get(name) or []) if isinstance(body, dict) else []:
                if turn.get("role") in {"assistant", "model"}:
                    yield turn


def read(wire: str, found: Iterator[Any]) -> Counter[str]:
    """Read and write back each turn in every format of the wire; count what was read."""
    counts: Counter[str] = Counter()
    for turn in found:
        before = copy.deepcopy(turn)
        for form in ALL:
            payload = form.read(turn) if wire in form.wires else None
            if payload is None:
                continue
            bare = form.without(turn)
            assert form.read(bare) is None, form.name
            assert form.write(bare, payload) == turn == before, form.name
            counts[form.name] += 1
            counts["signed"] += form.signed(payload)
    return counts


@pytest.mark.parametrize(
    ("wire", "least"),
    [
        ("openai-chat", {"reasoning_content": 50, "reasoning": 50, "reasoning_details": 25}),
        ("openai-chat", {"think_tags": 4, "thought_signatures": 2}),
        ("openai-responses", {"reasoning_items": 60}),
        ("gemini", {"thought_parts": 25}),
        ("anthropic-messages", {"thinking_blocks": 12}),
        ("bedrock-converse", {"reasoning_content_blocks": 14}),
        ("ollama", {"thinking": 6}),
        ("mistral", {"thinking_chunks": 3}),
        ("cohere-v2", {"thinking_items": 5}),
    ],
)
def test_whole_replies_are_written_back_as_they_were(wire: str, least: dict[str, int]) -> None:
    counts = read(wire, replies(wire))
    assert {name: min(counts[name], number) for name, number in least.items()} == least


@pytest.mark.parametrize(
    "wire",
    ["openai-chat", "gemini", "anthropic-messages", "bedrock-converse", "mistral", "ollama"],
)
def test_turns_that_clients_sent_back_are_written_back_as_they_were(wire: str) -> None:
    assert read(wire, history(wire)).total() > 0
