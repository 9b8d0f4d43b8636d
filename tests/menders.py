"""Small menders, each of which does one thing, for tests of where calls stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from sealegs.calls.saying import Mended, SaidCall


@dataclass
class Plain:
    """Changes nothing; it reads text if told to, and holds calls if told to."""

    reads_text: bool = True
    holding: bool = False
    asked: list[tuple[int, SaidCall, bool]] = field(
        default_factory=list[tuple[int, SaidCall, bool]]
    )

    def text(self, choice: int, piece: str, /) -> Mended:
        return Mended(piece)

    def text_end(self, choice: int, /) -> Mended:
        return Mended("")

    def holds(self, choice: int, name: str, /) -> bool:
        return self.holding

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        self.asked.append((choice, call, whole))
        return call


@dataclass
class Lagging(Plain):
    """Holds the last characters of a text back, and gives them at its end."""

    by: int = 7
    kept: dict[int, str] = field(default_factory=dict[int, str])

    def text(self, choice: int, piece: str, /) -> Mended:
        known = self.kept.get(choice, "") + piece
        self.kept[choice] = known[-self.by :]
        return Mended(known[: -self.by])

    def text_end(self, choice: int, /) -> Mended:
        return Mended(self.kept.pop(choice, ""))


@dataclass
class Renaming(Plain):
    """Puts a mark on each name and each id that is there."""

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        super().call(choice, call, whole=whole)
        return SaidCall(f"my_{call.name}", call.arguments, call.id and f"{call.id}_mine")


@dataclass
class Rewriting(Renaming):
    """Gives each call an argument more, and says what it had."""

    holding: bool = True

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        new = super().call(choice, call, whole=whole)
        had: object = call.arguments
        try:
            had = json.loads(call.arguments)
        except ValueError:
            had = call.arguments
        given = json.dumps({"had": had, "more": "é\n"})
        return SaidCall(new.name, given, new.id)


OPENER, CLOSER = "[[call ", "]]"


@dataclass
class Reading(Plain):
    """Reads ``[[call NAME JSON]]`` in text as a call. What may begin one is held back."""

    held: dict[int, str] = field(default_factory=dict[int, str])
    made: int = 0

    def text(self, choice: int, piece: str, /) -> Mended:
        return self._read(choice, self.held.pop(choice, "") + piece, end=False)

    def text_end(self, choice: int, /) -> Mended:
        return self._read(choice, self.held.pop(choice, ""), end=True)

    def _read(self, choice: int, text: str, *, end: bool) -> Mended:
        out, calls = "", list[SaidCall]()
        while (start := text.find(OPENER)) >= 0:
            stop = text.find(CLOSER, start)
            if stop < 0:
                break
            name, _, arguments = text[start + len(OPENER) : stop].partition(" ")
            self.made += 1
            calls.append(SaidCall(name, arguments, f"found_{self.made}"))
            out, text = out + text[:start], text[stop + len(CLOSER) :]
        keep = 0 if end else _kept(text)
        out += text[: len(text) - keep]
        if keep:
            self.held[choice] = text[len(text) - keep :]
        return Mended(out, calls)


def _kept(text: str) -> int:
    """How many of the last characters may begin a call, or stand in one."""
    start = text.find(OPENER)
    if start >= 0:
        return len(text) - start
    return next(n for n in range(len(OPENER) - 1, -1, -1) if text.endswith(OPENER[:n]))


class Broken(Exception):
    """What a mender that fails raises."""


@dataclass
class Failing(Reading):
    """Fails when it has been asked so many times."""

    after: int = 3
    held_calls: bool = True
    tick: Callable[[], None] = field(init=False)

    def __post_init__(self) -> None:
        self.holding = self.held_calls

    def _count(self) -> None:
        self.after -= 1
        if self.after < 0:
            raise Broken

    def text(self, choice: int, piece: str, /) -> Mended:
        self._count()
        return super().text(choice, piece)

    def text_end(self, choice: int, /) -> Mended:
        self._count()
        return super().text_end(choice)

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        self._count()
        return super().call(choice, call, whole=whole)
