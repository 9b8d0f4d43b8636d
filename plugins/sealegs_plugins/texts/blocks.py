"""Messages of blocks: Anthropic's and Bedrock Converse's, in which results are the user's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.saying import SaidResult, TurnOrder
from sealegs.wire import Document, Message
from sealegs_plugins.lenses.shared import mapped, with_member

from .orders import ANTHROPIC, CONVERSE
from .parts import edited_content, joined_parts
from .results import Mark, ResultPlace

__all__ = ["AnthropicTexts", "BlockTexts", "ConverseTexts"]

_ANTHROPIC = ResultPlace(id="tool_use_id", blank=False, mark=Mark("is_error", yes=True, no=False))
_CONVERSE = ResultPlace(
    id="toolUseId",
    kind="",
    held=("json",),
    blank=False,
    mark=Mark("status", yes="error", no="success"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockTexts:
    """What the two formats have in common.

    Attributes:
        name: the lens's name.
        wires: the names of the wire formats that it is for.
        result: where a result's parts stand in its object.
        turns: which of them are refused side by side.
        holder: the member of a block that the result stands in; empty: the block itself, by type.
    """

    name: str
    wires: frozenset[str]
    result: ResultPlace
    turns: TurnOrder
    holder: str = ""

    def system(self, document: Document, edit: Callable[[str], str], /) -> Mapping[str, Json]:
        """Edit the texts of ``system``."""
        old = document.parameter("system") if document.system else None
        new = edited_content(old, edit)
        return {} if new is old else {"system": new}

    def with_text(self, message: Message, edit: Callable[[str], str], /) -> Message:
        """Edit the blocks of text."""
        if "content" not in message:
            return message
        return with_member(message, "content", edited_content(message["content"], edit))

    def with_results(
        self, message: Message, edit: Callable[[SaidResult], SaidResult], /
    ) -> Message:
        """Edit the blocks that are results."""
        content = message.get("content")
        if not is_array(content):
            return message
        return with_member(message, "content", mapped(content, lambda one: self._said(one, edit)))

    def without_results(self, message: Message, ids: frozenset[str], /) -> Message | None:
        """Leave out blocks that are some of the results."""
        content = message.get("content")
        if not is_array(content):
            return message
        left = [block for block in content if not self.result.answers(self._result(block), ids)]
        if len(left) == len(content):
            return message
        return {**message, "content": left} if left else None

    def order(self, model: str, /) -> TurnOrder:
        """Give the format's rule."""
        return self.turns

    def joined(self, first: Message, second: Message, /) -> Message | None:
        """Put the blocks of two turns of the user's together; results come first in them."""
        if not first.get("role") == second.get("role") == "user":
            return None
        contents = first.get("content"), second.get("content")
        return {**first, "content": joined_parts(*contents, self.result.kind)}

    def _result(self, block: Json) -> Json:
        if not is_object(block):
            return None
        if self.holder:
            return block.get(self.holder)
        return block if block.get("type") == "tool_result" else None

    def _said(self, block: Json, edit: Callable[[SaidResult], SaidResult]) -> Json:
        old = self._result(block)
        new = self.result.edited(old, edit)
        if new is old:
            return block
        return {**block, self.holder: new} if self.holder else new


@dataclass(frozen=True, slots=True, kw_only=True)
class AnthropicTexts(BlockTexts):
    """The lens of Anthropic's messages, at Anthropic and on Bedrock."""

    name: str = "anthropic-messages"
    wires: frozenset[str] = frozenset({"anthropic-messages", "anthropic-bedrock"})
    result: ResultPlace = _ANTHROPIC
    turns: TurnOrder = ANTHROPIC

    def said(self, role: Literal["user", "assistant", "system"], text: str, /) -> Message:
        """Make a message; the user says what the system would."""
        return {"role": "assistant" if role == "assistant" else "user", "content": text}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConverseTexts(BlockTexts):
    """The lens of Converse, and of Amazon's own models by ``invoke``."""

    name: str = "bedrock-converse"
    wires: frozenset[str] = frozenset({"bedrock-converse"})
    result: ResultPlace = _CONVERSE
    turns: TurnOrder = CONVERSE
    holder: str = "toolResult"

    def said(self, role: Literal["user", "assistant", "system"], text: str, /) -> Message:
        """Make a message; the user says what the system would."""
        content = [{"text": text}]
        return {"role": "assistant" if role == "assistant" else "user", "content": content}
