"""Profiles: which operators disturb what, how often and how severely."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sealegs.errors import ProfileError
from sealegs.jsons import Json
from sealegs.perturbation.operators import Label, Surface

__all__ = ["Budget", "Profile", "Scope", "Use", "nearest", "parse_profile"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scope(_Part):
    """Where an operator may fire; what is not said is not limited.

    Attributes:
        agents: globs of agents' or sessions' names.
        tools: globs of tools' own names.
        turns: numbers of turns, from 0: how many the model had had.
        first: only the first so many times within a trial, by site; a retry counts.
        cases: globs of cases' names.
        share: of the cases, chosen by key.
    """

    agents: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    turns: tuple[int, ...] = ()
    first: int | None = Field(default=None, ge=1)
    cases: tuple[str, ...] = ()
    share: float = Field(default=1.0, gt=0, le=1)


class Use(_Part):
    """One operator in a profile.

    Attributes:
        operator: its name.
        severity: 1 to 3.
        rate: how likely it fires at a place where it can; by default the operator's own.
        parameters: in the place of the severity's.
        label: in the place of the operator's, where the test knows better.
        scope: where it may fire.
        supplies: what it needs, by `sealegs.perturbation.operators.Need`.
    """

    operator: str
    severity: Literal[1, 2, 3] = 2
    rate: float | None = Field(default=None, ge=0, le=1)
    parameters: Mapping[str, Json] = {}
    label: Label | None = None
    scope: Scope = Scope()
    supplies: Mapping[str, Json] = {}


class Budget(_Part):
    """What one trial may cost; beyond it the agent's next call fails, and the trial with it.

    Attributes:
        injections: beyond so many, nothing more is disturbed, and the report says so.
        requests: to models.
        seconds: since the trial began.
        tokens: as the providers counted them.
    """

    injections: int | None = Field(default=None, ge=1)
    requests: int | None = Field(default=200, ge=1)
    seconds: float | None = Field(default=600.0, gt=0)
    tokens: int | None = Field(default=None, ge=1)


class Profile(_Part):
    """A choice of operators.

    Attributes:
        name: how tests name it.
        description: one line.
        uses: the operators, in the order in which they are applied.
        required: surfaces that must be disturbed at least once, or the verdict is VACUOUS; by
            default all that its operators are on.
        budget: what one trial may cost.
        dry_run: decide and write down everything, and disturb nothing.
    """

    name: str
    description: str = ""
    uses: tuple[Use, ...] = ()
    required: tuple[Surface, ...] | None = None
    budget: Budget = Budget()
    dry_run: bool = False


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name is meant, or which there are."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1, 0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known: {', '.join(names)}" if names else "; there are none"


def parse_profile(table: Mapping[str, Json], source: str, *within: str) -> Profile:
    """Read a profile from a table, such as of a TOML file.

    Args:
        table: the table.
        source: the file, or the profile's name.
        within: the keys under which the table stands there.

    Raises:
        ProfileError: a key is unknown or a value does not fit; names the source and the key.
    """
    try:
        return Profile.model_validate(dict(table))
    except ValidationError as error:
        first = error.errors()[0]
        place = first["loc"]
        reason = first["msg"]
        if first["type"] == "extra_forbidden":
            reason = "unknown key" + nearest(str(place[-1]), _model_at(place).model_fields)
        raise ProfileError(source, ".".join(map(str, (*within, *place))), reason) from error


def _model_at(place: tuple[int | str, ...]) -> type[BaseModel]:
    inner: dict[str, type[BaseModel]] = {"uses": Use, "scope": Scope, "budget": Budget}
    names = [part for part in place[:-1] if isinstance(part, str)]
    return inner[names[-1]] if names else Profile
