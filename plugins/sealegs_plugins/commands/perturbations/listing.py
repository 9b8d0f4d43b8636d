"""``sealegs perturbations list``: all operators, or those of a surface or a label."""

from __future__ import annotations

import argparse
from typing import Final, get_args

from sealegs import Catalog, Settings
from sealegs.jsons import Json
from sealegs.perturbation.operators import Label, Operator, Surface
from sealegs_plugins.commands.perturbations.naming import ordered
from sealegs_plugins.commands.schema.tables import as_json, counted, table

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "configure", "facts", "run"]

HELP: Final = "list the operators: their code, surface, label, and what they do"

DESCRIPTION: Final = """\
Lists the operators. The label says what a good agent does: invariant, the same; recoverable, the
same with more steps; must_abstain, notices that the task cannot be done, and says so; directional,
another outcome, which the test must know; adversarial, the task, and nothing of what is hostile.
"""

EPILOG: Final = """\
examples:
  sealegs perturbations list --surface transport
  sealegs perturbations list --label must_abstain --json | jq -r '.operators[].name'
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options; one that is not given leaves what the parser above was given."""
    parser.add_argument(
        "--surface",
        choices=get_args(Surface),
        default=argparse.SUPPRESS,
        help="only operators on this surface",
    )
    parser.add_argument(
        "--label",
        choices=get_args(Label),
        default=argparse.SUPPRESS,
        help="only operators with this label",
    )
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print them as JSON"
    )


def run(options: argparse.Namespace) -> int:
    """List the operators."""
    known = Catalog.load(blocked=Settings.load().disabled_plugins).perturbations
    surface, label = getattr(options, "surface", None), getattr(options, "label", None)
    shown = [
        one
        for one in ordered(known)
        if surface in (None, one.sheet.surface) and label in (None, one.sheet.label)
    ]
    if getattr(options, "json", False):
        print(as_json({"operators": [facts(one) for one in shown]}))
    else:
        head = ("code", "operator", "surface", "label", "what it does")
        print("\n".join(table([head, *map(_row, shown)])))
        print(f"\n{counted(len(shown), 'operator')}; `sealegs perturbations show NAME` shows one")
    return 0


def facts(operator: Operator) -> Json:
    """Give an operator's facts for machines."""
    sheet = operator.sheet
    return {
        "name": sheet.name,
        "code": sheet.code,
        "surface": sheet.surface,
        "label": sheet.label,
        "summary": sheet.summary,
        "parameters": [dict(one) for one in sheet.parameters],
        "further": dict(sheet.further),
        "rate": sheet.rate,
        "needs": sorted(sheet.needs),
        "checked": sheet.checked,
        "source": sheet.source,
    }


def _row(operator: Operator) -> tuple[str, ...]:
    sheet = operator.sheet
    return (sheet.code, sheet.name, sheet.surface, sheet.label, sheet.summary)
