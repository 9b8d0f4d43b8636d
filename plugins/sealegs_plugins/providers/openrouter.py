"""OpenRouter: reasoning details, sent back unmodified and in order."""

from __future__ import annotations

from dataclasses import replace

from sealegs.knowledge import Provider

from .anthropic import BOUND_MODELS, CLASSIC, PREFIX_CHECKS, PRESERVED
from .common import (
    CHAT,
    CHECKED,
    FIELD_REFUSED,
    FOREIGN_SIGNATURE,
    REASONING_MISSING,
    RESPONSES,
    RESPONSES_REFUSALS,
)

__all__ = ["ROWS"]

_HOSTS = ("openrouter.ai",)
_GUIDE = "https://openrouter.ai/docs/use-cases/reasoning-tokens"

# Details first: they carry signatures and sealed content; the text alone is for upstreams that
# give nothing else. An upstream's refusals come through in its own words.
_CHAT = Provider(
    name="openrouter",
    wires=CHAT,
    hosts=_HOSTS,
    out=("reasoning_details", "reasoning"),
    recoveries=(*REASONING_MISSING, *FIELD_REFUSED, *FOREIGN_SIGNATURE),
    source=_GUIDE,
    checked=CHECKED,
    evidence="recorded",
)

ROWS: tuple[Provider, ...] = (
    _CHAT,
    replace(
        _CHAT,
        name="openrouter-preserved",
        models=BOUND_MODELS,
        rank=50,
        demand="all",
        bound=True,
        source=f"{_GUIDE}, {PREFIX_CHECKS}",
        evidence="documented",
    ),
    Provider(
        name="openrouter-responses",
        wires=RESPONSES,
        hosts=_HOSTS,
        out=("reasoning_items",),
        recoveries=RESPONSES_REFUSALS,
        source=_GUIDE,
        checked=CHECKED,
    ),
    replace(
        CLASSIC,
        name="openrouter-anthropic",
        hosts=_HOSTS,
        demand="never",
        source=_GUIDE,
        evidence="documented",
    ),
    replace(PRESERVED, name="openrouter-anthropic-preserved", hosts=_HOSTS),
)
