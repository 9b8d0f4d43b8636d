"""Reasoning between tags at the start of the content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .values import entries, members

if TYPE_CHECKING:
    from sealegs.jsons import Json
    from sealegs.knowledge import Payload
    from sealegs.wire import Message

__all__ = ["ThinkTags"]

_SET_OFF = "\"'`“‘«([{<"
"""What stands before a tag that a text speaks about, rather than uses."""


@dataclass(frozen=True, slots=True)
class ThinkTags:
    """Reasoning that the model writes into its content, between tags.

    Only what stands before the answer is reasoning: a span at the start of the content, spans that
    follow it directly, or, where the opening tag stood in the prompt, the text up to the first
    closing tag. A tag further on is part of the answer. A span that is not closed was cut off: all
    of it is reasoning.

    The payload is ``{"content": ...}``, the content as the model wrote it, because frameworks
    change the whitespace around tags or drop the whole. A list of nothing but text is the text that
    it spells; any other list stays one. Made of plain text it is
    ``{"prefix": ...}``, which goes before whatever the content is.

    Attributes:
        name: the format's name.
        wires: the wire formats in which it can occur.
        opening: the opening tag.
        closing: the closing tag.
    """

    name: str
    wires: frozenset[str]
    opening: str = "<think>"
    closing: str = "</think>"

    def read(self, message: Message) -> Payload | None:
        """Give the whole content, where it begins with reasoning that is not blank."""
        content = message.get("content")
        spans, _ = self._cut(_text(content))
        return {"content": _spelled(content)} if any(span.strip() for span in spans) else None

    def without(self, message: Message) -> Message:
        """Give the message with the answer alone as its content."""
        content = message.get("content")
        _, start = self._cut(_text(content))
        return {**message, "content": _after(content, start)} if start else message

    def write(self, message: Message, payload: Payload) -> Message | None:
        """Put the original content back, to the letter.

        Returns:
            ``None`` where the message has an answer, and not the one that the payload has
            (whitespace apart), or has something that is not text and would be lost.
        """
        here = message.get("content")
        if "prefix" in payload:
            return {**message, "content": _before(payload["prefix"], here)}
        content = payload["content"]
        if isinstance(content, str) and any(_is_other(part) for part in entries(here)):
            return None
        there = _text(content)
        shown = _text(here).split()
        if shown and "".join(shown) != "".join(there[self._cut(there)[1] :].split()):
            return None
        return {**message, "content": content}

    def signed(self, payload: Payload) -> bool:
        """Say no: what stands in the content is never signed."""
        del payload
        return False

    def text(self, payload: Payload) -> str:
        """Give what stands between the tags, a blank line between two spans."""
        spans, _ = self._cut(_text(payload.get("content", payload.get("prefix"))))
        return "\n\n".join(span.strip() for span in spans if span.strip())

    def plain(self, text: str) -> Payload | None:
        """Put plain text between tags; ``None`` where it has a closing tag itself."""
        if self.closing in text:
            return None
        return {"prefix": f"{self.opening}\n{text}\n{self.closing}\n\n"}

    def detached(self, message: Message) -> Message:
        """Give the message as it is: nothing else in it points to its reasoning."""
        return message

    def _cut(self, text: str) -> tuple[list[str], int]:
        """Find the reasoning: what stands between the tags, and where the answer starts."""
        spans: list[str] = []
        at = 0
        while True:
            start = len(text) - len(text[at:].lstrip())
            opened = text.startswith(self.opening, start)
            inner = start + len(self.opening) if opened else at
            if not opened and spans:
                return spans, start
            end = text.find(self.closing, inner) if opened else self._lone(text)
            if end < 0:
                return ([*spans, text[inner:]], len(text)) if opened else ([], 0)
            spans.append(text[inner:end])
            at = end + len(self.closing)

    def _lone(self, text: str) -> int:
        """Find the first closing tag if it closes what has no opening tag; -1 if it does not.

        A tag that the answer only mentions is told by what stands around it: a fence or quotes
        that are open, or a space before it in the middle of a line. In doubt it is a mention.
        """
        end = text.find(self.closing)
        if end < 0:
            return -1
        before, after = text[:end], text[end + len(self.closing) :]
        line = before.rsplit("\n", 1)[-1]
        quoted = before.count("```") % 2 or line.count("`") % 2 or after[:1] in {"`", '"', "'"}
        apart = line.strip() and (line[-1].isspace() or line[-1] in _SET_OFF)
        return -1 if self.opening in before or quoted or apart else end


def _spelled(content: Json) -> Json:
    """Give a list of bare texts as the text that it spells, and all else as it is."""
    bare = all(
        isinstance(p, str) or members(p).keys() <= {"type", "text"} for p in entries(content)
    )
    return _text(content) if bare and len(_leading(content)) == len(entries(content)) else content


def _text(content: Json) -> str:
    """Give the content's text; of a list, the text parts at its start."""
    return content if isinstance(content, str) else "".join(_leading(content))


def _leading(content: Json) -> list[str]:
    found: list[str] = []
    for part in entries(content):
        if _is_other(part):
            break
        found.append(part if isinstance(part, str) else members(part)["text"])
    return found


def _is_other(part: Json) -> bool:
    if isinstance(part, str):
        return False
    held = members(part)
    return held.get("type", "text") != "text" or not isinstance(held.get("text"), str)


def _after(content: Json, start: int) -> Json:
    """Give the content from a place in its text on; text parts that end before it go."""
    if isinstance(content, str):
        return content[start:]
    kept: list[Json] = []
    for part, text in zip(entries(content), _leading(content), strict=False):
        rest = text[start:]
        start = max(0, start - len(text))
        if rest:
            kept.append(rest if isinstance(part, str) else {**members(part), "text": rest})
    return kept + entries(content)[len(_leading(content)) :]


def _before(prefix: str, content: Json) -> Json:
    if isinstance(content, list):
        return [{"type": "text", "text": prefix}, *entries(content)]
    return prefix + content if isinstance(content, str) else prefix
