"""Zhipu's GLM models, at z.ai and bigmodel.cn; the coding plan has its own path and default."""

from __future__ import annotations

from sealegs.knowledge import Parameter, Provider

from .common import ANTHROPIC, CHAT, CHECKED

__all__ = ["ROWS"]

_HOSTS = ("api.z.ai", "open.bigmodel.cn")
_GUIDE = "https://docs.z.ai/guides/capabilities/thinking-mode"
_OFF = {"thinking.type": ("disabled",)}

ROWS: tuple[Provider, ...] = (
    # The standard path clears the thinking of earlier user turns unless told not to.
    Provider(
        name="zhipu",
        wires=CHAT,
        hosts=_HOSTS,
        out=("reasoning_content",),
        demand="tool_loop",
        parameters=(
            Parameter(path="thinking.type", value="enabled", models=("glm-*",), unless=_OFF),
            Parameter(path="thinking.clear_thinking", value=False, models=("glm-*",), unless=_OFF),
        ),
        source=_GUIDE,
        checked=CHECKED,
        evidence="recorded",
    ),
    Provider(
        name="zhipu-coding",
        wires=CHAT,
        hosts=_HOSTS,
        paths=("/api/coding/*",),
        rank=50,
        out=("reasoning_content",),
        demand="tool_loop",
        source=_GUIDE,
        checked=CHECKED,
        evidence="recorded",
    ),
    Provider(
        name="zhipu-anthropic",
        wires=ANTHROPIC,
        hosts=_HOSTS,
        paths=("/api/anthropic/*",),
        out=("thinking_blocks",),
        demand="tool_loop",
        source=_GUIDE,
        checked=CHECKED,
    ),
)
