"""The providers: how each wants reasoning back, as rows of data, a module for each family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.specs import hookimpl

from . import (
    anthropic,
    azure,
    bedrock,
    cohere,
    copilot,
    deepseek,
    gateways,
    google,
    hosts,
    minimax,
    mistral,
    models,
    moonshot,
    openai,
    openrouter,
    qwen,
    servers,
    tencent,
    xai,
    zhipu,
)

if TYPE_CHECKING:
    from sealegs.knowledge import Provider

__all__ = ["ALL", "providers"]

ALL: tuple[Provider, ...] = (
    *anthropic.ROWS,
    *azure.ROWS,
    *bedrock.ROWS,
    *cohere.ROWS,
    *copilot.ROWS,
    *deepseek.ROWS,
    *gateways.ROWS,
    *google.ROWS,
    *hosts.ROWS,
    *minimax.ROWS,
    *mistral.ROWS,
    *models.ROWS,
    *moonshot.ROWS,
    *openai.ROWS,
    *openrouter.ROWS,
    *qwen.ROWS,
    *servers.ROWS,
    *tencent.ROWS,
    *xai.ROWS,
    *zhipu.ROWS,
)


@hookimpl
def providers() -> tuple[Provider, ...]:
    """Contribute the providers' rows."""
    return ALL
