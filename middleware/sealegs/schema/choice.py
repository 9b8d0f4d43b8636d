"""Which dialect is meant by a name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealegs.errors import SealegsError

if TYPE_CHECKING:
    from sealegs.schema.dialect import Dialect
    from sealegs.schema.planning import StrictPolicy

__all__ = ["Choice", "UnknownDialectError", "choose"]


class UnknownDialectError(SealegsError):
    """No dialect has this name."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A dialect as it was asked for.

    Attributes:
        name: the name that was given.
        dialect: the rules without strict mode.
        strict: those of its strict mode, if it has one.
        policy: which tools strict mode is asked for.
    """

    name: str
    dialect: Dialect
    strict: Dialect | None
    policy: StrictPolicy


def choose(name: str, dialects: Mapping[str, Dialect]) -> Choice:
    """Find a dialect.

    The name of a strict mode (``openai-chat-strict``) asks for it for every tool that it can hold;
    the name of a dialect that has one leaves it to what each tool's author said.

    Raises:
        UnknownDialectError: there is none of this name; it says which may be meant.
    """
    dialect = dialects.get(name)
    if dialect is None:
        raise UnknownDialectError(_unknown(name, dialects))
    lax = next((one for one in dialects.values() if one.strict == name), None)
    lax = lax or (dialects.get(name.removesuffix("-strict")) if name.endswith("-strict") else None)
    if lax is None and not name.endswith("-strict"):
        return Choice(name, dialect, dialects.get(dialect.strict), "asked")
    return Choice(name, lax or dialect, dialect, "always")


def _unknown(name: str, dialects: Mapping[str, Dialect]) -> str:
    near = sorted((known for known in dialects if known.startswith(name)), key=len)
    near = near or difflib.get_close_matches(name.lower(), dialects, n=3)
    meant = f"did you mean {' or '.join(map(repr, near[:3]))}? " if near else ""
    return f"unknown dialect {name!r}; {meant}`sealegs schema dialects` lists all of them"
