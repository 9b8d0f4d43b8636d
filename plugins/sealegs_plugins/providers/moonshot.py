"""Moonshot's Kimi models: demanded in the loop of tools, and from K2.7 on in every turn."""

from __future__ import annotations

from sealegs.knowledge import Parameter, Provider

from .common import ANTHROPIC, CHAT, CHECKED, REASONING_MISSING

__all__ = ["ROWS"]

_HOSTS = ("api.moonshot.ai", "api.moonshot.cn")
_GUIDE = "https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model"
_OFF = {"thinking.type": ("disabled",)}

# Its ids are `functions.<name>:<n>`, counted anew in each conversation, and K3's Anthropic endpoint
# repeats them within one (https://forum.moonshot.ai/t/549): `unique_ids` is False everywhere.
ROWS: tuple[Provider, ...] = (
    Provider(
        name="moonshot",
        wires=CHAT,
        hosts=_HOSTS,
        unique_ids=False,
        recoveries=REASONING_MISSING,
        source=_GUIDE,
        checked=CHECKED,
    ),
    Provider(
        name="moonshot-k2-thinking",
        wires=CHAT,
        hosts=_HOSTS,
        models=("kimi-k2-thinking*", "kimi-k2.5*"),
        rank=50,
        out=("reasoning_content",),
        demand="tool_loop",
        gap="empty",
        unique_ids=False,
        recoveries=REASONING_MISSING,
        source=_GUIDE,
        checked=CHECKED,
    ),
    # K2.6 ignores the reasoning of earlier user turns unless `keep` says otherwise.
    Provider(
        name="moonshot-k2.6",
        wires=CHAT,
        hosts=_HOSTS,
        models=("kimi-k2.6*",),
        rank=50,
        out=("reasoning_content",),
        demand="tool_loop",
        gap="empty",
        unique_ids=False,
        parameters=(
            Parameter(path="thinking.type", value="enabled", unless=_OFF),
            Parameter(path="thinking.keep", value="all", unless=_OFF),
        ),
        recoveries=REASONING_MISSING,
        source=_GUIDE,
        checked=CHECKED,
    ),
    Provider(
        name="moonshot-preserving",
        wires=CHAT,
        hosts=_HOSTS,
        models=("kimi-k2.7*", "kimi-k3*"),
        rank=50,
        out=("reasoning_content",),
        demand="all",
        gap="empty",
        unique_ids=False,
        recoveries=REASONING_MISSING,
        source=_GUIDE,
        checked=CHECKED,
    ),
    Provider(
        name="moonshot-anthropic",
        wires=ANTHROPIC,
        hosts=_HOSTS,
        paths=("/anthropic/*",),
        out=("thinking_blocks",),
        demand="tool_loop",
        unique_ids=False,
        recoveries=REASONING_MISSING,
        source=f"{_GUIDE}, https://forum.moonshot.ai/t/549",
        checked=CHECKED,
    ),
)
