"""How four providers carry and demand reasoning in chat completions: rules as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from sealegs.jsons import Json

__all__ = ["CHAT_RULES", "ChatRule"]


@dataclass(frozen=True, slots=True)
class ChatRule:
    """How a provider carries and demands reasoning in chat completions.

    Attributes:
        name: the rule in a few words.
        model: the model's name.
        place: where reasoning stands in an assistant message; ``content``: in think tags.
        demand: which assistant messages are refused without it: none, all where the request
            defines tools, or those since the last user message that call a tool.
        refusal: what the refusal says; ``{index}`` is the message's index.
        parameters: request parameters that the provider documents for this.
        otherwise: the place that is used where the parameters are not set.
        call_id: how tool call ids look; ``{token}`` is random.
        shows: whether the model is shown reasoning of all turns, or of those since the last user
            message.
        source: where the rule is documented.
    """

    name: str
    model: str
    place: Literal["content", "reasoning_content", "reasoning_details"]
    source: str
    demand: Literal["none", "all", "loop_calls"] = "none"
    refusal: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    otherwise: str = ""
    call_id: str = "call_{token}"
    shows: Literal["all", "loop"] = "loop"


CHAT_RULES: Final = {
    "minimax-tags": ChatRule(
        name="MiniMax: think tags in content",
        model="MiniMax-M2",
        place="content",
        source="platform.minimax.io/docs/guides/text-m2-function-call",
    ),
    "minimax-split": ChatRule(
        name="MiniMax: reasoning_split",
        model="MiniMax-M2",
        place="reasoning_details",
        parameters={"reasoning_split": True},
        otherwise="content",
        source="platform.minimax.io/docs/api-reference/text-openai-api",
    ),
    "deepseek": ChatRule(
        name="DeepSeek V4: reasoning_content",
        model="deepseek-v4-pro",
        place="reasoning_content",
        demand="all",
        refusal="The `reasoning_content` in the thinking mode must be passed back to the API.",
        shows="all",
        source="api-docs.deepseek.com/guides/thinking_mode",
    ),
    "kimi": ChatRule(
        name="Kimi K2.6: reasoning_content",
        model="kimi-k2.6",
        place="reasoning_content",
        demand="loop_calls",
        refusal=(
            "thinking is enabled but reasoning_content is missing in assistant tool call message"
            " at index {index}"
        ),
        call_id="functions.{tool}:0",
        source="platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model",
    ),
}
