"""Anthropic: signed thinking blocks, on newer models bound to what stands before them."""

from __future__ import annotations

from dataclasses import replace

from sealegs.knowledge import Provider, Recovery

from .common import ANTHROPIC, CHECKED, FOREIGN_SIGNATURE, REASONING_MISSING

__all__ = ["BOUND_MODELS", "CLASSIC", "PREFIX_CHECKS", "PRESERVED", "REFUSALS", "ROWS"]

_THINKING = "https://platform.claude.com/docs/en/build-with-claude/extended-thinking"
PREFIX_CHECKS = (
    "https://platform.claude.com/docs/en/build-with-claude/preserved-thinking/prefix-checks"
)

BOUND_MODELS = (
    "claude-fable-5[-.][12]*",
    "claude-mythos-5[-.][12]*",
    "claude-opus-5[-.]5*",
    "claude-sonnet-5[-.]5*",
    "claude-haiku-5[-.]5*",
)
"""The models with preserved thinking; gateways write the version with a dot."""

# A missing block in the loop of tools ("Expected `thinking` or `redacted_thinking`, but found
# `tool_use`") has no entry: only disabling thinking would help, and that is the caller's to choose.
REFUSALS = (
    Recovery(
        pattern=r"the first block must be `?thinking`? or `?redacted_thinking`?",
        action="strip",
        remember=False,
        source="anthropics/claude-code#20705",
    ),
    Recovery(
        pattern=r"blocks in the latest assistant message cannot be modified",
        action="strip",
        remember=False,
        source="bastani-inc/atomic#1318",
    ),
    Recovery(
        pattern=r"When thinking is disabled, an `?assistant`? message in the final position "
        r"cannot contain `?thinking`?",
        action="strip",
        remember=False,
        source="tailcallhq/forgecode#1853",
    ),
    *FOREIGN_SIGNATURE,
)

_UNBIND = Recovery(
    pattern=r"bound to a different conversation",
    action="set",
    parameters={"thinking.block_binding.prefix_mismatch_behavior": "drop_block"},
    headers={"anthropic-beta": "thinking-binding-controls-2026-08-01"},
    source=PREFIX_CHECKS,
)

CLASSIC = Provider(
    name="anthropic",
    wires=ANTHROPIC,
    hosts=("api.anthropic.com",),
    out=("thinking_blocks",),
    demand="tool_loop",
    recoveries=REFUSALS,
    source=_THINKING,
    checked=CHECKED,
    evidence="recorded",
)

# All blocks or none, byte for byte: one that is left out between others makes the later ones
# invalid. The binding's refusal comes first, for it too names an invalid signature.
PRESERVED = Provider(
    name="anthropic-preserved",
    wires=ANTHROPIC,
    hosts=("api.anthropic.com",),
    models=BOUND_MODELS,
    rank=50,
    out=("thinking_blocks",),
    demand="all",
    bound=True,
    recoveries=(_UNBIND, *REFUSALS),
    source=PREFIX_CHECKS,
    checked=CHECKED,
)

ROWS: tuple[Provider, ...] = (
    CLASSIC,
    PRESERVED,
    # A proxy in front: the model's rule holds, whoever forwards it.
    replace(PRESERVED, name="anthropic-preserved-elsewhere", hosts=("*",), rank=790),
    # Other makers' models behind the same format; their blocks may have no signature.
    Provider(
        name="anthropic-compatible",
        wires=ANTHROPIC,
        hosts=("*",),
        rank=900,
        recoveries=(*REASONING_MISSING, *REFUSALS),
        source=_THINKING,
        checked=CHECKED,
    ),
)
