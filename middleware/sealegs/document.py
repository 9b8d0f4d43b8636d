"""A request in JSON, read through spans and edited by splicing.

A wire format says by a `Layout` where things stand; this module finds them. Nothing is parsed that
nobody asks for, and a request without an edit is encoded as the very object that was read.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from sealegs.jsons import Json, canonical, dump, is_object, parse
from sealegs.respell import respelled
from sealegs.spans import Span, array, members, splice
from sealegs.wire import Message, Role, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence, Set

__all__ = ["JsonDocument", "Layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a wire format keeps what.

    Attributes:
        turns: the member that holds the list of messages or items.
        role: gives the role of one raw item; called once for each item.
        dump: writes a message back; several items of one turn are joined by commas.
        grouped: whether consecutive assistant items make one turn (Responses).
        system: the member that holds a system prompt beside the messages, if the format has one.
        tools: the member that holds the tool definitions.
        model: the member that holds the model's name, or an empty string (then `model_name`).
        stream: the member that asks for a stream, or an empty string.
        streams: whether a stream comes where that member is absent (Ollama).
    """

    turns: str
    role: Callable[[bytes], Role]
    dump: Callable[[Message], bytes] = dump
    grouped: bool = False
    system: str = ""
    tools: str = "tools"
    model: str = "model"
    stream: str = "stream"
    streams: bool = False


@dataclass(frozen=True, slots=True)
class _Edit:
    """What has been changed so far, by the name of a top-level member."""

    turns: Mapping[int, bytes] = field(default_factory=dict[int, bytes])
    members: Mapping[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])


class JsonDocument:
    """A request's JSON body; see `sealegs.wire.Document`.

    Args:
        body: the bytes as they came.
        layout: where the format keeps what.
        model_name: the model, where the body does not name it.
        streams: whether a stream is asked for, where the body does not say it.

    Raises:
        ValueError: the body is not a JSON object, or holds no list of turns.
    """

    __slots__ = (
        "_body",
        "_edit",
        "_fields",
        "_layout",
        "_members",
        "_model",
        "_starts",
        "_streams",
        "_turns",
    )

    def __init__(
        self, body: bytes, layout: Layout, *, model_name: str = "", streams: bool = False
    ) -> None:
        self._body, self._layout, self._edit = body, layout, _Edit()
        self._members: Mapping[str, Span] | None = None
        self._starts: Sequence[int] | None = None
        quick = None if layout.grouped else _quickly(body, layout)
        if quick is None:
            at = self._where().get(layout.turns)
            if at is None:
                raise ValueError(f"the request has no member {layout.turns!r}")
            self._fields: dict[str, bytes] = {}
            self._turns, self._starts = _read_turns(body, at, layout)
        else:
            self._fields, self._turns = quick
        self._model = self._text(layout.model) or model_name
        asked = self._raw(layout.stream)
        self._streams = streams or (asked == b"true" if asked else layout.streams)

    @property
    def model(self) -> str:
        """The model's name as requested."""
        return self._model

    @property
    def turns(self) -> Sequence[Turn]:
        """The conversation, in order."""
        return self._turns

    @property
    def system(self) -> bytes:
        """The system prompt that stands beside the messages, raw."""
        return self._raw(self._layout.system)

    @property
    def tools(self) -> bytes:
        """The tool definitions, raw."""
        return self._raw(self._layout.tools)

    @property
    def streams(self) -> bool:
        """Whether the reply is asked for as a stream."""
        return self._streams

    def parameter(self, path: str) -> Json:
        """Read a member by its dotted path; ``None`` where there is none."""
        name, _, rest = path.partition(".")
        raw = self._raw(name)
        value = parse(raw) if raw else None
        for key in rest.split(".") if rest else ():
            value = value.get(key) if is_object(value) else None
        return value

    def edited(
        self,
        *,
        turns: Mapping[int, Message | bytes] | None = None,
        parameters: Mapping[str, Json] | None = None,
    ) -> JsonDocument:
        """Give a copy with turns replaced and members set; see `sealegs.wire.Document.edited`."""
        if not turns and not parameters:
            return self
        if turns:
            self._places()  # what cannot be edited must fail here, where a layer can fail open
        if parameters:
            self._where()
        new_turns = dict(self._edit.turns)
        read = list(self._turns)
        for index, turn in (turns or {}).items():
            new_turns[index] = raw = turn if isinstance(turn, bytes) else self.spelled(index, turn)
            read[index] = Turn(read[index].role, raw, read[index].origin)
        return self._copy(_Edit(new_turns, self._set(parameters or {})), tuple(read))

    def spelled(self, index: int, message: Message) -> bytes:
        """Spell a turn's new message; what was not edited keeps its very bytes."""
        raw = self._turns[index].raw
        if not self._layout.grouped:
            return respelled(raw, message) if raw[:1] == b"{" else self._layout.dump(message)
        if "items" not in message:
            return respelled(raw, message)
        return respelled(b"[" + raw + b"]", message["items"])[1:-1]

    def encode(self) -> bytes:
        """Give the request's bytes."""
        if not (self._edit.turns or self._edit.members):
            return self._body
        there: Mapping[str, Span] = self._where() if self._edit.members else {}
        edits = self._turn_edits()
        removed = {name for name, raw in self._edit.members.items() if raw is None}
        added: list[bytes] = []
        for name, raw in self._edit.members.items():
            at = there.get(name)
            if raw is not None and at is not None:
                edits.append((at, raw))
            elif raw is not None:
                added.append(dump(name) + b":" + raw)
        if removed:
            edits += [(span, b"") for span in _holes(self._body, there, removed)]
        if added:
            end = self._body.rindex(b"}")
            lead = b"," if there.keys() - removed else b""
            edits.append((Span(end, end), lead + b",".join(added)))
        return splice(self._body, edits)

    def _set(self, parameters: Mapping[str, Json]) -> Mapping[str, bytes | None]:
        """Give the changed members; setting what is there already changes nothing."""
        changed = dict(self._edit.members)
        fresh: dict[str, Json] = {}
        for path, value in parameters.items():
            name, _, rest = path.partition(".")
            before = fresh[name] if name in fresh else self.parameter(name)
            fresh[name] = _with(before, rest.split(".") if rest else [], value)
        for name, value in fresh.items():
            raw = self._raw(name)
            if value is None and (raw or name in changed):
                changed[name] = None
            elif value is not None and not (raw and canonical(parse(raw)) == canonical(value)):
                changed[name] = dump(value)
        return changed

    def _turn_edits(self) -> list[tuple[Span, bytes]]:
        if not self._edit.turns:
            return []
        starts = self._places()
        if len(starts) == 1 and self._body[starts[0] : starts[0] + 1] == b'"':
            whole = Span(starts[0], starts[0] + len(self._turns[0].origin))
            return [(whole, b"[" + self._edit.turns[0] + b"]")]  # a text, in place of a list
        return [
            (Span(starts[index], starts[index] + len(self._turns[index].origin)), raw)
            for index, raw in self._edit.turns.items()
        ]

    def _where(self) -> Mapping[str, Span]:
        """Find the members; only an edit of one, or a look at an unusual one, needs to know."""
        if self._members is None:
            self._members = members(self._body)
        return self._members

    def _places(self) -> Sequence[int]:
        """Find where each turn starts; only an edit needs to know."""
        if self._starts is None:
            self._starts = _together(self._body, self._turns)
        if self._starts is None:
            at = self._where()[self._layout.turns]
            self._starts = [span.start for span in array(self._body, at)]
        return self._starts

    def _copy(self, edit: _Edit, turns: tuple[Turn, ...]) -> JsonDocument:
        copy = object.__new__(JsonDocument)
        for name in JsonDocument.__slots__:
            setattr(copy, name, getattr(self, name))
        copy._edit, copy._turns = edit, turns
        return copy

    def _raw(self, name: str) -> bytes:
        if name in self._edit.members:
            return self._edit.members[name] or b""
        known = self._fields.get(name)
        if known is None and name:
            at = self._where().get(name)
            known = self._body[at.start : at.end] if at else b""
        return known or b""

    def _text(self, name: str) -> str:
        raw = self._raw(name) if name else b""
        value = parse(raw) if raw else ""
        return value if isinstance(value, str) else ""


def _together(body: bytes, turns: Sequence[Turn]) -> Sequence[int] | None:
    """Find turns that stand in a list as most clients write one: evenly, one after the other."""
    raws = [turn.origin for turn in turns]
    found = [
        starts
        for at in (_beginnings(body, b"[" + raws[0][:80]) if raws else ())
        for gap in (2, 1)  # a comma and a space, or a comma alone
        if (starts := _evenly(body, at + 1, gap, raws))
    ]
    return found[0] if len(found) == 1 else None  # twice the same list: it takes a closer look


def _evenly(body: bytes, at: int, gap: int, raws: Sequence[bytes]) -> list[int] | None:
    starts: list[int] = []
    for raw in raws:
        if not body.startswith(raw, at):
            return None
        starts.append(at)
        at += len(raw) + gap
    return starts


def _beginnings(body: bytes, head: bytes) -> Iterator[int]:
    """Find where a short text stands; the search for a long one takes far longer."""
    at = body.find(head)
    while at >= 0:
        yield at
        at = body.find(head, at + 1)


def _quickly(
    body: bytes, layout: Layout
) -> tuple[dict[str, bytes], tuple[Turn, ...]] | None:
    """Read the turns and the members that a layout names in one pass, without their places.

    Returns:
        The members named by the layout (empty where there is none) and the turns, or ``None`` where
        the text is not of the usual kind.
    """
    try:
        found = _decoder(layout)(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    raws = [bytes(raw) for raw in found.turns]
    role = layout.role
    fields = {
        layout.system: bytes(found.system),
        layout.tools: bytes(found.tools),
        layout.model: bytes(found.model),
        layout.stream: bytes(found.stream),
    }
    fields.pop("", None)
    return fields, tuple([Turn(role(raw), raw, raw) for raw in raws])


@cache
def _decoder(layout: Layout) -> Callable[[bytes], Any]:
    """Make the decoder that reads what a layout names and skips all else."""
    names = {"turns": layout.turns, "system": layout.system, "tools": layout.tools}
    names |= {"model": layout.model, "stream": layout.stream}
    named = {attribute: name or f"-{attribute}" for attribute, name in names.items()}
    missing = msgspec.Raw(b"")
    shape = msgspec.defstruct(
        "Request",
        [
            ("turns", list[msgspec.Raw]),
            ("system", msgspec.Raw, missing),
            ("tools", msgspec.Raw, missing),
            ("model", msgspec.Raw, missing),
            ("stream", msgspec.Raw, missing),
        ],
        rename=named.get,
        gc=False,
    )
    return msgspec.json.Decoder(shape).decode


def _read_turns(body: bytes, at: Span, layout: Layout) -> tuple[tuple[Turn, ...], Sequence[int]]:
    if body[at.start : at.start + 1] == b'"':  # Responses: the input may be one user's text
        raw = body[at.start : at.end]
        return (Turn("user", raw, raw),), (at.start,)
    turns: list[Turn] = []
    starts: list[int] = []
    for start, end in array(body, at):
        raw = body[start:end]
        role = layout.role(raw)
        if layout.grouped and role == "assistant" and turns and turns[-1].role == "assistant":
            raw = body[starts[-1] : end]
            turns[-1] = Turn(role, raw, raw)
            continue
        starts.append(start)
        turns.append(Turn(role, raw, raw))
    return tuple(turns), starts


def _holes(body: bytes, spans: Mapping[str, Span], removed: Set[str]) -> list[Span]:
    """Find what goes when members go: their keys, their values and a comma each.

    A member goes with the comma before it; where all before it go too, with the comma after it.
    """
    names = list(spans)
    stays = next((n for n, name in enumerate(names) if name not in removed), len(names))
    start = _key(body, body.index(b"{") + 1)
    if stays == len(names):
        return [Span(start, spans[names[-1]].end)] if names else []
    holes = [Span(start, _key(body, spans[names[stays - 1]].end))] if stays else []
    for before, name in itertools.pairwise(names[stays:]):
        if name in removed:
            holes.append(Span(spans[before].end, spans[name].end))
    return holes


def _key(body: bytes, position: int) -> int:
    """Find where the next key begins, or its place where there is none."""
    found = body.find(b'"', position)
    return found if found >= 0 else position


def _with(whole: Json, path: Sequence[str], value: Json) -> Json:
    """Give a copy of a value with the member at a path set, or removed where it is ``None``."""
    if not path:
        return value
    copy = dict(whole) if is_object(whole) else {}
    inner = _with(copy.get(path[0]), path[1:], value)
    if inner is not None:
        copy[path[0]] = inner
        return copy
    copy.pop(path[0], None)
    return copy if is_object(whole) else whole
