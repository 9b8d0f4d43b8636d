"""Chat messages: OpenAI's, Mistral's, Cohere's and Ollama's, whose results are messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from sealegs.jsons import Json
from sealegs.perturbation.saying import SaidResult, TurnOrder
from sealegs.wire import Document, Message
from sealegs_plugins.lenses.shared import with_member

from .orders import ANY
from .parts import edited_content
from .results import ResultPlace

__all__ = ["ChatTexts"]

_RESULTS = frozenset({"tool", "function"})
_RESULT = ResultPlace(id="tool_call_id", names=("name",))


@dataclass(frozen=True, slots=True)
class ChatTexts:
    """The lens of a format whose messages have a role and a content.

    Attributes:
        name: the lens's name.
        wires: the names of the wire formats that it is for.
        result: where a result's parts stand in its message.
        turns: which of them are refused side by side.
        models: the same of models of which more is refused, by globs of their names in lower case.
    """

    name: str = "openai-chat"
    wires: frozenset[str] = frozenset({"openai-chat"})
    result: ResultPlace = _RESULT
    turns: TurnOrder = ANY
    models: Sequence[tuple[str, TurnOrder]] = ()

    def system(self, document: Document, edit: Callable[[str], str], /) -> Mapping[str, Json]:
        """Give nothing: the system prompt is a message."""
        return {}

    def with_text(self, message: Message, edit: Callable[[str], str], /) -> Message:
        """Edit the text of a message, or of each of its parts."""
        if message.get("role") in _RESULTS or "content" not in message:
            return message
        return with_member(message, "content", edited_content(message["content"], edit))

    def with_results(
        self, message: Message, edit: Callable[[SaidResult], SaidResult], /
    ) -> Message:
        """Edit a message that is a result."""
        if message.get("role") not in _RESULTS:
            return message
        edited: Message = self.result.edited(message, edit)
        return edited

    def without_results(self, message: Message, ids: frozenset[str], /) -> Message | None:
        """Leave out a message that is one of the results."""
        is_result = message.get("role") in _RESULTS
        return None if is_result and self.result.answers(message, ids) else message

    def said(self, role: Literal["user", "assistant", "system"], text: str, /) -> Message:
        """Make a message."""
        return {"role": role, "content": text}

    def order(self, model: str, /) -> TurnOrder:
        """Give the model's own rule, or the format's."""
        own = (rule for glob, rule in self.models if fnmatchcase(model.lower(), glob))
        return next(own, self.turns)

    def joined(self, first: Message, second: Message, /) -> Message | None:
        """Join none: a result is a message by itself, and the user may speak twice."""
        return None
