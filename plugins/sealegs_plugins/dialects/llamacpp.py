"""llama.cpp's server: the template shows the schema, a grammar made of it may hold the call."""

from __future__ import annotations

from sealegs.schema.dialect import Dialect, Keyword, SchemaBounds, Shape

from .common import ANNOTATIONS, CHAT, CHECKED, IGNORED, LINEAR, NAME_64, WRITTEN_OUT, each

__all__ = ["DIALECTS"]

DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        name="llama.cpp",
        form="openai-chat",
        wires=CHAT,
        providers=("llama.cpp", "lmstudio"),
        keywords={
            **each(ANNOTATIONS, IGNORED),
            "pattern": Keyword(pattern=r"(?s)\^.*\$", unless=LINEAR),
        },
        shape=Shape(union_siblings="annotations", open=False),
        references=WRITTEN_OUT,
        bounds=SchemaBounds(depth=100),
        names=NAME_64,
        source="https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md, "
        "ggml-org/llama.cpp#7703, ggml-org/llama.cpp#8073, ggml-org/llama.cpp#30242",
        checked=CHECKED,
        doubts="Keywords that its grammar does not know are passed over, and still shown to the "
        "model. References inside references failed, so all are written out.",
    ),
)
