"""Texts of prompts, as the operators of one surface leave them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import Spliced
from sealegs.perturbation.operators import About, Site, Surface, TextOperator
from sealegs.perturbation.requests.splicing import spliced, with_splices
from sealegs.perturbation.trial import Active, Edit, Injection, Trial

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Texting"]


@dataclass(slots=True)
class Texting:
    """Edits the texts of one turn, each by itself, with one operator after the other.

    A text is known by what the framework sent, wherever it stands; so the same message gets the
    same edit in every later request, also after the framework has shortened its history.

    Attributes:
        trial: decides.
        agent: whose text it is.
        surface: ``system_prompt`` or ``user_prompt``.
        turn: how many turns the model had had.
        found: the injections.
    """

    trial: Trial
    agent: str
    surface: Surface
    turn: int
    found: list[Injection] = field(default_factory=list[Injection])

    @property
    def operators(self) -> Sequence[Active]:
        """The operators that may want to edit."""
        return self.trial.of(TextOperator, self.surface)

    def __call__(self, text: str) -> str:
        """Give a text as it is said now."""
        if not text.strip():
            return text
        came = digest(text)
        site = Site(self.surface, f"text:{came}", self.agent, 0, self.turn)
        for active in self.operators:
            made = self.trial.consider(
                active,
                site,
                partial(_realised, active, text),
                before=digest(text),
                after=_after(text),
                text=text,
            )
            if made is not None:
                self.found.append(made)
                text = with_splices(text, cast("tuple[Spliced, ...]", made.edit))
        return text


def _realised(active: Active, text: str, about: About) -> Edit | None:
    new = cast("TextOperator", active.operator).text(text, about)
    return None if new is None or new == text else spliced(text, new)


def _after(text: str) -> Callable[[Edit], str]:
    return lambda edit: digest(with_splices(text, cast("tuple[Spliced, ...]", edit)))
