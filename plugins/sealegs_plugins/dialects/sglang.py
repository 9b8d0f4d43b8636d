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
        answers={"schema": "xgrammar"},
        keywords={
            # A grammar made of these fails, or refuses calls that are valid.
            **each(("patternProperties", "contains", "minContains", "allOf"), REFUSED),
            "pattern": Keyword(unless=LINEAR + r"|\\[pP]"),
        },
        shape=Shape(items=True, booleans=False, enums="scalars", open=False, declared=True),
        names=NAME_64,
        source="xgrammar 0.2.7, run; sglang 0.5.23, sgl-project/sglang#28804",
        checked=CHECKED,
        doubts="Whether it looks at a schema before its engine does was not found.",
    ),
)
