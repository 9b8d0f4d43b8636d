"""What rows of several providers share: names, dates, and refusals that many hosts answer with."""

from __future__ import annotations

from sealegs.knowledge import Parameter, Recovery

__all__ = [
    "ANTHROPIC",
    "CHAT",
    "CHECKED",
    "CLEAR_THINKING",
    "FIELD_REFUSED",
    "FOREIGN_SIGNATURE",
    "OPENAI_REASONING",
    "PRESERVE_THINKING",
    "QWEN_PRESERVING",
    "REASONING_MISSING",
    "RESPONSES",
    "RESPONSES_REFUSALS",
]

CHECKED = "2026-11-23"

CHAT = frozenset({"openai-chat"})
RESPONSES = frozenset({"openai-responses"})
ANTHROPIC = frozenset({"anthropic-messages"})

OPENAI_REASONING = ("gpt-[5-9]*", "o[1-9]*", "codex-*")
"""OpenAI's reasoning models by name; ``gpt-oss`` has rules of its own."""

QWEN_PRESERVING = ("qwen3.[6-9]*", "qwen[4-9]*")
"""The Qwen models that are trained to use the thinking of earlier user turns."""

_TAKEN = ("reasoning_content", "thinking_blocks", "reasoning_items")
"""What the refusals name, by wire: each wire format has one of them."""

REASONING_MISSING = (
    Recovery(
        pattern=r"in the thinking mode must be passed back",
        action="fill",
        fills=_TAKEN,
        source="proxysoul/Empryo#62, decolua/9router#2397, rikkahub/rikkahub#1690",
    ),
    Recovery(
        pattern=r"reasoning_content is missing in assistant tool call message",
        action="fill",
        fills=_TAKEN,
        source="iOfficeAI/AionUi#2746, agentscope-ai/QwenPaw#433",
    ),
    Recovery(
        pattern=r"Missing `?reasoning_content`? field in the assistant message",
        action="fill",
        fills=_TAKEN,
        source="zed-industries/zed#44301, OpenHands/benchmarks#353",
    ),
)
"""DeepSeek and Kimi demand reasoning that is not there. Gateways pass their texts on."""

FIELD_REFUSED = (
    Recovery(
        pattern=r"property '[^']*(reasoning|thinking)[^']*' is unsupported",
        action="strip",
        source="Kilo-Org/kilocode#10375, SimonSchubert/Kai#265",
    ),
    Recovery(
        pattern=r"extra_forbidden|Extra inputs are not permitted",
        action="strip",
        source="charmbracelet/crush#1590",
    ),
)
"""A strict host does not know the field. Which field it is does not always stand in the text."""

FOREIGN_SIGNATURE = (
    Recovery(
        pattern=r"(?i)invalid `?signature`?",
        action="strip",
        remember=False,
        source="langchain-ai/langchain#36400, lbjlaq/Antigravity-Manager#498",
    ),
)
"""Signed reasoning was altered, or somebody else issued it."""

RESPONSES_REFUSALS = (
    Recovery(
        pattern=r"was provided without its required",
        action="strip_ids",
        source="continuedev/continue#8933, continuedev/continue#11994, cline/cline#12242",
    ),
    Recovery(
        pattern=r"(?is)encrypted[ _]content.*(could not be verified|was not issued to this caller)",
        action="strip",
        remember=False,
        source="openai/codex#8145, smallmain/vscode-unify-chat-provider#178, "
        "anomalyco/opencode#48773",
    ),
    Recovery(
        pattern=r"Encrypted content is not supported with this model",
        action="set",
        parameters={"include": None},
        source="earendil-works/pi#9645",
    ),
)
"""Reasoning items: one of a pair is missing, another issuer sealed it, the model seals none."""

PRESERVE_THINKING = Parameter(
    path="chat_template_kwargs.preserve_thinking", value=True, models=QWEN_PRESERVING
)
"""Qwen's chat template drops the thinking of earlier user turns without it (earendil-works/pi#3325,
jundot/omlx#814)."""

CLEAR_THINKING = Parameter(
    path="chat_template_kwargs.clear_thinking", value=False, models=("glm-*",)
)
"""GLM's chat template drops the thinking of earlier user turns without it."""
