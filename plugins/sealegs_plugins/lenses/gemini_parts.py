"""The parts of a content: Google takes every member in camel case and in snake case."""

from __future__ import annotations

from collections.abc import Callable

from sealegs.calls.saying import SaidCall
from sealegs.jsons import Json, is_object

from .shared import CallPlace, named_alike, with_member

__all__ = ["CALL", "call_of", "edited_part", "is_text"]

CALL = CallPlace(arguments="args", parsed=True)
_CALLS = ("functionCall", "function_call")
_RESPONSES = ("functionResponse", "function_response")


def is_text(part: Json) -> bool:
    """Say whether a part is text; a thought is none."""
    return is_object(part) and isinstance(part.get("text"), str) and not part.get("thought")


def call_of(part: Json) -> dict[str, Json] | None:
    """Give the call that a part holds, if any."""
    for name in _CALLS:
        call = part.get(name) if is_object(part) else None
        if is_object(call):
            return call
    return None


def edited_part(part: Json, edit: Callable[[SaidCall], SaidCall]) -> Json:
    """Edit the call of a part, or the name and the id of a response."""
    if not is_object(part):
        return part
    for name in _CALLS:
        if is_object(call := part.get(name)):
            return with_member(part, name, __with_edited(call, edit))
    for name in _RESPONSES:
        if name in part:
            return with_member(part, name, named_alike(part[name], "name", "id", edit))
    return part


def __with_edited(call: dict[str, Json], edit: Callable[[SaidCall], SaidCall]) -> Json:
    """Edit a call; of one whose arguments come in pieces (Vertex AI) only name and id."""
    if "partialArgs" not in call and "willContinue" not in call:
        return CALL.edited(call, edit)
    if not call.get("name"):
        return call
    return named_alike(call, "name", "id", edit)
