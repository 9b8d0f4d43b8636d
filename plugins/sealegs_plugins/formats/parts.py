"""Reasoning as parts among a message's other parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .places import BLANK, moved, unmoved
from .values import entries, filled, members, sealed, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from sealegs.jsons import Json
    from sealegs.knowledge import Payload
    from sealegs.wire import Message

__all__ = ["PartsFormat"]


@dataclass(frozen=True, slots=True)
class _Split:
    """A message's parts, told apart.

    Attributes:
        reasoning: each reasoning part, with the number of ordinary parts before it.
        attributes: kind, number among its kind, name and value of what ordinary parts carry.
        ordinary: the other parts, without those attributes.
        kinds: their kinds.
    """

    reasoning: list[tuple[int, Json]]
    attributes: list[tuple[str, int, str, Json]]
    ordinary: list[Json]
    kinds: list[str]


@dataclass(frozen=True, slots=True)
class PartsFormat:
    """Reasoning that stands as parts of its own, and as attributes of ordinary parts.

    The payload is ``{"parts": [[anchor, part], ...], "attributes": [[kind, i, name, value], ...],
    "kinds": [kind, ...]}``. ``kinds`` are those of the ordinary parts, ``text`` for text and an
    empty name for a text part without text; an anchor is how many of these stand before the part;
    an attribute belongs to the i-th part of its kind, and finds it again only where the message
    has as many parts of that kind. Parts whose anchors are all 0 fit before everything. A payload
    without ``kinds`` (made of text, or a provider's dummy) fits wherever its places exist.

    Attributes:
        name: the format's name.
        wires: the wire formats in which it can occur.
        member: the member that holds the parts.
        types: a part whose ``type`` is one of these is reasoning.
        keys: a part that has one of these members is reasoning.
        flag: a text part is reasoning where this member is true.
        attributes: members of ordinary parts that belong to reasoning. A text part without text
            that carries a seal is a reasoning part.
        seals: names of signatures and encrypted data, each with what its value begins with.
        loose: the kind of part that holds text, as the parts themselves name it.
        text_type: the ``type`` of a text part, where parts have one.
        tied: types of parts whose ``id`` is only good together with the reasoning.
        paired: a reasoning part must be followed by the kind of part that followed it.
        joint: what is put between the texts of one part.
        plain_part: makes a reasoning part of text, where that is enough.
    """

    name: str
    wires: frozenset[str]
    member: str = "content"
    types: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    flag: str = ""
    attributes: tuple[str, ...] = ()
    seals: Mapping[str, str] = field(default_factory=dict[str, str])
    loose: str = "text"
    text_type: str = ""
    tied: frozenset[str] = frozenset()
    paired: bool = False
    joint: str = ""
    plain_part: Callable[[str], Json] | None = None

    def read(self, message: Message) -> Payload | None:
        """Read the reasoning parts and attributes that are not blank.

        Attributes that are no seals do not make a turn one with reasoning; they go with it.
        """
        split = self._split(message)
        parts = [[anchor, part] for anchor, part in split.reasoning if self._says(part)]
        attributes = [list(found) for found in split.attributes if filled(found[3])]
        payload = {"parts": parts, "attributes": attributes, "kinds": split.kinds}
        return payload if parts or self.signed(payload) else None

    def without(self, message: Message) -> Message:
        """Take the reasoning parts and attributes out."""
        split = self._split(message)
        if not split.reasoning and not split.attributes:
            return message
        return {**message, self.member: split.ordinary}

    def write(self, message: Message, payload: Payload) -> Message | None:
        """Put the parts and attributes back where they were.

        Returns:
            ``None`` where a place is not there any more, by the rules of the class and of
            `places.moved`.
        """
        if not isinstance(message.get(self.member), list | str | None):
            return None
        split = self._split(message)
        places = self._places(payload, split.kinds)
        ordinary = _attached(payload, split)
        if places is None or ordinary is None:
            return None
        parts = [part for _, part in payload.get("parts", [])]
        for place, part in reversed([*zip(places, parts, strict=True)]):
            ordinary.insert(place, part)  # places ascend: from the end, those before it stay
        return {**message, self.member: ordinary}

    def signed(self, payload: Payload) -> bool:
        """Say whether a part or an attribute is a signature or encrypted."""
        attributes = payload.get("attributes", [])
        return any(sealed(part, self.seals) for _, part in payload.get("parts", [])) or any(
            sealed({name: value}, self.seals) for _, _, name, value in attributes
        )

    def text(self, payload: Payload) -> str:
        """Give the parts' texts, a blank line between two parts."""
        said = [self.joint.join(texts(part)) for _, part in payload.get("parts", [])]
        return "\n\n".join(text for text in said if text)

    def plain(self, text: str) -> Payload | None:
        """Make one part of plain text, which stands before everything."""
        return {"parts": [[0, self.plain_part(text)]]} if self.plain_part else None

    def detached(self, message: Message) -> Message:
        """Take the ids out of parts that the API would ask the reasoning of."""
        parts = self._parts(message)
        loose = [_less(p, {"id"}) if _type(members(p)) in self.tied else p for p in parts]
        return {**message, self.member: loose} if loose != parts else message

    def _places(self, payload: Payload, now: Sequence[str]) -> list[int] | None:
        anchors = [anchor for anchor, _ in payload.get("parts", [])]
        then = payload.get("kinds")
        first = [0] * len(anchors) if not any(anchors) else None
        if then is None:
            return first
        places = moved(anchors, then, now) or first
        if places is None or not self.paired:
            return places
        same = all(unmoved(a, then, p, now) for a, p in zip(anchors, places, strict=True))
        return places if same else None

    def _split(self, message: Message) -> _Split:
        split = _Split([], [], [], [])
        for part in self._parts(message):
            kind = self._kind(part)
            if self._is_reasoning(part, kind):
                split.reasoning.append((len(split.kinds), part))
                continue
            own = {name: part[name] for name in self.attributes if name in members(part)}
            if own:
                number = split.kinds.count(kind)
                split.attributes.extend((kind, number, name, own[name]) for name in own)
            split.ordinary.append(_less(part, own) if own else part)
            split.kinds.append(kind)
        return split

    def _parts(self, message: Message) -> list[Json]:
        content = message.get(self.member)
        if isinstance(content, str) and content:
            typed = {"type": self.text_type} if self.text_type else {}
            return [{**typed, "text": content}]
        return entries(content)

    def _kind(self, part: Json) -> str:
        held = members(part)
        kind = _type(held)
        if not kind:
            own = {self.flag, *self.attributes}
            names = sorted(name.replace("_", "").lower() for name in held if name not in own)
            kind = "text" if "text" in names or not names else names[0]
        if kind != self.loose:
            return kind
        return "text" if any(filled(text) for text in texts(part)) else BLANK

    def _is_reasoning(self, part: Json, kind: str) -> bool:
        held = members(part)
        if _type(held) in self.types or not self.keys.isdisjoint(held):
            return True
        if kind not in {"text", BLANK}:
            return False
        bare = kind == BLANK and any(sealed({n: held.get(n)}, self.seals) for n in self.attributes)
        return bare or held.get(self.flag) is True

    def _says(self, part: Json) -> bool:
        return sealed(part, self.seals) or any(filled(text) for text in texts(part))


def _attached(payload: Payload, split: _Split) -> list[Json] | None:
    """Put the attributes on the parts that they belong to."""
    parts = list(split.ordinary)
    then = payload.get("kinds")
    for kind, number, name, value in payload.get("attributes", []):
        same = [i for i, found in enumerate(split.kinds) if found == kind]
        if number >= len(same) or (then is not None and then.count(kind) != len(same)):
            return None
        parts[same[number]] = {**members(parts[same[number]]), name: value}
    return parts


def _type(part: Mapping[str, Json]) -> str:
    value = part.get("type", "message" if "role" in part else "")
    return value if isinstance(value, str) else ""


def _less(part: Json, names: Container[str]) -> Json:
    return {name: value for name, value in members(part).items() if name not in names}
