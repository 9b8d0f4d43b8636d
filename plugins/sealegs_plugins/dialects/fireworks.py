"""Fireworks."""

from __future__ import annotations

from sealegs.schema.dialect import Dialect, References, SchemaBounds

from .common import CHAT, CHECKED, NAME_64, REFUSED, each

__all__ = ["DIALECTS", "LENIENT"]

LENIENT = Dialect(
    name="fireworks",
    form="openai-chat",
    wires=CHAT,
    providers=("fireworks",),
    keywords=each(("oneOf", "minLength", "maxLength", "minItems", "maxItems", "pattern"), REFUSED),
    references=References(recursion="refused"),
    bounds=SchemaBounds(depth=50),
    names=NAME_64,
    source="https://docs.fireworks.ai/structured-responses/structured-response-formatting",
    checked=CHECKED,
    doubts="Whether what is `not supported` is refused or not looked at was not found; it is taken "
    "for refused. Objects are taken for closed where the schema is enforced. Recursion is "
    "documented as taken, and refused with `schema depth exceeds maximum limit of 50`.",
)

DIALECTS: tuple[Dialect, ...] = (LENIENT,)
