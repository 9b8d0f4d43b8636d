"""What a model can tell from definitions and results: which tool is meant, and if all is there.

It is evidence alone: names, descriptions, parameters. A toolset is read as a whole, so that a name
that lies is outvoted by a description, and a description that is gone by a name.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Meant",
    "alike",
    "complete",
    "equal",
    "heard",
    "leaf_at",
    "leaves",
    "matched",
    "parsed",
]

_MARK = "Tool description:"
_WORD = re.compile(r"[a-z0-9]+")
_WORD_OR_NAME = re.compile(r"[a-z0-9_.]+")
_CODED = re.compile(r"\(base64: ([A-Za-z0-9+/=]+)\)")
_LEET = str.maketrans("431057", "aeiost")
_TOKEN = re.compile(r"\bto '([^']+)'")
_ENOUGH = 1.0


@dataclass(frozen=True, slots=True)
class Meant:
    """How a tool is called by what was offered.

    Attributes:
        name: its name.
        parameters: offered names of its parameters, by their own.
        tokens: further arguments, as the definitions state them.
    """

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, Any] = field(default_factory=dict)


def matched(own: Sequence[Any], offered: Sequence[Any]) -> dict[str, Meant]:
    """Find each tool among those that are offered; one that is not there is left out."""
    left, free = list(own), list(offered)
    pairs: list[tuple[Any, Any]] = []
    for one in own:
        same = next((other for other in free if other == one), None)
        if same is not None:
            pairs.append((one, same))
            left.remove(one)
            free.remove(same)
    traits, others = [_Traits(one) for one in left], [_Traits(one) for one in free]
    scores = [
        (mine.likeness(theirs), -i, -j)
        for i, mine in enumerate(traits)
        for j, theirs in enumerate(others)
    ]
    taken: set[int] = set()
    found: set[int] = set()
    for score, i, j in sorted(scores, reverse=True):
        if score >= _ENOUGH and i not in found and j not in taken:
            found.add(i)
            taken.add(j)
            pairs.append((left[-i], free[-j]))
    return {mine["name"]: _meant(mine, theirs) for mine, theirs in pairs}


class _Traits:
    """What there is to know a tool by."""

    __slots__ = ("bare", "description", "name", "names", "said", "tail", "words")

    def __init__(self, tool: Any) -> None:
        declared = _declared(tool)
        self.name: str = tool["name"]
        self.bare = "".join(_WORD.findall(self.name.lower()))
        self.description: str = tool.get("description") or ""
        self.tail = self.description.rsplit(_MARK, 1)[-1].strip()
        self.words = frozenset(_WORD.findall(self.tail.lower()))
        self.names = frozenset(declared)
        self.said = frozenset(filter(None, (one.get("description") for one in declared.values())))

    def likeness(self, other: _Traits) -> float:
        found = 0.0
        if self.description and self.description == other.description:
            found += 3.0
        elif len(self.tail) > 15 and self.tail in other.description:
            found += 2.8
        elif self.words:
            found += 2 * max(0.0, len(self.words & other.words) / len(self.words) - 0.4)
        if self.name == other.name:
            found += 1.5
        elif self.bare == other.bare:
            found += 1.4
        else:
            found += 0.6 * _shared(self.bare, other.bare)
        if self.said:
            found += len(self.said & other.said) / len(self.said)
        if self.names:
            found += 0.5 * len(self.names & other.names) / len(self.names)
        return found


def _shared(one: str, other: str) -> float:
    """The share of pairs of letters that two names have in common."""
    mine, theirs = _pairs(one), _pairs(other)
    return 2 * (mine & theirs).total() / max(1, mine.total() + theirs.total())


def _pairs(name: str) -> Counter[str]:
    return Counter(name[at : at + 2] for at in range(len(name) - 1))


def _declared(tool: Any) -> dict[str, Any]:
    properties = (tool.get("parameters") or {}).get("properties") or {}
    return {name: one if isinstance(one, dict) else {} for name, one in properties.items()}


def _meant(own: Any, offered: Any) -> Meant:
    mine, theirs = _declared(own), _declared(offered)
    order, places = {name: at for at, name in enumerate(mine)}, list(theirs)
    scores = [
        (_parameter(name, one, other, told, abs(order[name] - places.index(other))), name, other)
        for name, one in mine.items()
        for other, told in theirs.items()
    ]
    found: dict[str, str] = {}
    for score, name, other in sorted(scores, key=lambda one: (-one[0], one[1:])):
        if score > 0.3 and name not in found and other not in found.values():
            found[name] = other
    needed = (offered.get("parameters") or {}).get("required") or ()
    extra = [name for name in needed if name not in found.values()]
    return Meant(offered["name"], found, {name: _token(offered, name) for name in extra})


def _parameter(name: str, one: Any, other: str, told: Any, apart: int) -> float:
    found: float = 2.0 * (name == other) + 0.8 * _shared(name.lower(), other.lower())
    mine, theirs = one.get("description") or "", told.get("description") or ""
    if mine and mine == theirs:
        found += 3.0
    elif mine and theirs:
        words = frozenset(_WORD.findall(mine.lower()))
        shared = words & frozenset(_WORD.findall(theirs.lower()))
        found += 2.0 * len(shared) / max(1, len(words)) - 0.5
    same = one.get("type") == told.get("type")
    return float(found + 0.5 * same - 0.1 * apart)


def _token(offered: Any, name: str) -> Any:
    told = _declared(offered).get(name, {})
    if "const" in told:
        return told["const"]
    if told.get("enum"):
        return told["enum"][0]
    description = offered.get("description") or ""
    about = description[description.find(f"'{name}'") :] if f"'{name}'" in description else ""
    stated = _TOKEN.search(told.get("description") or "") or _TOKEN.search(about)
    return stated[1] if stated else ""


# ------------------------------------------------------------------ results


def parsed(text: str) -> Any:
    """Give the value that a text holds, or the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Give what is no object and no list, with the way to it."""
    waiting: list[tuple[tuple[Any, ...], Any]] = [(path, value)]
    while waiting:
        at, one = waiting.pop()
        if isinstance(one, dict):
            waiting += [((*at, key), inner) for key, inner in one.items()]
        elif isinstance(one, list):
            waiting += [((*at, place), inner) for place, inner in enumerate(one)]
        else:
            yield at, one


def leaf_at(value: Any, path: Sequence[Any]) -> Any:
    """Give what stands at the end of a way; ``None`` where nothing does."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def equal(text: str, right: str) -> bool:
    """Say whether two results say the same."""
    return text == right or parsed(text) == parsed(right)


def complete(text: str, right: str) -> bool:
    """Say whether a result holds all values of the right one, whatever stands beside them."""
    if right in text:
        return True
    wanted = Counter(_spelled(leaf) for _, leaf in leaves(parsed(right)))
    value = parsed(text)
    if isinstance(value, str):
        return all(spelled.removesuffix(".0") in value for spelled in wanted)
    there = Counter(_spelled(leaf) for _, leaf in leaves(value))
    said = [leaf for _, leaf in leaves(value) if isinstance(leaf, str)]
    words = {leaf for _, leaf in leaves(parsed(right)) if isinstance(leaf, str) and len(leaf) > 2}
    missing = wanted - there
    return all(one in words and any(one in text for text in said) for one in missing)


def alike(text: str, right: str) -> bool:
    """Say whether a result is of the same kind, where its numbers are drawn anew each time."""
    kinds = Counter(type(leaf) for _, leaf in leaves(parsed(right)))
    return not kinds - Counter(type(leaf) for _, leaf in leaves(parsed(text)))


def heard(text: str) -> set[str]:
    """Give the longer words of a text, in whichever letters they are spelled."""
    plain = unicodedata.normalize("NFKC", text).lower()
    coded = " ".join(_decoded(one) for one in _CODED.findall(text))
    words = _WORD_OR_NAME.findall(f"{plain} {coded.lower()}")
    return {one for word in words for one in (word, word.translate(_LEET)) if len(one) > 3}


def _decoded(code: str) -> str:
    return base64.b64decode(code).decode()


def _spelled(leaf: Any) -> str:
    if isinstance(leaf, str):
        return leaf
    if isinstance(leaf, int | float) and not isinstance(leaf, bool):
        return repr(float(leaf))
    return json.dumps(leaf)
