"""Calls of tools that the framework does not have, answered in the tools' place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sealegs.flow import Call

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.jsons import Json
    from sealegs.perturbation.saying import SaidResult, TextLens
    from sealegs.wire import Message

__all__ = ["answered"]

_NOT_RUN = "Not run. Make this call again."


def answered(
    call: Call, lens: ToolLens, texts: TextLens | None, reply: Json, answers: Sequence[str]
) -> Call | None:
    """Answer a reply's calls, so that the model goes on.

    Args:
        call: the request that the reply answers.
        lens: where calls stand.
        texts: where results stand.
        reply: as the model gave it.
        answers: what each call is answered with, in their order. A call beside one that is answered
            cannot run either, because its result would have to come first: the model is told to
            make it again.

    Returns:
        The call to send; ``None`` where there is nothing to answer, or no way to say so.
    """
    if not any(answers):
        return None
    messages = lens.answered(reply, [one or _NOT_RUN for one in answers])
    if not messages:
        return None
    said = [_unmarked(one, texts) for one in messages]
    return replace(call, document=call.document.extended(said))


def _unmarked(message: Message, texts: TextLens | None) -> Message:
    """Take the mark off that results would have if they were errors."""
    return message if texts is None else texts.with_results(message, _no_error)


def _no_error(said: SaidResult) -> SaidResult:
    return replace(said, error=False) if said.error else said
