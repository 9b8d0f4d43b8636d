"""S1: a prompt that says the same in another layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.system_prompt.layout import Line, edited, sentences

__all__ = ["PromptFormat"]

_BULLETS: Final = ("-", "*", "•")
_PLAIN_HEADING: Final = re.compile(r"[A-Za-z][a-z]*(?: [A-Za-z][a-z]*)*")
_BOLD: Final = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")

_SHEET: Final = Sheet(
    name="prompt-format",
    code="S1",
    surface="system_prompt",
    label="invariant",
    summary="headings, bullets, numbers and spacing of the prompt are written in another style",
    parameters=(
        {"parts": ["bullets", "numbers"], "sentences": "line"},
        {"parts": ["bullets", "numbers", "headings", "spacing"], "sentences": "paragraph"},
        {
            "parts": ["bullets", "numbers", "headings", "spacing", "casing", "emphasis"],
            "sentences": "bullet",
        },
    ),
    finds="headings, bullets, numbers or sentences that can be written otherwise",
    source=(
        "FormatSpread (arXiv 2310.11324): separators, casing, enumerations; BFCL v4, format "
        "sensitivity: plain text and markdown"
    ),
)


@dataclass(frozen=True, slots=True)
class PromptFormat:
    r"""Writes a prompt in another layout; its words, and their order, stay.

    What stands between fences, and tables, are left alone. A prompt without any layout gets one:
    each of its sentences a line, a paragraph, or a bullet.

    Parameters: ``parts`` that change: ``bullets``, ``numbers``, ``headings``, ``spacing``,
    ``casing`` of headings, ``emphasis``; ``sentences`` of a prompt without layout: ``line``,
    ``paragraph`` or ``bullet``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> form = PromptFormat()
    >>> form.text("# Rules\n\n- Never guess.\n- Ask first.", about(form, 2))
    '[Rules]\n• Never guess.\n• Ask first.'
    >>> form.text("You book flights. Never guess.", about(form, 3))
    '- You book flights.\n- Never guess.'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the prompt in another layout."""

        def edit(read: Sequence[Line]) -> str:
            if any(line.kind in ("heading", "bullet", "number") for line in read):
                return _Style(about.parameters["parts"], about.draw).written(read)
            return _parted(read, about.parameters["sentences"])

        new = edited(text, edit)
        return None if new == text or about.literals.lost(text, new) else new


def _parted(read: Sequence[Line], how: str) -> str:
    between, mark = {"line": ("\n", ""), "paragraph": ("\n\n", ""), "bullet": ("\n", "- ")}[how]
    written: list[str] = []
    for line in read:
        parts = sentences(line.text) if line.kind == "text" else []
        written.append(
            between.join(f"{line.indent}{mark}{part}" for part in parts)
            if len(parts) > 1
            else line.whole
        )
    return "\n".join(written)


class _Style:
    """A layout, drawn part by part, so that a part looks alike at every severity."""

    def __init__(self, parts: Sequence[str], draw: Draw) -> None:
        self._parts, self._draw = parts, draw
        self._heading = draw.pick(_HEADINGS, "heading")
        self._number = draw.pick(("{})", "({})", "{}:"), "number")
        self._shift = 1 + draw.below(len(_BULLETS) - 1, "bullet")

    def written(self, read: Sequence[Line]) -> str:
        kept = _without_gaps(read) if "spacing" in self._parts else read
        return "\n".join([self._line(line) for line in kept])

    def _line(self, line: Line) -> str:
        if line.kind == "raw":
            return line.whole
        new = self._marked(line)
        return _BOLD.sub(r"\1", new) if "emphasis" in self._parts else new

    def _marked(self, line: Line) -> str:
        if line.kind == "heading" and "headings" in self._parts:
            return self._heading(self._cased(line.text))
        if line.kind == "bullet" and "bullets" in self._parts and line.mark in _BULLETS:
            mark = _BULLETS[(_BULLETS.index(line.mark) + self._shift) % len(_BULLETS)]
            return f"{line.indent}{mark} {line.text}"
        if line.kind == "number" and "numbers" in self._parts:
            return f"{line.indent}{self._number.format(line.mark[:-1])} {line.text}"
        return line.whole

    def _cased(self, text: str) -> str:
        """Write a heading of plain words in capitals; a name in it must stay what it is."""
        plain = _PLAIN_HEADING.fullmatch(text) is not None
        return text.upper() if plain and "casing" in self._parts else text


_HEADINGS: Final[tuple[Callable[[str], str], ...]] = (
    lambda text: text if text.endswith(":") else f"{text}:",
    lambda text: f"=== {text} ===",
    lambda text: f"[{text}]",
    lambda text: f"{text}\n{'-' * len(text)}",
)


def _without_gaps(read: Sequence[Line]) -> list[Line]:
    """Leave out blank lines behind headings and between bullets of a list."""
    kept: list[Line] = []
    gap: list[Line] = []
    for line in read:
        if line.kind == "blank":
            gap.append(line)
            continue
        before = kept[-1].kind if kept else "text"
        listed = before == line.kind and line.kind in ("bullet", "number")
        kept += [line] if before == "heading" or listed else [*gap, line]
        gap = []
    return [*kept, *gap]
