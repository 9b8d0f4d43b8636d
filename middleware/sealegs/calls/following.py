"""Following a syntax through text that arrives in pieces.

A syntax is a table of states. In each state some texts are tokens, and a token says what comes
next; what stands between tokens is skipped, or, in a state that expects something, decides that it
is not there. Each character is looked at once however the text is cut, and of what was looked at no
more is kept than may be the beginning of a token.

The same table, run over a whole region, gives the places of its parts, so a syntax is written down
once for both.

>>> grammar = Grammar(
...     starts={"<a>": Go("inside", note="text")},
...     states={"inside": State({"</a>": Go(end="behind", note="closed"), "<": Go(fail=True)})},
... )
>>> follower = grammar.follow("<a>")
>>> follower.feed("some text<"), follower.feed("/a> more")
(None, Cut(at=16, call=True, whole=True))
>>> grammar.notes("<a>some text</a>")
[Note(label='text', start=0, end=3), Note(label='closed', start=12, end=16)]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sealegs.calls.parsing import Cut

__all__ = ["Follower", "Go", "Grammar", "Note", "State", "alternatives", "beginnings"]

_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Go:
    """What follows a token.

    Attributes:
        to: the state that is entered; empty: the state stays.
        push: a state to which a later ``pop`` returns.
        pop: return to the state pushed last.
        note: labels under which the token's place is noted, with spaces between them.
        end: the region ends ``behind`` the token, ``before`` it, or at the last ``mark``.
        fail: the region is no call.
    """

    to: str = ""
    push: str = ""
    pop: bool = False
    note: str = ""
    end: Literal["", "behind", "before", "mark"] = ""
    fail: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What counts in one place of a syntax.

    Attributes:
        tokens: text to what follows it; the longest that fits is taken.
        other: what follows anything else but whitespace, which is not consumed by it; ``None``:
            anything else is skipped.
        mark: a region whose text ends in this state is whole; it ends where the state was entered.
        stop: the region ends where this state is entered.
        base: entering this state forgets what was pushed.
    """

    tokens: Mapping[str, Go]
    other: Go | None = None
    mark: bool = False
    stop: bool = False
    base: bool = False
    _patterns: list[_Patterns] = field(default_factory=list["_Patterns"], repr=False, compare=False)

    @property
    def patterns(self) -> _Patterns:
        """What finds the tokens; compiled when it is first needed."""
        if not self._patterns:
            whole, part = alternatives(self.tokens), beginnings(self.tokens)
            self._patterns.append(_Patterns(re.compile(whole), re.compile(rf"(?:{part})\Z")))
        return self._patterns[0]

    @property
    def exits(self) -> tuple[Go, ...]:
        """Everything that may follow."""
        return (*self.tokens.values(), *((self.other,) if self.other else ()))


class _Patterns(NamedTuple):
    """What finds a state's tokens, and their beginnings at the end of a piece."""

    whole: re.Pattern[str]
    part: re.Pattern[str]


class Note(NamedTuple):
    """Where a token with a label stands in a region."""

    label: str
    start: int
    end: int


def alternatives(texts: Iterable[str]) -> str:
    """Give a pattern of any of the texts, the longest first; one that never matches for none."""
    ordered = sorted(texts, key=lambda text: (-len(text), text))
    return "|".join(map(re.escape, ordered)) or r"(?!)"


def beginnings(texts: Iterable[str]) -> str:
    r"""Give a pattern of what may be the beginning of any of the texts, and is none of them whole.

    >>> beginnings(["abc"])
    'a(?:b)?'
    """
    found: list[str] = []
    for text in sorted(texts):
        pattern = ""
        for character in reversed(text[:-1]):
            pattern = re.escape(character) + (f"(?:{pattern})?" if pattern else "")
        if pattern:
            found.append(pattern)
    return "|".join(found) or r"(?!)"


class Grammar:
    """A syntax: what regions begin with, and its states."""

    def __init__(self, starts: Mapping[str, Go], states: Mapping[str, State]) -> None:
        """Take the table.

        Args:
            starts: opener to what follows it.
            states: by name.

        Raises:
            ValueError: the table names a state that it does not have.
        """
        goes = [*starts.values(), *(go for state in states.values() for go in state.exits)]
        if unknown := {name for go in goes for name in (go.to, go.push) if name} - {*states}:
            raise ValueError(f"no such states: {', '.join(sorted(unknown))}")
        self.starts, self.states = starts, states

    def follow(self, opener: str) -> Follower:
        """Begin to follow a region."""
        return Follower(self, opener)

    def notes(self, region: str) -> list[Note]:
        """Give the places of a whole region's parts, in order."""
        opener = max((one for one in self.starts if region.startswith(one)), key=len)
        follower = Follower(self, opener, notes=[])
        if follower.feed(region[len(opener) :]) is None:
            follower.close()
        return follower.notes or []


class Follower:
    """Follows one region; see `sealegs.calls.parsing.Boundary`."""

    __slots__ = ("_carry", "_mark", "_offset", "_patterns", "_stack", "_state", "_states", "notes")

    def __init__(self, grammar: Grammar, opener: str, notes: list[Note] | None = None) -> None:
        """Begin behind the opener.

        Args:
            grammar: the syntax.
            opener: what the region begins with.
            notes: takes the places of the region's parts, where they are wanted.
        """
        self.notes = notes
        self._states = grammar.states
        self._stack: list[str] = []
        self._carry, self._offset, self._mark = "", len(opener), len(opener)
        first = grammar.starts[opener]
        self._state = self._states[first.to]
        self._patterns = self._state.patterns
        self._go(first, 0, len(opener))

    def feed(self, piece: str) -> Cut | None:
        """Take the next piece; see the protocol."""
        return self._run(self._carry + piece, last=False)

    def close(self) -> Cut:
        """Take the end of the text; see the protocol."""
        size = self._offset + len(self._carry)
        if (cut := self._run(self._carry, last=True)) is not None:
            return cut
        return Cut(self._mark) if self._state.mark else Cut(size, whole=False)

    def _run(self, text: str, *, last: bool) -> Cut | None:
        position = 0
        while position < len(text):
            go, start, end = self._next(text, position)
            if not last and self._patterns.part.match(text, start):
                position = start
                break
            position = end
            if go is not None and (cut := self._go(go, self._offset + start, self._offset + end)):
                return cut
        self._offset += position
        self._carry = text[position:]
        return None

    def _next(self, text: str, position: int) -> tuple[Go | None, int, int]:
        """Find what decides next, and where it stands."""
        state, patterns = self._state, self._patterns
        if state.other is None:
            if hit := patterns.whole.search(text, position):
                return state.tokens[hit[0]], hit.start(), hit.end()
            hit = patterns.part.search(text, position)
            return None, hit.start() if hit else len(text), len(text)
        space = _SPACE.match(text, position)
        start = space.end() if space else position
        if start == len(text):
            return None, start, start
        if hit := patterns.whole.match(text, start):
            return state.tokens[hit[0]], start, hit.end()
        return state.other, start, start

    def _go(self, go: Go, start: int, end: int) -> Cut | None:
        """Do what a token says; give the region's end where that is it."""
        if go.note and self.notes is not None:
            self.notes += [Note(label, start, end) for label in go.note.split()]
        if go.fail:
            return Cut(start, call=False)
        if go.end:
            return Cut({"behind": end, "before": start, "mark": self._mark}[go.end])
        if go.push:
            self._stack.append(go.push)
        name = self._stack.pop() if go.pop and self._stack else go.to
        return self._enter(self._states[name], end) if name else None

    def _enter(self, state: State, at: int) -> Cut | None:
        self._state, self._patterns = state, state.patterns
        if state.base:
            self._stack.clear()
        if state.mark or state.stop:
            self._mark = at
        return Cut(at) if state.stop else None
