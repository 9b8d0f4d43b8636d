"""``sealegs perturbations check``: whether a profile can be used."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Final

from sealegs import Catalog, Settings
from sealegs.errors import ProfileError
from sealegs.perturbation.loading import load_profile
from sealegs.perturbation.operators import Operator
from sealegs.perturbation.profiles import Profile
from sealegs_plugins.commands.perturbations.profiling import uses
from sealegs_plugins.commands.schema.tables import as_json, counted

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "configure", "run"]

HELP: Final = "check a profile's file"

DESCRIPTION: Final = """\
Reads a profile as a test would, and checks it against the operators there are: keys, names of
operators, their parameters and scopes. What is wrong is told with its place and the nearest name
that there is, and ends with status 2. What a test must still give is told too.
"""

EPILOG: Final = """\
examples:
  sealegs perturbations check staging.toml
  sealegs perturbations check smoke
"""

_GIVEN: Final = frozenset({"variants", "policy", "tools", "slots", "payloads", "events"})
"""What a profile can supply itself; the other needs are the test's own doing."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("file", metavar="FILE", help="a TOML file, or the name of a profile")
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print it as JSON"
    )


def run(options: argparse.Namespace) -> int:
    """Check a profile."""
    catalog = Catalog.load(blocked=Settings.load().disabled_plugins)
    as_data = getattr(options, "json", False)
    try:
        profile = load_profile(options.file, catalog)
    except ProfileError as error:
        if not as_data:
            raise
        told = {"source": error.source, "key": error.key, "reason": error.reason}
        print(as_json({"ok": False, "error": told}))
        return 2
    needs = list(_needs(profile, catalog.perturbations))
    if as_data:
        listed = [{"operator": name, "need": need} for name, need in needs]
        found = profile.model_dump(mode="json")
        print(as_json({"ok": True, "profile": found, "test_must_give": listed}))
    else:
        print(f"{options.file}: {profile.name}, {counted(len(profile.uses), 'operator')}")
        print("\n".join([*uses(profile), *(f"  {name} needs {need}" for name, need in needs)]))
    return 0


def _needs(profile: Profile, operators: Mapping[str, Operator]) -> Iterator[tuple[str, str]]:
    """Say what the profile does not supply."""
    for use in profile.uses:
        for need in sorted(operators[use.operator].sheet.needs):
            if need not in use.supplies:
                how = "which the test gives" if need in _GIVEN else "which the agent must have"
                yield use.operator, f"{need}, {how}"
