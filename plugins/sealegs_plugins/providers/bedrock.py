"""Amazon Bedrock: Converse by vendor, Claude's own format, and Responses at bedrock-mantle."""

from __future__ import annotations

from dataclasses import replace

from sealegs.knowledge import Provider, Recovery

from .anthropic import BOUND_MODELS, CLASSIC, PRESERVED, REFUSALS
from .common import CHECKED, OPENAI_REASONING, RESPONSES, RESPONSES_REFUSALS
from .openai import ENCRYPTED

__all__ = ["ROWS"]

_CONVERSE = frozenset({"bedrock-converse"})
_MESSAGES = frozenset({"anthropic-messages", "anthropic-bedrock"})
_RUNTIME = ("*bedrock-runtime*.amazonaws.com", "*bedrock-runtime*.amazonaws.com.cn")
_MANTLE = ("bedrock-mantle.*.api.aws",)
_BINDING = (
    "https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-thinking-block-binding"
)
_STRANDS = "strands-agents 1.62.0: models/bedrock.py"
_BETA = "thinking-binding-controls-2026-08-01"

_REFUSED = Recovery(
    pattern=r"User messages cannot contain reasoning content",
    action="strip",
    source="langchain-ai/langchain-aws#401",
)
# A beta is named in the body here, and Converse carries what is the model's own in a field.
_UNBIND_MESSAGES = Recovery(
    pattern=r"bound to a different conversation",
    action="set",
    parameters={
        "thinking.block_binding.prefix_mismatch_behavior": "drop_block",
        "anthropic_beta": [_BETA],
    },
    source=_BINDING,
)
_UNBIND_CONVERSE = Recovery(
    pattern=r"bound to a different conversation",
    action="set",
    parameters={
        "additionalModelRequestFields.thinking.block_binding.prefix_mismatch_behavior": (
            "drop_block"
        ),
        "additionalModelRequestFields.anthropic_beta": [_BETA],
    },
    source=_BINDING,
)

_CLAUDE = Provider(
    name="bedrock-claude",
    wires=_CONVERSE,
    hosts=_RUNTIME,
    models=("claude-*",),
    rank=60,
    out=("reasoning_content_blocks",),
    demand="tool_loop",
    recoveries=(_REFUSED, *REFUSALS),
    source=_STRANDS,
    checked=CHECKED,
    evidence="recorded",
)

ROWS: tuple[Provider, ...] = (
    _CLAUDE,
    replace(
        _CLAUDE,
        name="bedrock-claude-preserved",
        models=BOUND_MODELS,
        rank=50,
        demand="all",
        bound=True,
        recoveries=(_UNBIND_CONVERSE, _REFUSED, *REFUSALS),
        source=_BINDING,
        evidence="documented",
    ),
    # `r1` and `v3` are DeepSeek's, whose names are nothing else once the vendor is taken off.
    Provider(
        name="bedrock-refusing",
        wires=_CONVERSE,
        hosts=_RUNTIME,
        models=(
            "deepseek*",
            "devstral*",
            "gemma*",
            "gpt-[5-9]*",
            "grok*",
            "llama*",
            "ministral*",
            "mistral-large*",
            "nemotron-nano-9b*",
            "nemotron-super*",
            "nova-lite*",
            "nova-pro*",
            "palmyra*",
            "qwen3-235b*",
            "qwen3-coder*",
            "r1*",
            "v3*",
        ),
        rank=60,
        send="never",
        recoveries=(_REFUSED,),
        source=f"{_STRANDS}, langchain-ai/langchain-aws#401",
        checked=CHECKED,
    ),
    # The other vendors take a text back, and refuse a signature.
    Provider(
        name="bedrock",
        wires=_CONVERSE,
        hosts=_RUNTIME,
        out=("reasoning_content_blocks",),
        recoveries=(_REFUSED,),
        source=_STRANDS,
        checked=CHECKED,
    ),
    replace(
        CLASSIC,
        name="bedrock-anthropic",
        wires=_MESSAGES,
        hosts=(*_RUNTIME, *_MANTLE),
        evidence="documented",
    ),
    replace(
        PRESERVED,
        name="bedrock-anthropic-preserved",
        wires=_MESSAGES,
        hosts=(*_RUNTIME, *_MANTLE),
        recoveries=(_UNBIND_MESSAGES, *REFUSALS),
        source=_BINDING,
    ),
    Provider(
        name="bedrock-mantle",
        wires=RESPONSES,
        hosts=(*_MANTLE, *_RUNTIME),
        out=("reasoning_items",),
        recoveries=RESPONSES_REFUSALS,
        source="pydantic/pydantic-ai:tests/models/cassettes/test_bedrock_mantle",
        checked=CHECKED,
        evidence="reported",
    ),
    Provider(
        name="bedrock-mantle-openai",
        wires=RESPONSES,
        hosts=_MANTLE,
        models=OPENAI_REASONING,
        rank=50,
        out=("reasoning_items",),
        demand="tool_loop",
        parameters=(ENCRYPTED,),
        recoveries=RESPONSES_REFUSALS,
        source="pydantic/pydantic-ai:tests/models/cassettes/test_bedrock_mantle",
        checked=CHECKED,
        evidence="recorded",
    ),
)
