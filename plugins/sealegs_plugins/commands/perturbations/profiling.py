"""``sealegs perturbations profiles``: the profiles that plugins contribute, and their schema."""

from __future__ import annotations

import argparse
from typing import Final

from sealegs import Catalog, Settings
from sealegs.perturbation.loading import load_profile, profile_schema
from sealegs.perturbation.profiles import Profile
from sealegs_plugins.commands.schema.tables import as_json, counted, table

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "configure", "run", "uses"]

HELP: Final = "list the profiles that a test can name, or print the schema of profiles"

DESCRIPTION: Final = """\
Lists the profiles that a test can name, or builds upon with ``extends``. With NAMEs, the operators
of each. With --schema, the JSON Schema of a profile's file, for editors.
"""

EPILOG: Final = """\
examples:
  sealegs perturbations profiles
  sealegs perturbations profiles smoke
  sealegs perturbations profiles --schema > profile.schema.json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="tell all of these")
    parser.add_argument("--schema", action="store_true", help="print the schema of profiles")
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print them as JSON"
    )


def run(options: argparse.Namespace) -> int:
    """List the profiles."""
    catalog = Catalog.load(blocked=Settings.load().disabled_plugins)
    if options.schema:
        print(as_json(profile_schema(catalog.perturbations)))
        return 0
    names = dict.fromkeys(options.names or catalog.profiles)
    found = [load_profile(name, catalog) for name in names]
    if getattr(options, "json", False):
        print(as_json({"profiles": [one.model_dump(mode="json") for one in found]}))
    elif options.names:
        print("\n\n".join("\n".join([_title(one), *uses(one)]) for one in found))
    else:
        head = ("profile", "operators", "what it is")
        rows = [(one.name, str(len(one.uses)), one.description) for one in found]
        print("\n".join(table([head, *rows])))
    return 0


def _title(profile: Profile) -> str:
    return f"{profile.name}: {profile.description or counted(len(profile.uses), 'operator')}"


def uses(profile: Profile) -> list[str]:
    """Give the operators of a profile, line by line."""
    rows = [
        (
            use.operator,
            f"severity {use.severity}",
            "its own rate" if use.rate is None else f"rate {use.rate:g}",
            ", ".join(f"{key} = {one!r}" for key, one in use.parameters.items()),
        )
        for use in profile.uses
    ]
    return table(rows, "  ") if rows else []
