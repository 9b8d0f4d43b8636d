"""Models whose templates show no definitions, wherever they are served: references are written out.

Each row is its host's row, for these models alone.
"""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Dialect

from .bedrock import LENIENT as BEDROCK
from .cerebras import LENIENT as CEREBRAS
from .common import WRITTEN_OUT
from .fireworks import LENIENT as FIREWORKS
from .groq import LENIENT as GROQ
from .openrouter import LENIENT as OPENROUTER
from .sglang import DIALECTS as SGLANG
from .unknown import CHAT_DEFAULT, RESPONSES_DEFAULT
from .vllm import DIALECTS as VLLM

__all__ = ["DIALECTS"]

_MODELS = ("gpt-oss*", "glm*", "zai-glm*", "chatglm*")


def _written_out(host: Dialect) -> Dialect:
    return replace(
        host,
        name=f"{host.name}-written-out",
        models=_MODELS,
        rank=host.rank - 40,
        strict="",
        references=WRITTEN_OUT,
        source="pydantic/pydantic-ai#10243, pydantic-ai-slim 2.68.0: profiles/harmony.py",
        evidence="reported",
        doubts="Nested arguments come back as JSON text where definitions are not shown.",
    )


_HOSTS = (
    *(BEDROCK, CEREBRAS, FIREWORKS, GROQ, OPENROUTER),
    *(*SGLANG, *VLLM, CHAT_DEFAULT, RESPONSES_DEFAULT),
)

DIALECTS: tuple[Dialect, ...] = tuple(map(_written_out, _HOSTS))
