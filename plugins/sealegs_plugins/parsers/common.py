"""What several syntaxes share: their rows' shape, reasoning marks, JSON, and objects that call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sealegs.calls.following import Follower, Go, Grammar, Note, State
from sealegs.calls.members import Members, members, unquoted
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json
from sealegs.knowledge import Evidence

__all__ = [
    "CHECKED",
    "DONE",
    "FAIL",
    "HIDDEN",
    "Reader",
    "Syntax",
    "bodies",
    "called",
    "json_states",
]

CHECKED = "2026-11-27"

HIDDEN: Mapping[str, tuple[str, ...]] = {
    "<think>": ("</think>",),
    "<thinking>": ("</thinking>",),
    "<thought>": ("</thought>",),
    "<reasoning>": ("</reasoning>",),
    "<mm:think>": ("</mm:think>",),
    "<seed:think>": ("</seed:think>",),
    "[THINK]": ("[/THINK]",),
    "◁think▷": ("◁/think▷",),
}
"""What models write their reasoning between, where it stands in the text."""

FAIL = Go(fail=True)
DONE = Go(end="mark")

Reader: TypeAlias = Callable[
    [str, Sequence[Note], Mapping[str, Json], bool], "Sequence[ParsedCall] | None"
]
"""Reads the calls of a region: its text, its parts, the tools, and whether it is whole."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """One syntax as data: see `sealegs.calls.parsing.ToolCallParser`.

    Attributes:
        name: the syntax's name.
        openers: what calls begin with.
        grammar: what follows.
        read: reads the calls of a region.
        models: glob patterns of model families.
        wires: the wire formats; empty: any.
        providers: glob patterns of providers' names.
        rank: lower is asked first.
        hidden: what reasoning stands between.
        salvage: reads a structured call that was cut wrongly, from its name and arguments.
        source: where the syntax is described.
        checked: the date on which the source was read (ISO).
        evidence: how good the source is.
    """

    name: str
    openers: tuple[Opener, ...]
    grammar: Grammar
    read: Reader
    models: tuple[str, ...] = ()
    wires: frozenset[str] = frozenset()
    providers: tuple[str, ...] = ("*",)
    rank: int = 100
    hidden: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: HIDDEN)
    salvage: Callable[[str, str], ParsedCall | None] | None = None
    source: str = ""
    checked: str = CHECKED
    evidence: Evidence = "documented"

    def follow(self, opener: str, /) -> Follower:
        """Begin to follow a region."""
        return self.grammar.follow(opener)

    def parse(
        self, region: str, schemas: Mapping[str, Json], /, *, whole: bool
    ) -> Sequence[ParsedCall] | None:
        """Read the calls of one region."""
        return self.read(region, self.grammar.notes(region), schemas, whole)

    def salvaged(self, name: str, arguments: str, /) -> ParsedCall | None:
        """Read a structured call that the server's own parser has cut wrongly."""
        return self.salvage(name, arguments) if self.salvage else None


def json_states(closers: Mapping[str, Go] | None = None, name: str = "json") -> dict[str, State]:
    """Give the states of a JSON value's inside, strings of Python included.

    Args:
        closers: what ends the value wherever it stands outside a string, however many brackets are
            still open.
        name: of the state.
    """
    opening = Go(name, push=name)
    return {
        name: State(
            {
                "{": opening,
                "[": opening,
                "}": Go(pop=True),
                "]": Go(pop=True),
                '"': Go("double", push=name),
                "'": Go("single", push=name),
                **(closers or {}),
            }
        ),
        "double": State({'"': Go(pop=True), '\\"': Go(), "\\\\": Go()}),
        "single": State({"'": Go(pop=True), "\\'": Go(), "\\\\": Go()}),
    }


def bodies(region: str, notes: Sequence[Note]) -> list[str]:
    """Give the texts that begin at a ``value`` and end at the next note, without whitespace."""
    found: list[str] = []
    for number, note in enumerate(notes):
        if note.label == "value":
            end = notes[number + 1].start if number + 1 < len(notes) else len(region)
            found.append(region[note.start : end].strip())
    return found


def called(
    text: str,
    *,
    whole: bool,
    names: Sequence[str] = ("name",),
    arguments: Sequence[str] = ("arguments", "parameters", "args"),
) -> list[ParsedCall] | None:
    """Read an object, or an array of objects, that has a call's name and arguments.

    Args:
        text: JSON that may be broken.
        whole: false where the text ended before the region did.
        names: keys that may hold the name.
        arguments: keys that may hold the arguments.

    Returns:
        ``None`` where one of the objects is no call; of an array that was cut off, what there is.
    """
    found: list[ParsedCall] = []
    at = text.find("{")
    while at >= 0:
        held = members(text, at)
        call = _call(held, whole, names, arguments) if held else None
        if held is None or call is None:
            return (found or None) if not whole else None
        found.append(call)
        if not held.whole:
            break
        at = text.find("{", held.end)
    return found or None


def read_objects(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    """Read a region of which each value is an object with a call's name and arguments."""
    del schemas
    found: list[ParsedCall] = []
    for body in bodies(region, notes):
        calls = called(body, whole=whole)
        if calls is None:
            return None if whole else found or None
        found += calls
    return found or None


def _call(
    held: Members, whole: bool, names: Sequence[str], arguments: Sequence[str]
) -> ParsedCall | None:
    values = held.values
    inner = values.get("function")
    if inner and inner.text.startswith("{") and (nested := members(inner.text)):
        return _call(nested, whole, names, arguments)
    spelled = [unquoted(values[key].text) for key in names if key in values]
    if not spelled or not spelled[0]:
        return None
    identifier = unquoted(values["id"].text) if "id" in values else None
    given = next((values[key] for key in arguments if key in values), None)
    if given is None:
        return ParsedCall(spelled[0], "{}", identifier or "", held.whole or whole)
    return ParsedCall(spelled[0], given.text.strip(), identifier or "", given.whole or whole)
