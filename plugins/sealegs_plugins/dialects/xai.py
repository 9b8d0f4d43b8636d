"""xAI."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Budget, Dialect, Shape

from .common import CHAT, CHECKED, IGNORED, NAME_64, REFUSED, RESPONSES, each

__all__ = ["DIALECTS"]

_CHAT = Dialect(
    name="xai",
    form="openai-chat",
    wires=CHAT,
    providers=("xai*",),
    enforced=True,
    keywords={
        **each(("minLength", "maxLength", "minItems", "maxItems"), REFUSED),
        **each(("minContains", "maxContains", "allOf"), REFUSED),
        **each(("$schema", "$id", "$comment"), IGNORED),
    },
    shape=Shape(items=True),
    budget=Budget(tools=200),
    names=NAME_64,
    source="https://docs.x.ai/docs/guides/structured-outputs, router-for-me/CLIProxyAPI#5214",
    checked=CHECKED,
    doubts="Whether what is `not supported` is refused or not looked at was not found; it is taken "
    "for refused. A large schema may be refused as too complex a grammar.",
)

DIALECTS: tuple[Dialect, ...] = (
    _CHAT,
    replace(_CHAT, name="xai-responses", form="openai-responses", wires=RESPONSES),
)
