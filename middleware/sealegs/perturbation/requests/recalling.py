"""What the model itself said where its names have no exact way forth again.

A reply is translated back before the framework sees it, and is translated forth again with every
later request. Where that would not give what the model had said (an argument was taken off, a word
was no name after all), the model's own wording is kept and said again, so that prefixes hold.
"""

from __future__ import annotations

from typing import TypeVar

from sealegs.calls.saying import SaidCall
from sealegs.jsons import canonical, parse

__all__ = ["Recalled"]

K = TypeVar("K")
V = TypeVar("V")

_KEPT = 4096


class Recalled:
    """Wordings of one trial, by what the framework was given in their place."""

    __slots__ = ("_calls", "_names", "_texts")

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._calls: dict[tuple[str, str, bytes], SaidCall] = {}
        self._names: dict[tuple[str, str], str] = {}

    def keep_text(self, given: str, said: str) -> None:
        """Keep what the model said in the place of a text that was handed on."""
        _put(self._texts, given, said)

    def text(self, given: str) -> str | None:
        """Recall it."""
        return self._texts.get(given)

    def keep_call(self, given: SaidCall, said: SaidCall) -> None:
        """Keep a call as the model made it; only its name where it has no arguments."""
        if said.arguments:
            _put(self._calls, _key(given), said)
        if given.id:
            _put(self._names, (given.id, given.name), said.name)

    def call(self, given: SaidCall) -> SaidCall | None:
        """Recall a call, or what its result is named by."""
        if not (self._calls or self._names):
            return None
        known = self._calls.get(_key(given)) if given.arguments else None
        if known is not None:
            return SaidCall(known.name, known.arguments, given.id)
        name = self._names.get((given.id, given.name))
        return None if name is None else SaidCall(name, given.arguments, given.id)


def _put(known: dict[K, V], key: K, value: V) -> None:
    while len(known) >= _KEPT:
        del known[next(iter(known))]
    known[key] = value


def _key(call: SaidCall) -> tuple[str, str, bytes]:
    try:
        arguments = canonical(parse(call.arguments))
    except (ValueError, RecursionError):
        arguments = call.arguments.encode("utf-8", "surrogatepass")
    return call.id, call.name, arguments
