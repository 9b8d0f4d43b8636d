"""What a provider would refuse in the references of a schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sealegs.jsons import is_array, is_object
from sealegs.schema.dialect import Dialect
from sealegs.schema.lintnodes import Violation, strangers
from sealegs.schema.places import Place, Places, ways

__all__ = ["references"]


def references(found: Places, seen: Sequence[Place], dialect: Dialect) -> Iterator[Violation]:
    """Give what is refused about the references at the places that are looked at."""
    referring = [place for place in seen if is_object(place.node) and "$ref" in place.node]
    for place in referring:
        for keyword, reason in _one(found, place, dialect):
            yield Violation(place.pointer, keyword, reason)
    if referring and dialect.references.kept:
        yield from _recursion(found, referring, dialect.references.recursion)


def _one(found: Places, place: Place, dialect: Dialect) -> Iterator[tuple[str, str]]:
    rules, reference = dialect.references, place.node["$ref"]
    if not rules.kept:
        yield "$ref", "references are not taken"
        return
    target = found.target(reference)
    if rules.pattern and isinstance(reference, str):
        if re.fullmatch(rules.pattern, reference) is None:
            yield "$ref", "this reference is not taken"
        elif target is None:
            yield "$ref", "leads nowhere"
    beside = strangers(place.node, "$ref", rules.siblings, place.parent < 0)
    yield from ((word, "must not stand beside $ref") for word in beside)
    goal = None if target is None else found.every[target].node
    if rules.distinct and is_object(goal):
        for word in place.node.keys() & goal.keys() - {"$ref", "$defs", "definitions"}:
            yield word, "stands in what is referred to as well"


def _recursion(found: Places, referring: Sequence[Place], rule: str) -> Iterator[Violation]:
    if rule == "finite" and not _ends(found):
        yield Violation("", "$ref", "no way down from the root ends")
    if rule not in ("optional", "refused"):
        return
    below = ways(found)
    if rule == "optional":
        below = [
            [child for child in children if not _is_optional(found, here, child)]
            for here, children in enumerate(below)
        ]
    round_about = _components(below)
    for place in referring:
        target = found.target(place.node["$ref"])
        if target is not None and round_about[found.index[place.pointer]] == round_about[target]:
            reason = "recursion is not taken" if rule == "refused" else "recursion must be optional"
            yield Violation(place.pointer, "$ref", reason)


def _is_optional(found: Places, here: int, child: int) -> bool:
    place = found.every[child]
    if place.parent != here or place.keyword != "properties":
        return False
    required = found.every[here].node.get("required")
    return not (is_array(required) and place.name in required)


def _components(below: list[list[int]]) -> list[int]:
    """Give each place's strongly connected component: those from which it is reached and back.

    Tarjan's algorithm, with a stack of its own.
    """
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    component = [-1] * len(below)
    open_ones: list[int] = []
    for start in range(len(below)):
        stack = [] if start in number else [(start, 0)]
        while stack:
            here, step = stack.pop()
            if here not in number:
                number[here] = low[here] = len(number)
                open_ones.append(here)
            for position in range(step, len(below[here])):
                child = below[here][position]
                if child not in number:
                    stack += [(here, position), (child, 0)]
                    break
                if component[child] < 0:
                    low[here] = min(low[here], low[child])
            else:
                if low[here] == number[here]:
                    while component[here] < 0:
                        component[open_ones.pop()] = here
    return component


def _ends(found: Places) -> bool:
    """Say whether some way down from the root ends; see `References.recursion`."""
    ends: set[int] = set()
    waiting = list(range(len(found.every)))
    below: dict[int, list[int]] = {}
    uppers: dict[int, list[int]] = {}
    for here, children in enumerate(ways(found)):
        below[here] = children
        for child in children:
            uppers.setdefault(child, []).append(here)
    while waiting:
        here = waiting.pop()
        if here in ends or not _filled(found, here, below[here], ends):
            continue
        ends.add(here)
        waiting += uppers.get(here, ())
    return 0 in ends


def _filled(found: Places, here: int, children: list[int], ends: set[int]) -> bool:
    """Say whether a way that is known to end leads down from a place, or none needs to be taken."""
    needed: list[int] = []
    for child in children:
        place = found.every[child]
        always = place.parent != here or place.keyword in ("items", "anyOf")
        if always or (place.keyword == "properties" and not _is_optional(found, here, child)):
            needed.append(child)
    return not needed or not ends.isdisjoint(needed)
