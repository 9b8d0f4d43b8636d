"""Perturbation profiles that tests can name: one TOML file for each."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

from sealegs.specs import hookimpl

if TYPE_CHECKING:
    from sealegs.perturbation.profiles import Profile

__all__ = ["profiles"]


@hookimpl
def profiles() -> tuple[Profile, ...]:
    """Contribute the profiles that stand in this folder.

    Raises:
        ProfileError: one of them is none.
    """
    from sealegs.perturbation.profiles import parse_profile

    found = [one for one in files(__name__).iterdir() if one.name.endswith(".toml")]
    return tuple(
        parse_profile(tomllib.loads(one.read_text("utf-8")), one.name)
        for one in sorted(found, key=lambda one: one.name)
    )
