"""The parts of a chat message that hold text and calls."""

from __future__ import annotations

from sealegs.calls.saying import SaidCall
from sealegs.jsons import Json, is_object

from .hearing import Ear
from .shared import CallPlace

__all__ = [
    "CALL",
    "CUT",
    "FUNCTION",
    "heard_part",
    "is_text",
    "made_call",
    "reason_of",
    "text_part",
]

CALL = CallPlace("function")
FUNCTION = CallPlace(id="")
CUT = frozenset({"length", "max_tokens", "model_length"})
"""Finish reasons of a reply that was cut short."""


def reason_of(reason: Json) -> Json:
    """Give the finish reason of a choice in whose text a call was found.

    >>> reason_of("stop"), reason_of("length")
    ('tool_calls', 'length')
    """
    return "tool_calls" if reason == "stop" else reason


def made_call(call: SaidCall) -> dict[str, Json]:
    """Make a call's entry in a message.

    >>> made_call(SaidCall("f", "{}", "1"))
    {'id': '1', 'type': 'function', 'function': {'name': 'f', 'arguments': '{}'}}
    """
    made = CALL.made(call)
    function = made.pop("function")
    return {**made, "type": "function", "function": function}


def text_part(text: str) -> dict[str, Json]:
    """Make a part of the content, where that is a list."""
    return {"type": "text", "text": text}


def is_text(part: Json) -> bool:
    """Say whether a part of the content is text."""
    return is_object(part) and part.get("type") == "text" and isinstance(part.get("text"), str)


def heard_part(part: Json, number: int, ear: Ear) -> Json:
    """Give a part as it is left; nothing where it was nothing but text, and none is left."""
    if not is_text(part) or not part["text"]:
        return part
    text = ear.text(number, part["text"])
    if text == part["text"]:
        return part
    return {**part, "text": text} if text or len(part) > 2 else None
