"""OpenAI Responses: a turn of the model is several items, a result is one by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.saying import SaidResult, TurnOrder
from sealegs.wire import Document, Message
from sealegs_plugins.lenses.shared import mapped, with_member

from .orders import ANY
from .parts import edited_content
from .results import ResultPlace

__all__ = ["ResponsesTexts"]

_RESULT = ResultPlace(id="call_id", names=("name",), content="output", kind="input_text")
_PLAIN = frozenset({"function_call_output", "custom_tool_call_output"})
"""Results that may be a list of parts; those of the built-in tools have forms of their own."""


@dataclass(frozen=True, slots=True)
class ResponsesTexts:
    """The lens of responses."""

    name: str = "openai-responses"
    wires: frozenset[str] = frozenset({"openai-responses"})
    turns: TurnOrder = ANY

    def system(self, document: Document, edit: Callable[[str], str], /) -> Mapping[str, Json]:
        """Edit ``instructions``."""
        old = document.parameter("instructions") if document.system else None
        new = edited_content(old, edit)
        return {} if new is old else {"instructions": new}

    def with_text(self, message: Message, edit: Callable[[str], str], /) -> Message:
        """Edit the messages of a turn."""
        group = message.get("items")
        if is_array(group):
            return with_member(message, "items", mapped(group, lambda one: _spoken(one, edit)))
        edited: Message = _spoken(message, edit)
        return edited

    def with_results(
        self, message: Message, edit: Callable[[SaidResult], SaidResult], /
    ) -> Message:
        """Edit an item that is a result."""
        if not _is_result(message):
            return message
        edited: Message = _RESULT.edited(message, edit)
        return edited

    def without_results(self, message: Message, ids: frozenset[str], /) -> Message | None:
        """Leave out an item that is one of the results."""
        return None if _is_output(message) and _RESULT.answers(message, ids) else message

    def said(self, role: Literal["user", "assistant", "system"], text: str, /) -> Message:
        """Make a turn."""
        item: Message = {"role": role, "content": text}
        return {"items": [item]} if role == "assistant" else item

    def order(self, model: str, /) -> TurnOrder:
        """Give the format's rule."""
        return self.turns

    def joined(self, first: Message, second: Message, /) -> Message | None:
        """Join none: items may stand in any order."""
        return None


def _spoken(item: Json, edit: Callable[[str], str]) -> Json:
    is_message = is_object(item) and item.get("type", "message") == "message"
    if not is_message or "content" not in item:
        return item
    return with_member(item, "content", edited_content(item["content"], edit))


def _is_output(item: Message) -> bool:
    kind = item.get("type")
    return isinstance(kind, str) and kind.endswith("_output") and "call_id" in item


def _is_result(item: Message) -> bool:
    return _is_output(item) and (item["type"] in _PLAIN or isinstance(item.get("output"), str))
