"""Azure OpenAI and Foundry. A resource has two keys and many tokens: its host is the account."""

from __future__ import annotations

from dataclasses import replace

from sealegs.knowledge import Provider

from .anthropic import CLASSIC, PRESERVED
from .common import CHAT, CHECKED, RESPONSES, RESPONSES_REFUSALS
from .openai import ENCRYPTED

__all__ = ["ROWS"]

_HOSTS = ("*.openai.azure.com", "*.services.ai.azure.com", "*.cognitiveservices.azure.com")
_MODELS = (*_HOSTS, "*.inference.ai.azure.com", "*.models.ai.azure.com")
_CLAUDE = ("*.services.ai.azure.com",)

ROWS: tuple[Provider, ...] = (
    # What one resource sealed, another cannot open (openai/openai-agents-python#2063).
    Provider(
        name="azure-responses",
        wires=RESPONSES,
        hosts=_HOSTS,
        out=("reasoning_items",),
        demand="tool_loop",
        account="host",
        parameters=(ENCRYPTED,),
        recoveries=RESPONSES_REFUSALS,
        source="openai/openai-agents-python#2063, openai-python 3.54: types/responses",
        checked=CHECKED,
        evidence="recorded",
    ),
    Provider(
        name="azure-openai",
        wires=CHAT,
        hosts=_HOSTS,
        models=("gpt-[0-9]*", "gpt3*", "o[1-9]*", "codex-*", "chatgpt-*"),
        rank=50,
        send="never",
        account="host",
        source="openai-python 3.54: types/chat, which have no field for reasoning",
        checked=CHECKED,
    ),
    # Without its reasoning nothing is refused, but the prompt cache misses.
    Provider(
        name="azure-deepseek",
        wires=CHAT,
        hosts=_MODELS,
        models=("deepseek*",),
        rank=50,
        out=("reasoning_content",),
        account="host",
        recoveries=RESPONSES_REFUSALS,
        source="earendil-works/pi#9645",
        checked=CHECKED,
        evidence="reported",
    ),
    Provider(
        name="azure-foundry",
        wires=CHAT,
        hosts=_MODELS,
        account="host",
        source="crmne/ruby_llm:spec/fixtures/vcr_cassettes",
        checked=CHECKED,
        evidence="reported",
    ),
    replace(CLASSIC, name="azure-anthropic", hosts=_CLAUDE, account="host", evidence="documented"),
    replace(PRESERVED, name="azure-anthropic-preserved", hosts=_CLAUDE, account="host"),
)
