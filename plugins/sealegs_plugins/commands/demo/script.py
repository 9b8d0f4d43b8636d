"""The scripted model: a play in rows, in which one line can only be spoken from memory.

The model draws a code word in its reasoning at one turn, and needs it two turns later. It stands
nowhere else: no text, tool call or tool result ever tells it. So the play goes well exactly when
the reasoning comes back with the history.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

__all__ = ["CODE", "Reply", "ScriptedModel", "Seen", "draw_code"]

CODE: Final = re.compile(r"\b[a-z]+-\d{4}\b")
"""What a code word looks like: a colour, a hyphen, four digits."""

_COLOURS: Final = ("amber", "cobalt", "crimson", "indigo", "ochre", "sepia", "teal", "umber")

Memory: TypeAlias = Literal["any", "kept", "lost"]
"""Whether the model finds its code word in what it is shown; ``any``: it does not look."""


def draw_code() -> str:
    """Draw a code word.

    >>> bool(CODE.fullmatch(draw_code()))
    True
    """
    return f"{secrets.choice(_COLOURS)}-{1000 + secrets.randbelow(9000)}"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the play. The first row that fits is spoken.

    Attributes:
        question: the number of the user's question, from 1.
        after: how the newest tool result since that question begins, up to its colon; empty: the
            user has just spoken.
        think: what is reasoned.
        text: what is said.
        call: the tool that is called, or an empty string.
        arguments: its arguments.
        memory: whether the row is for a model that has its code word, or has lost it.
        repeated: at least so many results since the question began with ``after``.
    """

    question: int
    after: str
    think: str
    text: str = ""
    call: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])
    memory: Memory = "any"
    repeated: int = 0


_PLAY: Final = (
    Step(1, "", "The dial tells the state of the vault; I read it first.", call="read_dial"),
    Step(1, "dial", "The dial has answered.", text="The vault is shut: its dial stands at {news}."),
    Step(2, "", "I choose the code word {drawn}. I keep it to myself and arm the lock with it.",
         call="arm_vault"),
    Step(2, "armed", "Armed with the code word that I chose; the log must be read before I open.",
         call="read_log"),
    Step(2, "log", "The log is clean. Now the code word that I chose when I armed the lock.",
         call="open_vault", arguments={"code": "{remembered}"}, memory="kept"),
    Step(2, "opened", "It is open.", text="Inside lies {news}."),
    Step(2, "log", "Which code word did I choose? It is nowhere to be seen. I try one.",
         call="open_vault", arguments={"code": "{drawn}"}, memory="lost"),
    Step(2, "refused", "I have tried enough.", repeated=3,
         text="The vault seems to be broken: it refuses my code word."),
    Step(2, "refused", "Refused. Perhaps the log says what I missed; I read it again.",
         call="read_log"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What a provider shows its model of a request.

    Attributes:
        questions: how many questions the user has asked.
        results: the tool results since the newest question, oldest first.
        thoughts: the model's own reasoning, as far as it came back and the provider renders it.
        characters: the size of all that is shown, reasoning included.
    """

    questions: int
    results: tuple[str, ...]
    thoughts: tuple[str, ...]
    characters: int


@dataclass(frozen=True, slots=True)
class Reply:
    """One turn of the model.

    Attributes:
        think: its reasoning.
        text: its visible text; empty where it only calls a tool.
        call: the tool that it calls, or an empty string.
        arguments: the call's arguments.
    """

    think: str
    text: str
    call: str
    arguments: Mapping[str, str]


@dataclass(slots=True)
class ScriptedModel:
    """Plays the script. It knows nothing but what it is shown.

    Attributes:
        drawn: the code words that it has drawn, the first of which arms the vault.
    """

    drawn: list[str] = field(default_factory=list[str])

    def reply(self, seen: Seen) -> Reply:
        """Speak the line that follows from what is shown.

        Raises:
            LookupError: nothing in the script follows.
        """
        remembered = _remembered(seen.thoughts)
        step = _step(seen, "kept" if remembered else "lost")
        words = {
            "news": _news(seen.results),
            "remembered": remembered,
            "drawn": self._draw(step),
        }
        return Reply(
            # The number makes each reasoning text one of its kind, so that a mix-up shows.
            f"{step.think.format_map(words)} (Note {secrets.token_hex(4)}.)",
            step.text.format_map(words),
            step.call,
            {name: value.format_map(words) for name, value in step.arguments.items()},
        )

    def _draw(self, step: Step) -> str:
        if "{drawn}" not in step.think + "".join(step.arguments.values()):
            return ""
        self.drawn.append(draw_code())
        return self.drawn[-1]


def _step(seen: Seen, memory: Memory) -> Step:
    after = seen.results[-1].partition(":")[0] if seen.results else ""
    count = sum(result.partition(":")[0] == after for result in seen.results)
    for step in _PLAY:
        fits = (step.question, step.after) == (seen.questions, after)
        if fits and step.repeated <= count and step.memory in ("any", memory):
            return step
    raise LookupError(f"nothing follows question {seen.questions} and the result {after!r}")


def _remembered(thoughts: tuple[str, ...]) -> str:
    """Find the code word in the reasoning that is shown; the first is the one that was chosen."""
    found = CODE.search("\n".join(thoughts))
    return found.group() if found else ""


def _news(results: tuple[str, ...]) -> str:
    return results[-1].partition(":")[2].strip() if results else ""
