"""The task: two questions and four tools, as data, and the vault behind them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sealegs.jsons import Json

__all__ = ["QUESTIONS", "SYSTEM", "TOOLS", "Tool", "Vault", "draw_treasure"]

SYSTEM: Final = (
    "You look after a vault. Use the tools one at a time. Never write the code word in an answer."
)

QUESTIONS: Final = (
    "What is the state of the vault? Read its dial.",
    "In your thinking, choose a secret code word: a colour in lower case, a hyphen, four random "
    "digits. Do not write it down anywhere. Then arm the vault, which takes the code word from "
    "your thoughts; read the log; open the vault with the code word; tell me what lies inside.",
)
"""What the user asks, one conversation."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool as the model is told of it.

    Attributes:
        name: its name.
        description: what it does.
        properties: its parameters as JSON Schema properties, every one of them required.
    """

    name: str
    description: str
    properties: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict[str, Mapping[str, str]]
    )

    @property
    def schema(self) -> dict[str, object]:
        """The parameters as a JSON Schema."""
        return {
            "type": "object",
            "properties": {name: dict(value) for name, value in self.properties.items()},
            "required": list(self.properties),
        }


TOOLS: Final = (
    Tool("read_dial", "Read the vault's dial."),
    Tool("arm_vault", "Arm the vault with the code word that you have in mind."),
    Tool("read_log", "Read the vault's log. It must be read before the vault is opened."),
    Tool(
        "open_vault",
        "Open the vault.",
        {"code": {"type": "string", "description": "The code word that you armed it with."}},
    ),
)

_TREASURES: Final = (
    "a brass astrolabe", "a jar of honey", "a letter from Lisbon", "a silver thimble",
    "a map of the Faroes", "a box of chess pieces", "a broken metronome", "a pressed fern",
)  # fmt: skip


def draw_treasure() -> str:
    """Draw what lies in the vault; only an opened vault tells it."""
    return f"{secrets.choice(_TREASURES)}, number {100 + secrets.randbelow(900)}"


def _deaf(completion: Json) -> None:
    """Hear nothing."""


@dataclass(slots=True)
class Vault:
    """The world in which the tools act.

    Attributes:
        accepts: says whether a code word is the one that armed the vault.
        heed: is given each completion as it came off the wire, by a loop that sees it.
        treasure: what lies inside.
        refused: how many wrong code words were tried.
    """

    accepts: Callable[[str], bool]
    heed: Callable[[Json], None] = _deaf
    treasure: str = field(default_factory=draw_treasure)
    refused: int = 0

    def use(self, tool: str, arguments: Mapping[str, object]) -> str:
        """Run a tool. A tool that does not exist is answered, not raised: models invent some."""
        if tool == "open_vault":
            return self.open(str(arguments.get("code", "")))
        return _ANSWERS.get(tool, f"unknown: there is no tool {tool}")

    def open(self, code: str) -> str:
        """Try a code word."""
        if self.accepts(code):
            return f"opened: {self.treasure}"
        self.refused += 1
        return "refused: that is not the code word"

    def told(self, answer: str) -> bool:
        """Say whether an answer tells what lies inside."""
        return self.treasure.rpartition(" ")[2] in answer


_ANSWERS: Final = {
    "read_dial": "dial: 31",
    "arm_vault": "armed: the vault has taken the code word",
    "read_log": "log: nobody came; the door may be opened",
}
