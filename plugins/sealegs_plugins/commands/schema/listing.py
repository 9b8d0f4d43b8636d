"""``sealegs schema dialects``: what is known of each provider's rules, and whence."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Final

from sealegs import Catalog, Settings
from sealegs.schema.choice import choose
from sealegs.schema.dialect import Dialect
from sealegs_plugins.commands.schema.tables import as_json, table

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "configure", "run"]

HELP: Final = "list the dialects: their source's date, its evidence, their limits"

DESCRIPTION: Final = """\
Lists what is known of the rules that providers have for tool schemas. Each dialect is for a form
of definitions; one that ends in -strict holds for tools in strict mode.

The evidence is "recorded" where recordings show it, "documented" where the provider says it,
"reported" where users do. With NAMEs, sources and doubts are told too.
"""

EPILOG: Final = """\
examples:
  sealegs schema dialects
  sealegs schema dialects gemini openai-chat-strict
  sealegs schema dialects --json | jq -r '.dialects[] | [.name, .source] | @tsv'
"""

_NO_RULE: Final = 1_000_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="tell all that is known of these")
    parser.add_argument("--json", action="store_true", help="print them as JSON")


def run(options: argparse.Namespace) -> int:
    """List the dialects."""
    known = Catalog.load(blocked=Settings.load().disabled_plugins).schema_dialects
    for name in options.names:
        choose(name, known)
    shown = [known[name] for name in dict.fromkeys(options.names or known)]
    if options.json:
        print(as_json({"dialects": [dataclasses.asdict(dialect) for dialect in shown]}))
    elif options.names:
        print("\n\n".join("\n".join(_details(dialect)) for dialect in shown))
    else:
        head = ("dialect", "form", "checked", "evidence", "limits")
        print("\n".join(table([head, *map(_row, shown)])))
    return 0


def _row(dialect: Dialect) -> tuple[str, ...]:
    return (dialect.name, dialect.form, dialect.checked, dialect.evidence, _limits(dialect))


def _limits(dialect: Dialect) -> str:
    """Give the limits that are known."""
    groups = [f"names {dialect.names.max_length}"] if dialect.names.max_length < _NO_RULE else []
    for where, part in (("request", dialect.budget), ("schema", dialect.bounds)):
        known = [
            f"{name.replace('_', ' ')} {limit}"
            for name, limit in dataclasses.asdict(part).items()
            if limit is not None
        ]
        groups += [f"{where}: {', '.join(known)}"] if known else []
    return "; ".join(groups) or "none known"


def _details(dialect: Dialect) -> list[str]:
    rows = [
        ("form", dialect.form),
        ("wire formats", ", ".join(sorted(dialect.wires)) or "none"),
        ("providers", ", ".join(dialect.providers) or "none, unless it is asked for by name"),
        ("models", ", ".join(dialect.models)),
        ("strict mode", dialect.strict or "none"),
        ("enforced", "yes" if dialect.enforced else "no"),
        ("limits", _limits(dialect)),
        ("keywords", _keywords(dialect)),
        ("checked", f"{dialect.checked} ({dialect.evidence})"),
        ("source", dialect.source),
        ("doubts", dialect.doubts or "none"),
    ]
    return [dialect.name, *table(rows, "  ")]


def _keywords(dialect: Dialect) -> str:
    groups = (
        (what, [word for word, rule in dialect.keywords.items() if rule.treatment == what])
        for what in ("kept", "ignored", "refused")
    )
    named = [f"{what}: {' '.join(words)}" for what, words in groups if words]
    return "; ".join([*named, f"others {dialect.otherwise}"])
