"""Qwen at Alibaba Cloud's Model Studio (DashScope), and self-hosted on the caller's own network."""

from __future__ import annotations

from sealegs.knowledge import Parameter, Provider

from .common import ANTHROPIC, CHAT, CHECKED, PRESERVE_THINKING, QWEN_PRESERVING, RESPONSES

__all__ = ["ROWS"]

_HOSTS = ("dashscope*.aliyuncs.com", "*.dashscope.aliyuncs.com")
_GUIDE = "https://www.alibabacloud.com/help/en/model-studio/deep-thinking"
_OWN_NETWORK = (
    "localhost*",
    "127.*",
    "0.0.0.0*",
    "10.*",
    "192.168.*",
    "172.1[6-9].*",
    "172.2[0-9].*",
    "172.3[01].*",
    "*.local",
    "*.local:*",
    "*.internal",
    "*.internal:*",
)

ROWS: tuple[Provider, ...] = (
    # Up to Qwen3.5 the template keeps thinking only after the last user message.
    Provider(
        name="dashscope",
        wires=CHAT,
        hosts=_HOSTS,
        out=("reasoning_content",),
        source=_GUIDE,
        checked=CHECKED,
    ),
    # In the cloud the flag stands at the top; the model card of Qwen3.6 says so, as quoted there.
    Provider(
        name="dashscope-preserving",
        wires=CHAT,
        hosts=_HOSTS,
        models=QWEN_PRESERVING,
        rank=50,
        out=("reasoning_content",),
        parameters=(
            Parameter(
                path="preserve_thinking",
                value=True,
                models=QWEN_PRESERVING,
                unless={"enable_thinking": (False,)},
            ),
        ),
        source=f"{_GUIDE}, LostRuins/koboldcpp#2147",
        checked=CHECKED,
    ),
    Provider(
        name="dashscope-compatible",
        wires=RESPONSES | ANTHROPIC,
        hosts=_HOSTS,
        source="https://docs.qwencloud.com/api-reference/chat/openai-responses",
        checked=CHECKED,
    ),
    # Both halves are needed: the flag, and the reasoning in the messages (jundot/omlx#814).
    # `chat_template_kwargs` goes to hosts of the caller's own network only: others may be strict.
    Provider(
        name="qwen-self-hosted",
        wires=CHAT,
        hosts=_OWN_NETWORK,
        models=QWEN_PRESERVING,
        rank=790,
        parameters=(PRESERVE_THINKING,),
        source="the model card of Qwen3.6, as quoted in NousResearch/hermes-agent#56004",
        checked=CHECKED,
    ),
)
