"""Fireworks."""

from __future__ import annotations

from sealegs.schema.dialect import Dialect, NameRule

from .common import CHAT, CHECKED, REFUSED, each

__all__ = ["DIALECTS", "LENIENT"]

LENIENT = Dialect(
    name="fireworks",
    form="openai-chat",
    wires=CHAT,
    providers=("fireworks",),
    keywords=each(("oneOf", "minLength", "maxLength", "minItems", "maxItems", "pattern"), REFUSED),
    names=NameRule(r"[a-zA-Z0-9_-]+", max_length=64),
    source="https://docs.fireworks.ai/structured-responses/structured-response-formatting",
    checked=CHECKED,
    doubts="Whether what is `not supported` is refused or not looked at was not found; it is taken "
    "for refused. Objects are taken for closed where the schema is enforced.",
)

DIALECTS: tuple[Dialect, ...] = (LENIENT,)
