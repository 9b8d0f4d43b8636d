"""The items of a response: messages, whose parts hold text, and function calls."""

from __future__ import annotations

from collections.abc import Callable

from sealegs.calls.saying import SaidCall
from sealegs.jsons import Json, is_object

from .hearing import Ear
from .shared import CallPlace, items, unchanged

__all__ = ["CALL", "is_call", "is_message", "is_text", "made_item", "mended_item", "with_texts"]

CALL = CallPlace(id="call_id")


def is_call(item: Json) -> bool:
    """Say whether an item is a call of a function."""
    return is_object(item) and item.get("type") == "function_call"


def is_message(item: Json) -> bool:
    """Say whether an item is a message of the model's."""
    return is_object(item) and item.get("type") == "message"


def is_text(part: Json) -> bool:
    """Say whether a part of a message is text; a refusal is none."""
    return (
        is_object(part) and part.get("type") == "output_text" and isinstance(part.get("text"), str)
    )


def made_item(call: SaidCall, status: str = "completed") -> dict[str, Json]:
    """Make the item of a call.

    >>> made_item(SaidCall("f", "{}", "call_1"))["id"]
    'fc_call_1'
    """
    made = {"id": f"fc_{call.id}", "type": "function_call", "status": status}
    return {**made, "call_id": call.id, "name": call.name, "arguments": call.arguments}


def with_texts(item: Json, text_of: Callable[[int, str], str]) -> Json:
    """Give a message with other texts; ``None`` where that leaves nothing in it.

    Args:
        item: the message.
        text_of: gives a part's text by its place, and the text that it has.
    """
    content = items(item, "content")
    new: list[Json] = []
    for place, part in enumerate(content):
        text = text_of(place, part["text"]) if is_text(part) else None
        new.append(part if text is None or text == part["text"] else {**part, "text": text})
    if unchanged(new, content):
        return item
    if not any(part["text"] if is_text(part) else True for part in new):
        return None
    return {**item, "content": new}


def mended_item(item: Json, ear: Ear, *, cut: bool) -> Json:
    """Mend one item; ``None`` where nothing is left of it."""
    if is_message(item) and ear.reads:
        return with_texts(item, lambda _, text: ear.text(0, text) + ear.end(0) if text else "")
    if not is_call(item):
        return item
    old = CALL.read(item)
    return CALL.said(item, old, ear.call(0, old, whole=not cut))
