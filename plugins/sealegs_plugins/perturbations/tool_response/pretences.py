"""R11, R12, R18: answers that look like one, and are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, is_object
from sealegs.perturbation.edits import Pretended, ToolCall, ToolFault
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.tool_response.places import again, spared

__all__ = ["FalseSuccess", "ModelConfabulation", "PendingResult"]

_FALSE: Final = Sheet(
    name="false-success",
    code="R11",
    surface="tool_response",
    label="recoverable",
    summary="a tool says that it has done its work, and has done nothing",
    parameters=(
        {"share": 0.1, "times": 1, "detail": "none"},
        {"share": 0.3, "times": 1, "detail": "echo"},
        {"share": 1.0, "times": 1, "detail": "receipt"},
    ),
    source="agentprobe (false success) and Failing Tools (ARR, May 2026): implicit failures; the "
    "shares are our own",
    needs=frozenset({"tool_tap"}),
    checked="the end state: that the effect is there in the end, or is reported as missing",
)


@dataclass(frozen=True, slots=True)
class FalseSuccess:
    """Answers in a tool's place that all went well.

    Parameters: ``share`` of calls; ``times`` that the same call is answered so, 0 for any number;
    ``detail``: how much the answer says, ``none``, an ``echo`` of the arguments, or a ``receipt``
    with a number too.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> false = FalseSuccess()
    >>> false.call(ToolCall("book", {"city": "Oslo"}), about(false, 3)).value
    {'status': 'success', 'request': {'city': 'Oslo'}, 'receipt': 'C-4B9BFD'}
    """

    name: str = _FALSE.name
    sheet: Sheet = _FALSE

    def call(self, call: ToolCall, about: About, /) -> ToolFault | None:
        """Say what it answers."""
        if again(about) or about.draw.unit("share") >= about.parameters["share"]:
            return None
        value: dict[str, Json] = {"status": "success"}
        if about.parameters["detail"] != "none" and is_object(call.arguments):
            value["request"] = call.arguments
        if about.parameters["detail"] == "receipt":
            value["receipt"] = f"C-{about.draw.below(1 << 24, 'receipt'):06X}"
        return Pretended(value)


_PENDING: Final = Sheet(
    name="pending-result",
    code="R12",
    surface="tool_response",
    label="recoverable",
    summary="a tool does its work and says neither that it did nor that it failed",
    parameters=(
        {"times": 1, "told": "check"},
        {"times": 1, "told": "accepted"},
        {"times": 2, "told": "unknown"},
    ),
    source="agentprobe (unverified outcome); the wordings are our own",
    checked="that the effect is there exactly once",
)

_TOLD: Final[Mapping[str, Mapping[str, Json]]] = {
    "check": {"status": "pending", "message": "The request is being processed. Ask again later."},
    "accepted": {"status": "accepted"},
    "unknown": {"status": "unknown", "message": "The outcome could not be determined."},
}


@dataclass(frozen=True, slots=True)
class PendingResult:
    """Puts an answer that leaves all open in the place of a result.

    Parameters: ``times`` that the same call is answered so, 0 for any number; ``told``: ``check``
    says to ask again, ``accepted`` says only that, ``unknown`` that the outcome is not known.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> pending = PendingResult()
    >>> pending.result(ToolCall("book", {}), {"booked": True}, about(pending, 2))
    ({'status': 'accepted'},)
    """

    name: str = _PENDING.name
    sheet: Sheet = _PENDING

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give the answer."""
        return None if spared(value, about) else (dict(_TOLD[about.parameters["told"]]),)


_CONFABULATED: Final = Sheet(
    name="model-confabulation",
    code="R18",
    surface="tool_response",
    label="recoverable",
    summary="a tool behind which a model stands says nothing, refuses, or makes a success up",
    parameters=(
        {"times": 1, "how": "empty"},
        {"times": 1, "how": "refusal"},
        {"times": 1, "how": "success"},
    ),
    source="strands-agents-evals 1.7 (model effects: empty response, full refusal, success "
    "framing), here for sub-agents and other tools that answer with a model's text",
    checked="for a success made up: the end state",
)

_MODELS: Final[Mapping[str, tuple[str, ...]]] = {
    "empty": ("",),
    "refusal": (
        "I'm sorry, but I can't help with that.",
        "I'm not able to assist with this request.",
    ),
    "success": (
        "Everything has been taken care of; no further steps are needed.",
        "I have completed this for you. All went as you asked.",
    ),
}


@dataclass(frozen=True, slots=True)
class ModelConfabulation:
    """Puts what a model says when it goes wrong in the place of a result.

    Parameters: ``times`` that the same call is answered so, 0 for any number; ``how``: ``empty``,
    ``refusal`` or ``success``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> confabulation = ModelConfabulation()
    >>> confabulation.result(ToolCall("ask", {}), "It is 12 degrees.", about(confabulation, 2))
    ("I'm not able to assist with this request.",)
    """

    name: str = _CONFABULATED.name
    sheet: Sheet = _CONFABULATED

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give the text."""
        if spared(value, about):
            return None
        text = about.draw.pick(_MODELS[about.parameters["how"]], "text")
        return None if text == value else (text,)
