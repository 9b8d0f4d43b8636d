"""``sealegs demo``: see what a client loses, and what comes back, without a key or a network."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

__all__ = ["HELP", "configure", "run"]

HELP: Final = "run real clients against scripted model servers, without sealegs and with it"

TRACE: Final = Path("sealegs-demo-trace.jsonl")

_DESCRIPTION: Final = """\
Runs a task of several steps with real clients (LangGraph agents, openai, anthropic) against
scripted model servers on 127.0.0.1, first without sealegs and then with it. No key is needed, and
nothing leaves this machine.

Each server enforces what its provider documents about reasoning, and each model draws a code word
in its reasoning that it needs again two turns later. The code word stands nowhere else, so the task
succeeds only where the client sends the reasoning back. The models are scripted: the demo shows
what a client sends, not what a provider accepts.
"""

_EPILOG: Final = """\
against a real endpoint:
  With --base-url and --model the same task runs against an OpenAI-compatible chat endpoint, with
  the key in SEALEGS_DEMO_API_KEY or else OPENAI_API_KEY. It costs a few thousand tokens, and how it
  ends depends on the model.

    export SEALEGS_DEMO_API_KEY=...
    sealegs demo --base-url https://api.deepseek.com --model deepseek-v4-flash

exit status:
  0 if every run with sealegs gave the right answer, 1 otherwise.
"""

_EXTRAS: Final = (
    "anthropic", "httpx2", "langchain", "langchain_anthropic", "langchain_core",
    "langchain_openai", "langgraph", "openai", "opentelemetry", "rich",
)  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--json", action="store_true", help="write the results as JSON")
    parser.add_argument(
        "--trace",
        type=Path,
        default=TRACE,
        metavar="FILE",
        help=f"where the spans go, a JSON object a line, mode 0600 (default: {TRACE})",
    )
    parser.add_argument("--no-trace", action="store_true", help="write no spans")
    parser.add_argument("--base-url", metavar="URL", help="a real endpoint, such as https://…/v1")
    parser.add_argument("--model", metavar="NAME", help="its model; goes with --base-url")


def run(options: argparse.Namespace) -> int:
    """Run the demo.

    Returns:
        0 where every run with sealegs gave the right answer, else 1.
    """
    if bool(options.base_url) != bool(options.model):
        sys.stderr.write("sealegs demo: --base-url and --model go together\n")
        return 1
    if sys.stderr.isatty():
        sys.stderr.write("loading the clients …\n")
    try:
        program = import_module("sealegs_plugins.commands.demo.program")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRAS:
            raise
        sys.stderr.write(
            f"sealegs demo: the package {error.name!r} is not installed; the demo's clients come"
            ' with: pip install "sealegs[demo]"\n'
        )
        return 1
    status: int = program.main(options)
    return status
