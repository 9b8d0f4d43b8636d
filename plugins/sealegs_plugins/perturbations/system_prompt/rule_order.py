"""S3: rules that do not depend on each other, in another order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.shuffling import moved
from sealegs_plugins.perturbations.system_prompt.layout import Line, edited

__all__ = ["RuleOrder"]

_REFERS: Final = re.compile(
    r"""\b(?:
        (?:above|below)(?!\s+[$€£]?\d)|former|latter|previous(?:ly)?|preceding|prior|earlier|following|follows|next
        |then|first(?:ly)?|second(?:ly)?|third(?:ly)?|finally|last(?:ly)?|afterwards?|meanwhile
        |steps?|otherwise|else|instead|again|aforementioned|likewise|respectively
        |exceptions?|the\s+same\s+(?:as|applies|goes|holds|is)
        |(?:this|that|these|those|such)\s+(?:rules?|cases?|steps?|points?|items?)
        |(?:rules?|items?|points?|bullets?|sections?|steps?|lines?|phases?|no\.)\s*\#?\d+
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_LEANS: Final = re.compile(
    r"[*_\"'(]*(?:it|its|they|their|he|she|this|that|these|those|so|also|but|and|or|\d+[.):])\b",
    re.IGNORECASE,
)
_ORDERED: Final = re.compile(
    r"\b(?:order|orders|sequence|steps?|priority|priorities|procedure|workflow|process|phases?"
    r"|ranked|ranking|stages?|examples?|example)\b",
    re.IGNORECASE,
)

_SHEET: Final = Sheet(
    name="rule-order",
    code="S3",
    surface="system_prompt",
    label="invariant",
    summary="bullets that do not refer to each other stand in another order within their list",
    parameters=({"share": 0.34}, {"share": 0.67}, {"share": 1.0}),
    finds="a list of two bullets or more that do not refer to each other",
    source="HAL reliability (arXiv 2602.16666): order of bullets",
)


@dataclass(frozen=True, slots=True)
class RuleOrder:
    r"""Puts the bullets of a list in another order, each with what is indented below it.

    Only where none refers to another: not in numbered lists, nor where a bullet says "above",
    "then", "first", "otherwise" and the like, leans on the one before ("It ...", "Also ..."), or
    where the text in front of the list speaks of an order or of steps.

    Parameters: ``share`` of the bullets that move; the others stay where they are.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> order = RuleOrder()
    >>> order.text("Rules:\n- Be kind.\n- Never guess.", about(order, 3))
    'Rules:\n- Never guess.\n- Be kind.'
    >>> order.text("Rules:\n- Ask.\n- Then act.", about(order, 3))
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the prompt with its rules in another order."""
        share: float = about.parameters["share"]

        def edit(read: list[Line]) -> str:
            new: list[str] = []
            at = 0
            for rules in _found(read):
                if _independent(rules, read):
                    order = moved(rules.texts, share, about.draw)
                    for (start, end), said in zip(rules.spans, order, strict=True):
                        new += [line.whole for line in read[at:start]]
                        new.append(said)
                        at = end
            return "\n".join([*new, *(line.whole for line in read[at:])])

        new = edited(text, edit)
        return None if new == text or about.literals.lost(text, new) else new


@dataclass(frozen=True, slots=True)
class _Rules:
    """One list: from where to where each of its items goes, without the blank lines behind it."""

    start: int
    spans: Sequence[tuple[int, int]]
    texts: Sequence[str]
    clear: bool


def _found(read: Sequence[Line]) -> list[_Rules]:
    """Find the outermost lists of bullets."""
    found: list[_Rules] = []
    at = 0
    while at < len(read):
        if read[at].kind == "bullet":
            rules, at = _list_at(read, at)
            found.append(rules)
        else:
            at += 1
    return found


def _list_at(read: Sequence[Line], start: int) -> tuple[_Rules, int]:
    first = read[start]
    items: list[tuple[int, int]] = []
    at, begun, end, clear = start, start, start, True
    while at < len(read):
        line = read[at]
        sibling = line.kind == "bullet" and (line.indent, line.mark) == (first.indent, first.mark)
        within = _is_within(line, first)
        if line.kind != "blank" and not sibling and not within:
            clear = line.kind == "heading" or (end < at and line.kind in ("text", "raw"))
            break
        if sibling and at > begun:
            items.append((begun, end))
            begun = at
        if line.kind != "blank":
            end = at + 1
        at += 1
    items.append((begun, end))
    texts = ["\n".join(line.whole for line in read[low:high]) for low, high in items]
    return _Rules(start, items, texts, clear), max(at, start + 1)


def _is_within(line: Line, first: Line) -> bool:
    """Say whether a line is indented below a bullet."""
    indent = line.whole[: len(line.whole) - len(line.whole.lstrip())]
    return line.kind != "heading" and len(indent) > len(first.indent)


def _independent(rules: _Rules, read: Sequence[Line]) -> bool:
    behind = range(rules.start - 1, -1, -1)
    before = next((read[at].whole for at in behind if read[at].kind != "blank"), "")
    if not rules.clear or len(rules.spans) < 2 or _ORDERED.search(before):
        return False
    heads = [read[start].text for start, _ in rules.spans]
    return not any(map(_REFERS.search, rules.texts)) and not any(map(_LEANS.match, heads))
