"""Models whose templates show no definitions, wherever they are served: references are written out.

Each row is its host's row, for these models alone.
"""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Dialect

from .cerebras import LENIENT as CEREBRAS
from .common import WRITTEN_OUT
from .fireworks import LENIENT as FIREWORKS
from .groq import LENIENT as GROQ
from .openrouter import LENIENT as OPENROUTER
from .unknown import CHAT_DEFAULT
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


DIALECTS: tuple[Dialect, ...] = tuple(
    map(_written_out, (GROQ, CEREBRAS, FIREWORKS, OPENROUTER, *VLLM, CHAT_DEFAULT))
)
