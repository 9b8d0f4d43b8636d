"""``sealegs perturbations``: the operators there are, what each does, and profiles of them."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Final

from sealegs_plugins.commands.perturbations import checking, listing, profiling, showing

__all__ = ["HELP", "configure", "run"]

HELP: Final = "list perturbation operators, show what one does, list and check profiles"

_DESCRIPTION: Final = """\
Lists the operators that disturb what an agent acts on: its tools, its prompts, its environment,
what tools answer, and the way to the model. Without an action, all of them.
"""

_EPILOG: Final = """\
examples:
  sealegs perturbations
  sealegs perturbations list --surface tool_info --label invariant
  sealegs perturbations show tool-name-noise
  sealegs perturbations check staging.toml
"""

_ACTIONS: Final = {
    "list": listing,
    "show": showing,
    "profiles": profiling,
    "check": checking,
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions, each with options of its own; without one, those of the list hold."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    listing.configure(parser)
    chooser = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    for name, action in _ACTIONS.items():
        part = chooser.add_parser(
            name,
            help=action.HELP,
            description=action.DESCRIPTION,
            epilog=action.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        action.configure(part)


def run(options: argparse.Namespace) -> int:
    """Run the action that was named."""
    try:
        status: int = _ACTIONS[options.action or "list"].run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has seen enough (``| head``)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status
