"""Hosts that serve other makers' open models, and say how they take reasoning back."""

from __future__ import annotations

from sealegs.knowledge import Parameter, Provider

from .common import CHAT, CHECKED, CLEAR_THINKING, FIELD_REFUSED, REASONING_MISSING

__all__ = ["ROWS"]

ROWS: tuple[Provider, ...] = (
    # `reasoning_format` and `include_reasoning` exclude each other, and gpt-oss knows only the
    # second. Recordings show the text going back in tags; the field is documented.
    Provider(
        name="groq",
        wires=CHAT,
        hosts=("api.groq.com",),
        out=("reasoning", "think_tags"),
        parameters=(
            Parameter(
                path="reasoning_format",
                asks=True,
                value="parsed",
                use="optional",
                models=("qwen*", "deepseek-r1*"),
                unless={"include_reasoning": (True, False)},
            ),
        ),
        recoveries=FIELD_REFUSED,
        source="groq 1.7.0: types/chat, SimonSchubert/Kai#265",
        checked=CHECKED,
        evidence="recorded",
    ),
    Provider(
        name="cerebras",
        wires=CHAT,
        hosts=("api.cerebras.ai",),
        out=("reasoning",),
        recoveries=FIELD_REFUSED,
        source="https://inference-docs.cerebras.ai/capabilities/reasoning, QwenLM/qwen-code#11045",
        checked=CHECKED,
        evidence="recorded",
    ),
    Provider(
        name="cerebras-glm",
        wires=CHAT,
        hosts=("api.cerebras.ai",),
        models=("zai-glm*", "glm*"),
        rank=50,
        out=("think_tags",),
        recoveries=FIELD_REFUSED,
        source="pydantic-ai-slim 2.68.0: providers/cerebras.py",
        checked=CHECKED,
    ),
    # Either field is read; which one arrives differs by model.
    Provider(
        name="together",
        wires=CHAT,
        hosts=("api.together.xyz", "api.together.ai"),
        parameters=(CLEAR_THINKING,),
        recoveries=(*REASONING_MISSING, *FIELD_REFUSED),
        source="together 3.1.1 types, litellm 1.106.2: llms/together_ai",
        checked=CHECKED,
    ),
    # By default GLM-4.7's earlier reasoning is cleared; GLM-4.6 and MiniMax M2 cannot keep it.
    Provider(
        name="fireworks",
        wires=CHAT,
        hosts=("api.fireworks.ai",),
        out=("reasoning_content",),
        parameters=(
            Parameter(path="reasoning_history", value="preserved", models=("glm-4p7*", "glm-4.7*")),
        ),
        recoveries=(*REASONING_MISSING, *FIELD_REFUSED),
        source="fireworks-ai 1.2.28: types/chat/completion_create_params.py",
        checked=CHECKED,
    ),
    Provider(
        name="siliconflow",
        wires=CHAT,
        hosts=("api.siliconflow.cn", "api.siliconflow.com"),
        recoveries=(*REASONING_MISSING, *FIELD_REFUSED),
        source="agentscope-ai/QwenPaw#433",
        checked=CHECKED,
        evidence="reported",
    ),
)
