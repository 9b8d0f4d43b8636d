"""Which provider a request goes to: the first row that fits its wire, host, path and model."""

from __future__ import annotations

import fnmatch
import re
import urllib.parse
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from sealegs.knowledge import Provider, Sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sealegs.jsons import Json
    from sealegs.wire import RequestHead

__all__ = ["GUESS_RANK", "Directory", "family"]

GUESS_RANK = 700
"""Rows of this rank and above are a model's rules or defaults: they do not say whose host it is."""

_MEMO_SIZE = 1024
_ABSENT = object()

_VENDOR = re.compile(r"(?:[a-z-]{2,8}\.)?[a-z][a-z0-9]*\.(?=[a-z])")
_SUFFIX = re.compile(
    r"(?:[-@]\d{8}|-\d{4}-\d{2}-\d{2}|-v?\d+:\d+|-latest|@default|:[a-z-]+|\.gguf)$"
)
_REVISION = re.compile(r"-v\d+$")


@lru_cache(maxsize=1024)
def family(model: str) -> str:
    """Give a model's name without its vendor, its date and its route.

    Bedrock's dotted names lose the vendor and the revision, paths all but their last part. A tag
    with a digit, as Ollama has them for sizes, stays.

    >>> family("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    'claude-sonnet-4-5'
    >>> family("accounts/fireworks/models/glm-4p7"), family("moonshotai/Kimi-K2.6:free")
    ('glm-4p7', 'kimi-k2.6')
    >>> family("gpt-5-mini-2025-08-07"), family("qwen3:4b"), family("deepseek-v4")
    ('gpt-5-mini', 'qwen3:4b', 'deepseek-v4')
    """
    name = _bare(urllib.parse.unquote(model).strip().lower().rpartition("/")[2])
    vendor = _VENDOR.match(name)
    return _bare(_REVISION.sub("", name[vendor.end() :])) if vendor else name


def _bare(name: str) -> str:
    while found := _SUFFIX.search(name):
        name = name[: found.start()]
    return name


def _globs(patterns: Sequence[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))


def _child(value: Json, name: str) -> Json:
    if isinstance(value, dict):
        return cast("Mapping[str, Json]", value).get(name, _ABSENT)
    if isinstance(value, list) and name.isdecimal():
        items = cast("Sequence[Json]", value)
        return items[int(name)] if int(name) < len(items) else _ABSENT
    return _ABSENT


@dataclass(frozen=True, slots=True)
class _Mark:
    """A sign, ready to be looked for."""

    path: tuple[str, ...]
    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, sign: Sign) -> _Mark:
        pattern = re.compile(sign.pattern) if sign.pattern else None
        return cls(tuple(sign.path.split(".")), pattern)

    def fits(self, reply: Json) -> bool:
        value = reply
        for name in self.path:
            value = _child(value, name)
        if value is _ABSENT:
            return False
        return self.pattern is None or bool(self.pattern.search(str(value)))


@dataclass(frozen=True, slots=True)
class _Row:
    """A provider with its globs compiled."""

    provider: Provider
    hosts: re.Pattern[str] | None
    paths: re.Pattern[str] | None
    models: re.Pattern[str] | None
    marks: tuple[_Mark, ...]

    @classmethod
    def of(cls, row: Provider) -> _Row:
        marks = tuple(_Mark.of(sign) for sign in row.signs)
        return cls(row, _globs(row.hosts), _globs(row.paths), _globs(row.models), marks)

    def fits(self, head: RequestHead, model: str) -> bool:
        """Say whether all three globs fit; a row without hosts is known by its signs alone."""
        return bool(
            self.hosts
            and self.hosts.match(head.host)
            and self.paths
            and self.paths.match(head.path)
            and self.models
            and self.models.match(model)
        )


def _refuse_twins(rows: Sequence[Provider]) -> None:
    seen: dict[object, Provider] = {}
    for row in rows:
        key = (row.name, row.wires, row.hosts, row.models, row.paths, row.signs)
        if (twin := seen.setdefault(key, row)) is not row:
            raise ValueError(
                f"two rows named {row.name!r} match the same requests: "
                f"one from {twin.source!r}, one from {row.source!r}"
            )


class Directory:
    """All providers' rows, ready for matching.

    Globs are fnmatch's: of hosts (lower case, with the port where the request has one), of URL
    paths, and of model families (see `family`). A row without hosts is never found by a request,
    only by what its replies look like.

    Attributes:
        rows: all rows, in the order in which they are asked.
    """

    def __init__(self, rows: Iterable[Provider]) -> None:
        """Sort and compile the rows.

        Raises:
            ValueError: two rows have one name and match the same requests, or a sign's pattern is
                no regular expression.
        """
        self.rows = tuple(sorted(rows, key=lambda row: (row.rank, row.name)))
        _refuse_twins(self.rows)
        self._by_wire: dict[str, tuple[_Row, ...]] = {}
        compiled = [_Row.of(row) for row in self.rows]
        for wire in {wire for row in self.rows for wire in row.wires}:
            self._by_wire[wire] = tuple(row for row in compiled if wire in row.provider.wires)
        self._memo: dict[tuple[str, str, str, str], Provider] = {}

    def find(self, wire: str, head: RequestHead, model: str) -> Provider:
        """Give the row for a request.

        Args:
            wire: the wire format's name.
            head: the request; its host and path count.
            model: the model's name as requested; empty where there is none.

        Returns:
            The first row that fits, by rank and name; where none does, a row named ``unknown``,
            which demands nothing and takes reasoning back as it arrived.
        """
        key = (wire, head.host, head.path, model)
        if (known := self._memo.get(key)) is not None:
            return known
        found = self._first(wire, head, family(model))
        if len(self._memo) >= _MEMO_SIZE:
            # A fresh dict, for another thread may be reading the old one.
            self._memo = {}
        self._memo[key] = found
        return found

    def _first(self, wire: str, head: RequestHead, model: str) -> Provider:
        for row in self._by_wire.get(wire, ()):
            if row.fits(head, model):
                return row.provider
        return Provider(name="unknown", wires=frozenset((wire,)), hosts=("*",), rank=GUESS_RANK)

    def guessed(self, row: Provider) -> bool:
        """Say whether a found row tells nothing of the host, so that the reply should be asked."""
        return row.rank >= GUESS_RANK

    def recognise(self, wire: str, reply: Json) -> Provider | None:
        """Give the row of which any sign is in a reply.

        Args:
            wire: the wire format's name.
            reply: a whole reply or an event's data, parsed. An index stands for a list's member:
                ``choices.0.matched_stop``.

        Returns:
            The first such row by rank and name, or ``None``.
        """
        for row in self._by_wire.get(wire, ()):
            if any(mark.fits(reply) for mark in row.marks):
                return row.provider
        return None
