"""A request in JSON, read through spans and edited by splicing.

A wire format says by a `Layout` where things stand. Nothing is parsed that nobody asks for, and a
request without an edit is encoded as the very object that was read.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from sealegs.jsons import Json, canonical, dump, is_object, parse
from sealegs.layout import Layout, holes, read_quickly, read_turns, starts_of
from sealegs.respell import respelled
from sealegs.spans import Span, array, members, splice
from sealegs.wire import Message, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["JsonDocument"]


@dataclass(frozen=True, slots=True)
class _Edit:
    """What has been changed so far, by the name of a top-level member."""

    turns: Mapping[int, bytes] = field(default_factory=dict[int, bytes])
    added: tuple[bytes, ...] = ()
    members: Mapping[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])


_UNEDITED = _Edit()


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
        "_lengths",
        "_members",
        "_model",
        "_starts",
        "_streams",
        "_turns",
    )

    def __init__(
        self, body: bytes, layout: Layout, *, model_name: str = "", streams: bool = False
    ) -> None:
        self._body, self._layout, self._edit = body, layout, _UNEDITED
        self._members: Mapping[str, Span] | None = None
        self._starts: Sequence[int] | None = None
        self._lengths: Sequence[int] | None = None  # of turns that stand otherwise than they came
        quick = None if layout.grouped else read_quickly(body, layout)
        if quick is None:
            at = self._where().get(layout.turns)
            if at is None:
                raise ValueError(f"the request has no member {layout.turns!r}")
            self._fields: dict[str, bytes] = {}
            self._turns, self._starts = read_turns(body, at, layout)
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
        if not raw:
            return None
        value = parse(raw)
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
        edit = _Edit(new_turns, self._edit.added, self._set(parameters or {}))
        return self._copy(edit, tuple(read))

    def extended(self, messages: Sequence[Message]) -> JsonDocument:
        """Give a copy with messages added at the end; see `sealegs.wire.Document.extended`."""
        if not messages:
            return self
        self._places()
        spelled = [self._layout.dump(message) for message in messages]
        role = self._layout.role
        turns = [Turn(role(raw), raw, b"") for raw in spelled]
        edit = _Edit(self._edit.turns, (*self._edit.added, *spelled), self._edit.members)
        return self._copy(edit, (*self._turns, *turns))

    def arranged(self, order: Sequence[int]) -> JsonDocument:
        """Give a copy with turns arranged otherwise; see `sealegs.wire.Document.arranged`."""
        if list(order) == list(range(len(self._turns))):
            return self
        body = self.encode()
        at = members(body)[self._layout.turns]
        turns = tuple([_listed(self._turns[index]) for index in order])
        listed = b"[" + b",".join([turn.raw for turn in turns]) + b"]"
        copy = self._copy(_UNEDITED, turns)
        copy._body, copy._members, copy._fields = splice(body, [(at, listed)]), None, {}
        copy._lengths = lengths = [len(turn.raw) for turn in turns]
        before = itertools.accumulate(lengths, lambda start, length: start + length + 1, initial=0)
        copy._starts = [at.start + 1 + start for start in before][:-1]
        return copy

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
        if self._edit is _UNEDITED or self._edit == _UNEDITED:
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
            edits += [(span, b"") for span in holes(self._body, there, removed)]
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
            if not rest:
                fresh[name] = value
                continue
            before = fresh[name] if name in fresh else self.parameter(name)
            fresh[name] = _with(before, rest.split("."), value)
        for name, value in fresh.items():
            if type(value) is msgspec.Raw:  # known to be new, and spelled already
                changed[name] = bytes(value)
                continue
            raw = self._raw(name)
            if value is None and (raw or name in changed):
                changed[name] = None
            elif value is not None and not (raw and canonical(parse(raw)) == canonical(value)):
                changed[name] = dump(value)
        return changed

    def _turn_edits(self) -> list[tuple[Span, bytes]]:
        if not (self._edit.turns or self._edit.added):
            return []
        starts = self._places()
        if len(starts) == 1 and self._body[starts[0] : starts[0] + 1] == b'"':
            return [self._listed(starts[0])]
        lengths = self._lengths or [len(turn.origin) for turn in self._turns]
        spans = [Span(start, start + lengths[n]) for n, start in enumerate(starts)]
        edits = [
            (spans[index], raw) for index, raw in self._edit.turns.items() if index < len(spans)
        ]
        if self._edit.added:
            added = self._additions(len(spans))
            if spans:
                edits.append((Span(spans[-1].end, spans[-1].end), b"," + added))
            else:
                at = self._where()[self._layout.turns]
                edits.append((at, b"[" + added + b"]"))
        return edits

    def _listed(self, start: int) -> tuple[Span, bytes]:
        """Spell a text as a list of turns, once there is more to say than the text."""
        text = self._turns[0].origin
        first = self._edit.turns.get(0, _listed(self._turns[0]).raw)
        whole = b",".join(filter(None, (first, self._additions(1))))
        return Span(start, start + len(text)), b"[" + whole + b"]"

    def _additions(self, first: int) -> bytes:
        """Join the added turns, as edited since."""
        added = enumerate(self._edit.added, first)
        return b",".join([self._edit.turns.get(index, raw) for index, raw in added])

    def _where(self) -> Mapping[str, Span]:
        """Find the members; only an edit of one, or a look at an unusual one, needs to know."""
        if self._members is None:
            self._members = members(self._body)
        return self._members

    def _places(self) -> Sequence[int]:
        """Find where each turn starts; only an edit needs to know."""
        if self._starts is None:
            self._starts = starts_of(self._body, self._turns)
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


def _listed(turn: Turn) -> Turn:
    """Give a turn as it stands in a list, where it may have been a text alone."""
    if turn.raw[:1] != b'"':
        return turn
    return Turn(turn.role, b'{"role":"user","content":' + turn.raw + b"}", turn.origin)


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
