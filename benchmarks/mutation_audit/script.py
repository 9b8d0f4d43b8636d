"""What the scripted model says: every framework is told the same, in each of the forms.

A conversation has two user turns; in each the model asks for one tool and then answers. Both calls
have the same id, as Kimi models give it, and the same arguments, escaped and without spaces, so a
client that serialises them anew shows. Each reply's reasoning holds a codeword of its own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

__all__ = [
    "ANSWERS", "ARGUMENTS", "CELLS", "PREAMBLE", "QUESTIONS", "RESULT", "TOOL", "TOOL_ID",
    "Cell", "Reply", "codeword", "details", "reasoning", "tagged",
]  # fmt: skip

TOOL = "get_weather"
TOOL_ID = "functions.get_weather:0"
ARGUMENTS = '{"city":"Par\\u00eds"}'
PREAMBLE = " I'll check.\n\n"
RESULT = "22 degrees, light wind"
QUESTIONS = ("Please tell me the weather in París.", "Please ask for the weather once more.")
ANSWERS = ("Right now it is mild there.", "The second look says the same.")


@dataclass(frozen=True, slots=True)
class Cell:
    """One conversation of the audit: the form of the reasoning, and whether replies stream."""

    form: str
    streamed: bool

    @property
    def name(self) -> str:
        """Return the cell's name, as it stands in URLs and reports."""
        return f"{self.form}-{'stream' if self.streamed else 'whole'}"

    @classmethod
    def named(cls, name: str) -> Cell:
        """Return the cell of a name."""
        form, _, mode = name.rpartition("-")
        return cls(form, mode == "stream")


CELLS = tuple(
    Cell(form, streamed)
    for form in ("reasoning_content", "reasoning", "reasoning_details", "think_tags")
    for streamed in (False, True)
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of the model: its number in the conversation from 1, and what it does."""

    number: int
    text: str
    call: tuple[str, str] | None


def codeword(key: str, number: int) -> str:
    """Return the word that stands only in the reasoning of one reply of one conversation."""
    return "cw" + hashlib.sha256(f"{key}/{number}".encode()).hexdigest()[:12]


def reasoning(key: str, number: int) -> str:
    """Return the reasoning of one reply: lines, edges of white space, and a letter beyond ASCII."""
    word = codeword(key, number)
    return f"Step {number}: the city is París.\n\n  Remember {word}, it is needed later. \n"


def details(key: str, number: int) -> list[dict[str, Any]]:
    """Return the same reasoning as a `reasoning_details` array, signed as Claude's is."""
    text, word = reasoning(key, number), codeword(key, number)
    return [
        {
            "type": "reasoning.text",
            "text": text,
            "signature": f"sig-{word}",
            "format": "anthropic-claude-v1",
            "index": 0,
        },
        {
            "type": "reasoning.encrypted",
            "data": f"enc-{word}",
            "id": f"rs-{word}",
            "format": "openai-responses-v1",
            "index": 1,
        },
    ]


def tagged(key: str, number: int) -> str:
    """Return the same reasoning between think tags, as it stands at the head of the content."""
    return f"<think>\n{reasoning(key, number)}</think>\n\n"
