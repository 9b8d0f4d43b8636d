"""Which dialect a request's tools are written in: the first that fits wire, provider and model."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sealegs.schema.dialect import Dialect

__all__ = ["Dialects"]

_MEMO_SIZE = 1024


def _globs(patterns: Sequence[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))


class _Row:
    """A dialect with its globs compiled; one without providers is never found by a request."""

    __slots__ = ("_models", "_providers", "dialect")

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._providers, self._models = _globs(dialect.providers), _globs(dialect.models)

    def fits(self, provider: str, family: str) -> bool:
        return bool(
            self._providers
            and self._providers.match(provider)
            and self._models
            and self._models.match(family)
        )


class Dialects:
    """All dialects, ready for matching.

    Attributes:
        every: all dialects, in the order in which they are asked.
    """

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        """Sort and compile the dialects.

        Raises:
            ValueError: two share a name, or one names another that is not there.
        """
        self.every = tuple(sorted(dialects, key=lambda dialect: (dialect.rank, dialect.name)))
        self._by_name: dict[str, Dialect] = {}
        for dialect in self.every:
            if (twin := self._by_name.setdefault(dialect.name, dialect)) is not dialect:
                raise ValueError(
                    f"two dialects are named {dialect.name!r}: "
                    f"one from {twin.source!r}, one from {dialect.source!r}"
                )
        for dialect in self.every:
            for other in (dialect.strict, *dialect.answers.values()):
                if other and other not in self._by_name:
                    raise ValueError(f"{dialect.name!r} names no dialect: {other!r}")
        # A strict dialect is only ever reached through the one that names it.
        strict = {dialect.strict for dialect in self.every}
        self._rows = [_Row(dialect) for dialect in self.every if dialect.name not in strict]
        self._memo: dict[tuple[str, str, str], Dialect | None] = {}

    def find(self, wire: str, provider: str, family: str) -> Dialect | None:
        """Give the dialect for a request.

        Args:
            wire: the wire format's name.
            provider: the provider's name (`sealegs.knowledge.Provider`).
            family: the model's family (`sealegs.directory.family`).

        Returns:
            The first that fits, by rank and name; ``None`` where none does.
        """
        key = (wire, provider, family)
        if key in self._memo:
            return self._memo[key]
        found = self._first(wire, provider, family)
        if len(self._memo) >= _MEMO_SIZE:
            # A fresh dict, for another thread may be reading the old one.
            self._memo = {}
        self._memo[key] = found
        return found

    def _first(self, wire: str, provider: str, family: str) -> Dialect | None:
        for row in self._rows:
            if wire in row.dialect.wires and row.fits(provider, family):
                return row.dialect
        return None

    def strict(self, dialect: Dialect) -> Dialect | None:
        """Give the dialect of another's strict mode; ``None`` where it has none."""
        return self._by_name.get(dialect.strict)

    def named(self, name: str) -> Dialect | None:
        """Give the dialect of a name; ``None`` where there is none."""
        return self._by_name.get(name)
