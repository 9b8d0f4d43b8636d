"""What stands outside of the agent and is disturbed for the time of a trial: changes as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from sealegs.jsons import Json

__all__ = ["Change", "World"]


@dataclass(frozen=True, slots=True)
class Change:
    """One reversible change.

    Attributes:
        what: what is done; `sealegs.perturbation.worlds` knows how, and how to undo it.
        path: below the world's root, with ``/``; empty for what is no file.
        values: what else it takes, such as the new name, or the new content as text.
    """

    what: Literal[
        "write",  # a file gets other content (text, or base64)
        "create",  # a file that was not there
        "rename",  # a file or folder moves within the root
        "delete",  # a file is not there any more
        "mode",  # permissions change
        "sql",  # statements on an SQLite file, on the whole file's copy
        "clock",  # what the world's clock says is shifted; its zone is another
        "event",  # something happens at a step
        "git",  # a work tree's branch, or its index, is another
    ]
    path: str = ""
    values: Mapping[str, Json] = field(default_factory=dict[str, Json])


class World(Protocol):
    """What a test gives to be disturbed."""

    @property
    def root(self) -> Path | None:
        """Nothing outside of it is touched."""
        ...

    @property
    def files(self) -> Sequence[str]:
        """The files below the root that may be disturbed, with ``/``, sorted; none of ``.git``."""
        ...

    def read(self, path: str) -> bytes:
        """Read one of them."""
        ...

    @property
    def databases(self) -> Sequence[str]:
        """Which of them are SQLite files."""
        ...

    @property
    def worktrees(self) -> Sequence[str]:
        """The folders below the root that are git work trees; the root itself is ``.``."""
        ...

    @property
    def events(self) -> Sequence[str]:
        """The names of what the test lets happen in the background, sorted."""
        ...

    @property
    def has_clock(self) -> bool:
        """Whether the test gave tools a clock of the world's."""
        ...
