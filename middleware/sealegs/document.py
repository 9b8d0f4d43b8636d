"""A request in JSON, read through spans and edited by splicing.

A wire format says by a `Layout` where things stand; this module finds them. Nothing is parsed that
nobody asks for, and a request without an edit is encoded as the very object that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sealegs.jsons import Json, dump, parse
from sealegs.spans import Span, array, members, splice
from sealegs.wire import Message, Role, Turn

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
    """

    turns: str
    role: Callable[[bytes], Role]
    dump: Callable[[Message], bytes] = dump
    grouped: bool = False
    system: str = ""
    tools: str = "tools"
    model: str = "model"
    stream: str = "stream"


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

    __slots__ = ("_body", "_edit", "_layout", "_members", "_model", "_spans", "_streams", "_turns")

    def __init__(
        self, body: bytes, layout: Layout, *, model_name: str = "", streams: bool = False
    ) -> None:
        self._body, self._layout, self._edit = body, layout, _Edit()
        self._members = members(body)
        at = self._members.get(layout.turns)
        if at is None:
            raise ValueError(f"the request has no member {layout.turns!r}")
        self._turns, self._spans = _read_turns(body, at, layout)
        self._model = self._text(layout.model) or model_name
        self._streams = streams or (
            bool(layout.stream) and self._raw(layout.stream).strip() == b"true"
        )

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
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def edited(
        self,
        *,
        turns: Mapping[int, Message] | None = None,
        parameters: Mapping[str, Json] | None = None,
    ) -> JsonDocument:
        """Give a copy with turns replaced and members set; see `sealegs.wire.Document.edited`."""
        if not turns and not parameters:
            return self
        new_turns = dict(self._edit.turns)
        read = list(self._turns)
        for index, message in (turns or {}).items():
            new_turns[index] = raw = self._layout.dump(message)
            read[index] = replace(read[index], raw=raw)
        new_members = dict(self._edit.members)
        for path, value in (parameters or {}).items():
            name, _, rest = path.partition(".")
            whole = _with(self.parameter(name), rest.split(".") if rest else [], value)
            new_members[name] = None if whole is None else dump(whole)
        return self._copy(_Edit(new_turns, new_members), tuple(read))

    def encode(self) -> bytes:
        """Give the request's bytes."""
        edits = [(self._spans[index], raw) for index, raw in self._edit.turns.items()]
        added: list[bytes] = []
        for name, raw in self._edit.members.items():
            at = self._members.get(name)
            if at is not None:
                edits.append((at, b"null" if raw is None else raw))
            elif raw is not None:
                added.append(dump(name) + b":" + raw)
        if added:
            end = self._body.rindex(b"}")
            lead = b"," if self._members else b""
            edits.append((Span(end, end), lead + b",".join(added)))
        return splice(self._body, edits)

    def _copy(self, edit: _Edit, turns: tuple[Turn, ...]) -> JsonDocument:
        copy = object.__new__(JsonDocument)
        for name in JsonDocument.__slots__:
            setattr(copy, name, getattr(self, name))
        copy._edit, copy._turns = edit, turns
        return copy

    def _raw(self, name: str) -> bytes:
        if name in self._edit.members:
            return self._edit.members[name] or b""
        at = self._members.get(name)
        return self._body[at.start : at.end] if at else b""

    def _text(self, name: str) -> str:
        raw = self._raw(name) if name else b""
        value = parse(raw) if raw else ""
        return value if isinstance(value, str) else ""


def _read_turns(
    body: bytes, at: Span, layout: Layout
) -> tuple[tuple[Turn, ...], tuple[Span, ...]]:
    if body[at.start : at.start + 1] == b'"':  # Responses: the input may be one user's text
        raw = body[at.start : at.end]
        return (Turn("user", raw, raw),), (at,)
    turns: list[Turn] = []
    spans: list[Span] = []
    for span in array(body, at):
        raw = body[span.start : span.end]
        role = layout.role(raw)
        if layout.grouped and role == "assistant" and turns and turns[-1].role == "assistant":
            spans[-1] = span = Span(spans[-1].start, span.end)
            raw = body[span.start : span.end]
            turns[-1] = Turn(role, raw, raw)
            continue
        spans.append(span)
        turns.append(Turn(role, raw, raw))
    return tuple(turns), tuple(spans)


def _with(whole: Json, path: Sequence[str], value: Json) -> Json:
    """Give a copy of a value with the member at a path set, or removed where it is ``None``."""
    if not path:
        return value
    copy = dict(whole) if isinstance(whole, dict) else {}
    inner = _with(copy.get(path[0]), path[1:], value)
    if inner is None:
        copy.pop(path[0], None)
    else:
        copy[path[0]] = inner
    return copy
