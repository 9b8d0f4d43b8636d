"""vLLM: the template shows the schema; a forced call is held to it by an engine."""

from __future__ import annotations

from sealegs.schema.dialect import Dialect, Keyword, Shape

from .common import CHAT, CHECKED, LINEAR, NAME_64, REFUSED, each

__all__ = ["DIALECTS"]

DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        name="vllm",
        form="openai-chat",
        wires=CHAT,
        providers=("vllm", "gpustack", "qwen-self-hosted"),
        keywords={
            # What xgrammar does not hold goes to another engine, which refuses these.
            **each(("uniqueItems", "contains", "minContains", "maxContains"), REFUSED),
            **each(("propertyNames", "patternProperties"), REFUSED),
            "pattern": Keyword(unless=LINEAR),
        },
        # A forced call holds to the properties that are declared, where nothing else is said.
        shape=Shape(open=False),
        names=NAME_64,
        source="xgrammar 0.2.7 and llguidance 1.9.1, run; vllm 0.33.0: "
        "v1/structured_output, vllm-project/vllm#57550, vllm-project/vllm#56556",
        checked=CHECKED,
        doubts="What is refused is refused where tool_choice forces a call; with auto, the schema "
        "is only shown. Other engines can be set, each with its own rules.",
    ),
)
