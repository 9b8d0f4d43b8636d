"""SGLang: the template shows the schema; a forced call is held to it by xgrammar."""

from __future__ import annotations

from sealegs.schema.dialect import Dialect, Keyword, Shape

from .common import CHAT, CHECKED, LINEAR, NAME_64, REFUSED, each

__all__ = ["DIALECTS"]

DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        name="sglang",
        form="openai-chat",
        wires=CHAT,
        providers=("sglang",),
        keywords={
            # Valid calls are refused by a grammar made of these.
            **each(("patternProperties",), REFUSED),
            "pattern": Keyword(unless=LINEAR),
        },
        shape=Shape(booleans=False, open=False),
        names=NAME_64,
        source="sglang 0.5.23, sgl-project/sglang#28804",
        checked=CHECKED,
        doubts="Whether it looks at a schema before its engine does was not found.",
    ),
)
