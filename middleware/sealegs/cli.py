"""The ``sealegs`` command: a shell whose commands come from plugins."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from sealegs.errors import SealegsError

__all__ = ["Command", "main"]

GROUP = "sealegs.commands"


class Command(Protocol):
    """What a module of the entry-point group ``sealegs.commands`` offers."""

    HELP: str
    """One line for the list of commands."""

    configure: Callable[[argparse.ArgumentParser], None]
    """Adds the command's options to its parser."""

    run: Callable[[argparse.Namespace], int]
    """Runs it, and gives the exit status."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit status: the command's own, or 2 where it could not run.
    """
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    given = list(sys.argv[1:] if arguments is None else arguments)
    wanted = next((word for word in given if not word.startswith("-")), "")
    parser = argparse.ArgumentParser(
        prog="sealegs",
        description="Keep agents' reasoning, steady their tools, and rock the boat in staging.",
    )
    parser.add_argument("--version", action="store_true", help="say the version, and end")
    chooser = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    loaded: dict[str, Command] = {}
    for name, entry in sorted(found.items()):
        # help for one command needs only that one; the list of commands needs every line of help
        command = _load(entry) if wanted in ("", name) or wanted not in found else None
        if command is None:
            continue
        part = chooser.add_parser(
            name, help=command.HELP, description=command.__doc__ or command.HELP
        )
        part.formatter_class = argparse.RawDescriptionHelpFormatter
        command.configure(part)
        loaded[name] = command
    options = parser.parse_args(given)
    if options.version:
        import sealegs

        print(f"sealegs {getattr(sealegs, '__version__', '?')}")
        return 0
    if not options.command:
        parser.print_help()
        return 2
    return _run(loaded[options.command], options)


def _load(entry: EntryPoint) -> Command | None:
    try:
        command: Command = entry.load()
    except Exception as error:  # one command's fault must not take the others away
        origin = f" (from {entry.dist.name})" if entry.dist else ""
        text = f"the command {entry.name!r}{origin} cannot be loaded: {error!r}"
        print(f"sealegs: {text}", file=sys.stderr)
        return None
    return command


def _run(command: Command, options: argparse.Namespace) -> int:
    try:
        return command.run(options)
    except SealegsError as error:
        print(f"sealegs: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
