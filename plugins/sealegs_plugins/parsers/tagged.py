"""Calls that write each argument between tags, as bare text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sealegs.calls.following import Go, Note, State
from sealegs.calls.parsing import ParsedCall
from sealegs.jsons import Json, dump

from .common import DONE, FAIL, json_states

__all__ = ["invoked", "quoted", "read_blocks", "read_tagged", "value_states"]


def value_states(closers: Sequence[str], behind: Mapping[str, Go]) -> dict[str, State]:
    """Give the states of a value and of what stands behind it.

    A value may hold any text, closing tags too. So a closing tag only ends it where something
    follows that may follow an argument; otherwise it was part of the value.

    Args:
        closers: the tags that end a value.
        behind: what may follow it.
    """
    return {
        "value": State({tag: Go("behind", note="value_end") for tag in closers}),
        "behind": State(behind, other=Go("value")),
    }


def invoked(
    tags: Sequence[str], wrappers: Sequence[str], *, objects: bool = False
) -> tuple[dict[str, Go], dict[str, State]]:
    """Give the starts and states of ``<invoke name="…"><parameter name="…">``.

    Args:
        tags: what stands in front of each tag's name, in its spellings.
        wrappers: names of the tags that stand around all calls.
        objects: whether a JSON object may stand in the place of parameters.
    """
    call = {f'<{tag}invoke name="': Go("name", note="name") for tag in tags}
    argument = {f'<{tag}parameter name="': Go("key", note="key") for tag in tags}
    end = {f"</{tag}invoke>": Go("done", note="closed") for tag in tags}
    last = {f"</{tag}{name}>": Go(end="behind", note="closed") for tag in tags for name in wrappers}
    inside = {"{": Go("json", push="body", note="object")} if objects else {}
    states = {
        "open": State({**call, **dict.fromkeys(last, FAIL)}, other=FAIL),
        "name": State({'"': Go("named", note="name_end"), "\n": FAIL, "<": FAIL}),
        "named": State({">": Go("body")}, other=FAIL),
        "body": State({**argument, **end, **last, **inside}, other=FAIL, base=True),
        "key": State({'"': Go("kind", note="key_end"), "\n": FAIL, "<": FAIL}),
        "kind": State(
            {
                'string="true"': Go(note="string"),
                'string="false"': Go(note="json"),
                ">": Go("value", note="value"),
            },
            other=FAIL,
        ),
        **value_states([f"</{tag}parameter>" for tag in tags], {**argument, **end, **last}),
        "done": State({**call, **last}, other=DONE, mark=True),
        **(json_states() if objects else {}),
    }
    starts = {f"<{tag}{name}>": Go("open") for tag in tags for name in wrappers}
    return {**starts, **call}, states


def read_tagged(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    """Read calls of which each value is exactly what stands between its tags."""
    del schemas
    return _read(region, notes, whole=whole, block=False)


def read_blocks(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    """Read calls of which each value stands on lines of its own: a line break on each side."""
    del schemas
    return _read(region, notes, whole=whole, block=True)


@dataclass(slots=True)
class _Reading:
    """The calls of a region while its parts are gone through."""

    region: str
    block: bool
    found: list[ParsedCall] = field(default_factory=list[ParsedCall])
    open: bool = False
    name: str = ""
    values: dict[str, str] = field(default_factory=dict[str, str])
    kinds: dict[str, str] = field(default_factory=dict[str, str])
    key: str = ""
    body: int = -1  # where a JSON object starts
    name_start: int = 0
    key_start: int = 0
    start: int = -1  # of the value
    end: int = -1

    def take(self, note: Note) -> None:
        """Take the next part."""
        label, at, end = note
        if label == "name":
            self.open, self.name, self.values, self.kinds = True, "", {}, {}
            self.name_start, self.body = end, -1
        elif label == "name_end":
            self.name = self.region[self.name_start : at].strip()
        elif label == "key":
            self._settle()
            self.key_start = end
        elif label == "key_end":
            self.key = self.region[self.key_start : at].strip()
        elif label == "value":
            self.start = end
        elif label == "value_end":
            self.end = at
        elif label == "object":
            self.body = at
        elif label == "closed":
            self.close(at, whole=True)
        else:
            self.kinds[self.key] = label

    def close(self, at: int, *, whole: bool) -> None:
        """Take a call's end, which stands at ``at``."""
        self._settle()
        if self.open and self.name:
            self.found.append(ParsedCall(self.name, self._arguments(at), whole=whole))
        self.open = False

    def _settle(self) -> None:
        if self.start >= 0:
            text = self.region[self.start : self.end if self.end >= self.start else None]
            self.values[self.key] = _unblocked(text) if self.block else text
        self.start = self.end = -1

    def _arguments(self, at: int) -> str | dict[str, str]:
        if self.body >= 0:
            return self.region[self.body : at].strip()
        if not self.kinds:
            return self.values
        members = (
            f"{quoted(key)}: {text.strip() if self.kinds.get(key) == 'json' else quoted(text)}"
            for key, text in self.values.items()
        )
        return f"{{{', '.join(members)}}}"


def _read(
    region: str, notes: Sequence[Note], *, whole: bool, block: bool
) -> list[ParsedCall] | None:
    reading = _Reading(region, block)
    for note in notes:
        reading.take(note)
    reading.close(len(region), whole=whole)
    return reading.found or None


def _unblocked(text: str) -> str:
    return text.removeprefix("\n").removesuffix("\n")


def quoted(text: str) -> str:
    """Give a text as JSON."""
    return dump(text).decode("utf-8", "surrogatepass")
