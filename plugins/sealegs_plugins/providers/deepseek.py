"""DeepSeek: every assistant turn's reasoning, in requests that define tools."""

from __future__ import annotations

from sealegs.knowledge import Provider

from .common import ANTHROPIC, CHAT, CHECKED, REASONING_MISSING, RESPONSES

__all__ = ["ROWS"]

_HOSTS = ("api.deepseek.com",)
_GUIDE = "https://api-docs.deepseek.com/guides/thinking_mode"

ROWS: tuple[Provider, ...] = (
    # The names deepseek-chat and deepseek-reasoner have outlived R1, which refused its own
    # reasoning: what they stand for now follows V4's rule. An empty text is accepted in the place
    # of lost reasoning (theopenco/llmgateway#2092).
    Provider(
        name="deepseek",
        wires=CHAT,
        hosts=_HOSTS,
        out=("reasoning_content",),
        demand="all",
        tools_only=True,
        gap="empty",
        recoveries=REASONING_MISSING,
        source=f"{_GUIDE}, bojieli/ai-agent-book#982",
        checked=CHECKED,
        evidence="recorded",
    ),
    # V3.2 wants its reasoning within the loop of tools only, and was to be given none of earlier
    # user turns (sst/opencode#5577).
    Provider(
        name="deepseek-v3.2",
        wires=CHAT,
        hosts=_HOSTS,
        models=("deepseek-v3.2*", "deepseek-v3-2*"),
        rank=50,
        out=("reasoning_content",),
        send="tool_loop",
        demand="tool_loop",
        gap="empty",
        recoveries=REASONING_MISSING,
        source=f"{_GUIDE}#tool-calls, zed-industries/zed#44301",
        checked=CHECKED,
    ),
    # Its blocks carry no signature.
    Provider(
        name="deepseek-anthropic",
        wires=ANTHROPIC,
        hosts=_HOSTS,
        paths=("/anthropic/*",),
        out=("thinking_blocks",),
        demand="all",
        tools_only=True,
        recoveries=REASONING_MISSING,
        source=f"{_GUIDE}, decolua/9router#2397",
        checked=CHECKED,
    ),
    Provider(
        name="deepseek-responses",
        wires=RESPONSES,
        hosts=_HOSTS,
        out=("reasoning_items",),
        demand="all",
        tools_only=True,
        recoveries=REASONING_MISSING,
        source=f"{_GUIDE}, rikkahub/rikkahub#1690",
        checked=CHECKED,
        evidence="reported",
    ),
)
