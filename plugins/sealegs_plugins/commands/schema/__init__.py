"""``sealegs schema``: convert tool definitions by hand, lint them, and see the dialects."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Final

from sealegs_plugins.commands.schema import converting, linting, listing

__all__ = ["HELP", "configure", "run"]

HELP: Final = "convert tool definitions to a provider's dialect, lint them, list the dialects"

_DESCRIPTION: Final = """\
Takes tool definitions in any form: OpenAI (chat, Responses, legacy functions), Anthropic, Gemini,
Bedrock Converse, MCP (also a tools/list result, or lists of servers), Mistral, Cohere, Ollama, and
bare JSON Schemas with a title. A file may hold one definition, a list, a whole request, or JSON
Lines of any of these.
"""

_EPILOG: Final = """\
examples:
  sealegs schema dialects
  sealegs schema lint tools.json --for openai-chat-strict --for gemini
  sealegs schema convert tools.json --to anthropic > for_anthropic.json
"""

_ACTIONS: Final = {"convert": converting, "lint": linting, "dialects": listing}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions, each with options of its own."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    chooser = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
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
        status: int = _ACTIONS[options.action].run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has seen enough (``| head``)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status
