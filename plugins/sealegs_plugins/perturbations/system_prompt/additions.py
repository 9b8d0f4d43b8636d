"""S5, S6 and S7: a persona, boilerplate, and a policy on other matters, beside the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.system_prompt.fillers import handbook

__all__ = ["Persona", "PolicyPadding", "ScaffoldBoilerplate"]

_CHARACTERS_PER_TOKEN: Final = 4

_PERSONAS: Final[Mapping[str, str]] = {
    "colleague": "You sound like a patient and cheerful colleague.",
    "captain": (
        "You sound like a retired ship's captain who has settled by a quiet harbour: calm, dry, "
        "and fond of the sea."
    ),
    "professor": (
        "You sound like a professor of ancient history who has come to this desk late in life. You "
        "grew up in a mountain village, you collect old maps, and you like long walks in the rain. "
        "Your sentences are careful, and your humour is gentle. Friends say that you listen well."
    ),
}

_BOILERPLATE: Final = (
    "This matters a great deal, and much depends on how well you do it.",
    "Think it through before you answer, and take your time.",
    "Hand in work of which you can be proud.",
    "You belong to a team of specialists, each with a field of their own.",
    "What is expected of you is a thorough result of high quality.",
    "You were chosen for this because of your long experience.",
)

_PERSONA: Final = Sheet(
    name="persona",
    code="S5",
    surface="system_prompt",
    label="invariant",
    summary="the prompt begins with a persona that changes the tone and nothing else",
    parameters=({"persona": "colleague"}, {"persona": "captain"}, {"persona": "professor"}),
    source="AgentMorph: persona insensitivity, three fixed personas",
)

_SCAFFOLD: Final = Sheet(
    name="scaffold-boilerplate",
    code="S6",
    surface="system_prompt",
    label="invariant",
    summary="sentences as frameworks add them stand behind the prompt",
    parameters=({"sentences": 1}, {"sentences": 3}, {"sentences": 6}),
    source="agentstress: from 14.6 to 45.4 % failures with another framework's boilerplate",
)

_PADDING: Final = Sheet(
    name="policy-padding",
    code="S7",
    surface="system_prompt",
    label="invariant",
    summary="a long policy on other matters stands beside the prompt",
    parameters=(
        {"tokens": 200, "where": "end"},
        {"tokens": 1000, "where": "end"},
        {"tokens": 4000, "where": "start"},
    ),
    source="DeepTeam: context flooding; BFCL: long context",
)


@dataclass(frozen=True, slots=True)
class Persona:
    r"""Puts a persona in front of the prompt.

    Parameters: ``persona``: ``colleague``, ``captain``, ``professor``, or a text.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> persona = Persona()
    >>> persona.text("You book flights.", about(persona, 1))
    'You sound like a patient and cheerful colleague.\n\nYou book flights.'
    """

    name: str = _PERSONA.name
    sheet: Sheet = _PERSONA

    def text(self, text: str, about: About, /) -> str | None:
        """Give the prompt with a persona."""
        named: str = about.parameters["persona"]
        return _beside(text, _PERSONAS.get(named, named), "start")


@dataclass(frozen=True, slots=True)
class ScaffoldBoilerplate:
    r"""Puts sentences behind the prompt that urge and praise, and ask for nothing.

    Parameters: ``sentences``: how many.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> scaffold = ScaffoldBoilerplate()
    >>> scaffold.text("You book flights.", about(scaffold, 1))
    'You book flights.\n\nHand in work of which you can be proud.'
    """

    name: str = _SCAFFOLD.name
    sheet: Sheet = _SCAFFOLD

    def text(self, text: str, about: About, /) -> str | None:
        """Give the prompt with boilerplate."""
        count: int = about.parameters["sentences"]
        return _beside(text, "\n".join(about.draw.sample(_BOILERPLATE, count)), "end")


@dataclass(frozen=True, slots=True)
class PolicyPadding:
    """Puts rules of a house in which nothing of the task happens beside the prompt.

    Parameters: ``tokens``: about how many (four characters each); ``where``: ``start`` or ``end``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> padding = PolicyPadding()
    >>> padding.text("You book flights.", about(padding, 1))[19:71]
    'House rules of the office building, for its visitors'
    """

    name: str = _PADDING.name
    sheet: Sheet = _PADDING

    def text(self, text: str, about: About, /) -> str | None:
        """Give the prompt with padding."""
        tokens: int = about.parameters["tokens"]
        more = handbook(tokens * _CHARACTERS_PER_TOKEN, about.draw)
        return _beside(text, more, about.parameters["where"])


def _beside(text: str, more: str, where: str) -> str | None:
    if not text.strip() or not more:
        return None
    return f"{more}\n\n{text}" if where == "start" else f"{text}\n\n{more}"
