"""Gemini: contents of parts; a response is an object, with its text or error in a member."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.saying import SaidResult, TurnOrder
from sealegs.wire import Document, Message
from sealegs_plugins.lenses.shared import mapped, with_member

from .orders import GEMINI
from .parts import edited_content, joined_parts
from .results import ResultEdit, held_text, held_value

__all__ = ["GeminiTexts"]

_RESPONSES = ("functionResponse", "function_response")
_SYSTEMS = ("systemInstruction", "system_instruction")


@dataclass(frozen=True, slots=True)
class GeminiTexts:
    """The lens of contents."""

    name: str = "gemini"
    wires: frozenset[str] = frozenset({"gemini"})
    turns: TurnOrder = GEMINI

    def system(self, document: Document, edit: Callable[[str], str], /) -> Mapping[str, Json]:
        """Edit the parts of the instruction, in either spelling."""
        if not document.system:
            return {}
        for path in _SYSTEMS:
            old = document.parameter(path)
            if old is not None:
                new = self.with_text(old, edit) if is_object(old) else edited_content(old, edit)
                return {} if new is old else {path: new}
        return {}

    def with_text(self, message: Message, edit: Callable[[str], str], /) -> Message:
        """Edit the parts of text; a thought is none."""
        if "parts" not in message:
            return message
        return with_member(message, "parts", edited_content(message["parts"], edit, _text_member))

    def with_results(
        self, message: Message, edit: Callable[[SaidResult], SaidResult], /
    ) -> Message:
        """Edit the responses."""
        parts = message.get("parts")
        if is_array(parts):
            return with_member(message, "parts", mapped(parts, lambda one: _said(one, edit)))
        return with_member(message, "parts", _said(parts, edit)) if is_object(parts) else message

    def without_results(self, message: Message, ids: frozenset[str], /) -> Message | None:
        """Leave out some of the responses."""
        parts = message.get("parts")
        listed = parts if is_array(parts) else [parts]
        left = [part for part in listed if not _answers(part, ids)]
        if len(left) == len(listed):
            return message
        return {**message, "parts": left} if left else None

    def said(self, role: Literal["user", "assistant", "system"], text: str, /) -> Message:
        """Make a content; the user says what the system would."""
        return {"role": "model" if role == "assistant" else "user", "parts": [{"text": text}]}

    def order(self, model: str, /) -> TurnOrder:
        """Give the format's rule."""
        return self.turns

    def joined(self, first: Message, second: Message, /) -> Message | None:
        """Put the parts of two turns together, unless one is the model's."""
        if "model" in (first.get("role"), second.get("role")):
            return None
        return {**first, "parts": joined_parts(first.get("parts"), second.get("parts"))}


def _text_member(part: Json) -> str:
    spoken = is_object(part) and isinstance(part.get("text"), str) and not part.get("thought")
    return "text" if spoken and part["text"] else ""


def _read(answer: dict[str, Json]) -> SaidResult:
    response = answer.get("response")
    names = (answer.get("id"), answer.get("name"))
    call_id, name = (text if isinstance(text, str) else "" for text in names)
    failed = is_object(response) and bool(response.get("error"))
    return SaidResult(call_id, name, held_text(response), failed)


def _answers(part: Json, ids: frozenset[str]) -> bool:
    for member in _RESPONSES:
        answer = part.get(member) if is_object(part) else None
        if is_object(answer):
            said = _read(answer)
            return (said.id or said.name) in ids
    return False


def _said(part: Json, edit: ResultEdit) -> Json:
    for member in _RESPONSES:
        answer = part.get(member) if is_object(part) else None
        if is_object(answer):
            return with_member(part, member, _edited(answer, edit))
    return part


def _edited(answer: dict[str, Json], edit: ResultEdit) -> dict[str, Json]:
    old = _read(answer)
    new = edit(old)
    if new.text != old.text or (new.error is not None and new.error != old.error):
        answer = {**answer, "response": _response(answer.get("response"), old, new)}
    if new.id != old.id and old.id:
        answer = {**answer, "id": new.id}
    return {**answer, "name": new.name} if new.name != old.name and old.name else answer


def _response(response: Json, old: SaidResult, new: SaidResult) -> Json:
    """Give the object of a response: output stands in ``output``, what failed in ``error``."""
    if new.error is None or new.error == old.error:
        value = held_value(response, new.text)
        return {"error" if old.error else "output": new.text} if value is None else value
    value = None if new.error else held_value(None, new.text)
    return {"error" if new.error else "output": new.text} if value is None else value
