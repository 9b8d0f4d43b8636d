"""Tencent's TokenHub: hy3 keeps earlier thinking where it is told to."""

from __future__ import annotations

from sealegs.knowledge import Parameter, Provider

from .common import ANTHROPIC, CHAT, CHECKED, REASONING_MISSING, RESPONSES

__all__ = ["ROWS"]

_HOSTS = (
    "tokenhub*.tencentmaas.com",
    "tokenhub*.tencentcloudmaas.com",
    "api.hunyuan.cloud.tencent.com",
)
_GUIDE = "https://cloud.tencent.com/document/product/1823/133534"
_HY3 = ("hy3*",)

ROWS: tuple[Provider, ...] = (
    Provider(
        name="tencent",
        wires=CHAT | RESPONSES | ANTHROPIC,
        hosts=_HOSTS,
        recoveries=REASONING_MISSING,
        source="https://cloud.tencent.com/document/product/1823/132252",
        checked=CHECKED,
    ),
    # On by default in requests with tools.
    Provider(
        name="tencent-hy3",
        wires=CHAT,
        hosts=_HOSTS,
        models=_HY3,
        rank=50,
        out=("reasoning_content",),
        parameters=(Parameter(path="preserved_thinking", value=True, models=_HY3),),
        source=_GUIDE,
        checked=CHECKED,
    ),
    Provider(
        name="tencent-hy3-responses",
        wires=RESPONSES,
        hosts=_HOSTS,
        models=_HY3,
        rank=50,
        out=("reasoning_items",),
        parameters=(Parameter(path="reasoning.preserved_thinking", value=True, models=_HY3),),
        source=_GUIDE,
        checked=CHECKED,
    ),
)
