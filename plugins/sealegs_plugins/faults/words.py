"""How a provider words what it refuses, as rows: one for each kind of error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sealegs.flow import Event
from sealegs.framing import framer
from sealegs.jsons import Json, dump
from sealegs.knowledge import Evidence
from sealegs.perturbation.edits import ErrorKind
from sealegs.wire import Framing

__all__ = ["CHECKED", "Table", "Words", "made_event"]

CHECKED = "2026-11-27"
"""When the rows were last compared with their sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One kind of error as one provider says it.

    Attributes:
        type: the provider's own name of it.
        message: its usual words.
        source: where they are seen, as ``owner/repo#number`` or an address.
        code: a further code, where the provider gives one.
        param: the request's member that it is about.
        plain: the words are our own, and only the rest of the row is the source's.
        evidence: how sure the row is.
        checked: when the row was compared with its source.
    """

    type: str
    message: str
    source: str
    code: Json = None
    param: Json = None
    plain: bool = False
    evidence: Evidence = "documented"
    checked: str = CHECKED


Table: TypeAlias = Mapping[ErrorKind, Words]
"""Words for every kind of error."""


def made_event(framing: Framing, name: str, data: Json) -> Event:
    r"""Make an event, framed as those of server-sent events or of lines.

    >>> made_event("sse", "error", {"a": 1}).raw
    b'event: error\ndata: {"a":1}\n\n'
    """
    text = dump(data)
    return Event(framer(framing).write(Event(b"", name, b""), text), name, text, data)
