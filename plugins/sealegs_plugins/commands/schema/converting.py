"""``sealegs schema convert``: definitions of any form, as a provider takes them."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Final, get_args

from sealegs import Catalog, Settings
from sealegs.errors import SealegsError
from sealegs.jsons import Json
from sealegs.schema.choice import Choice, choose
from sealegs.schema.forms import ToolForm, exampled
from sealegs.schema.linting import Violation
from sealegs.schema.report import Level
from sealegs_plugins.commands.schema.inputs import Note, add_files, gather
from sealegs_plugins.commands.schema.planned import (
    Planned,
    Plans,
    entries_json,
    planned,
    violations_json,
)
from sealegs_plugins.commands.schema.tables import as_json, counted, table

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "configure", "run"]

HELP: Final = "print the definitions as a dialect takes them"

DESCRIPTION: Final = """\
Prints the definitions, as a dialect takes them, in its form: what a request has as its tools. All
that are given are taken as the tools of one request, whose limits hold for them together.

What became of each tool goes to standard error: its level (lossless, invertible, runtime-safe,
narrowed, lossy), whether it goes in strict mode and why, and each keyword that does not stand as it
was, with what holds it now. "inverse" is the way back of a call's arguments, "runtime" the check of
them against the tool's own schema; both are sealegs' work when it runs in your agent.

The name of a dialect's strict mode (openai-chat-strict) asks for strict mode wherever a tool fits;
otherwise each tool goes in strict mode only if its author asked for it.
"""

EPILOG: Final = """\
examples:
  sealegs schema convert tools.json --to anthropic > for_anthropic.json
  sealegs schema convert mcp_servers/ --to gemini --json | jq '.reports[] | select(.exact | not)'
  curl -s localhost:8000/tools | sealegs schema convert - --to openai-responses-strict

exit status:
  0 if everything was converted, 1 if a definition cannot be, or the result would still be refused,
  2 for wrong use.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_files(parser)
    parser.add_argument(
        "--to", required=True, metavar="DIALECT", help="see `sealegs schema dialects`"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the tools and all reports as one JSON object"
    )


def run(options: argparse.Namespace) -> int:
    """Convert, and say what became of each tool."""
    catalog = Catalog.load(blocked=Settings.load().disabled_plugins)
    choice = choose(options.to, catalog.schema_dialects)
    form = catalog.tool_forms.get(choice.dialect.form)
    if form is None:
        reason = f"the dialect {choice.name!r} wants the form {choice.dialect.form!r}"
        raise SealegsError(f"{reason}, which no plugin brings (see `sealegs plugins`)")
    given = gather(options.files, catalog.tool_forms.values(), quiet=options.json)
    plans = planned(given.sources, choice)
    written = [None if tool.plan.error else _written(tool, form) for tool in plans.tools]
    tools = form.collected([one for one in written if one is not None])
    if options.json:
        print(as_json(_everything(choice.name, tools, plans, written, given.notes)))
    else:
        print(as_json(tools))
        for line in _summary(choice, plans, given.notes):
            print(line, file=sys.stderr)
    return 1 if plans.refused or plans.violations else 0


def _written(tool: Planned, form: ToolForm) -> Json:
    """Write one definition; what its own form has besides stays only within that form."""
    plan, found = tool.plan, tool.source.found
    return form.write(
        name=plan.sent,
        description=plan.description,
        parameters=plan.parameters,
        strict=plan.strict,
        base=exampled(found.raw, form, plan.lowered.codec)
        if plan.definition.form == form.name
        else None,
    )


def _everything(
    dialect: str, tools: Json, plans: Plans, written: list[Json], notes: tuple[Note, ...]
) -> Json:
    return {
        "dialect": dialect,
        "tools": tools,
        "reports": [
            {
                "tool": tool.plan.definition.name,
                "sent": tool.plan.sent,
                "file": tool.source.file,
                "pointer": tool.source.found.pointer,
                "form": tool.plan.definition.form,
                "error": str(tool.plan.error) if tool.plan.error else None,
                "payload": payload,
                "level": tool.plan.report.level,
                "exact": tool.plan.report.exact,
                "strict": tool.plan.report.strict,
                "strict_reason": tool.plan.report.strict_reason,
                "entries": entries_json(tool.plan.report.entries),
                "violations": violations_json(tool.violations),
            }
            for tool, payload in zip(plans.tools, written, strict=True)
        ],
        "violations": violations_json(plans.violations),
        "left_out": [
            {"file": note.file, "pointer": note.pointer, "reason": note.reason} for note in notes
        ],
    }


def _summary(choice: Choice, plans: Plans, notes: tuple[Note, ...]) -> Iterator[str]:
    for tool in plans.tools:
        yield from _tool(tool, knows_strict=choice.strict is not None)
    for violation in plans.violations:
        yield f"would be refused: {violation.reason}"
    for note in notes:
        yield f"left out: {note.file} {note.pointer}".rstrip() + f": {note.reason}"
    levels = Counter(tool.plan.report.level for tool in plans.tools if not tool.plan.error)
    counts = [f"{levels[level]} {level}" for level in get_args(Level) if levels[level]]
    strict = sum(tool.plan.report.strict for tool in plans.tools)
    counts += [f"{strict} in strict mode"] if strict else []
    unread = sum(tool.plan.error is not None for tool in plans.tools)
    counts += [f"{unread} not converted"] if unread else []
    yield f"{counted(len(plans.tools), 'tool')} for {choice.name}: {', '.join(counts)}"


def _tool(tool: Planned, *, knows_strict: bool) -> Iterator[str]:
    plan, report = tool.plan, tool.plan.report
    if plan.error:
        yield f"{report.tool} ({tool.source.place}): cannot be converted: {plan.error}"
        return
    sent = f" (sent as {report.sent})" if report.sent != report.tool else ""
    mode = "strict" if report.strict else "not strict"
    why = f": {report.strict_reason}" if report.strict_reason else ""
    yield f"{report.tool}{sent}: {report.level}" + (f"; {mode}{why}" if knows_strict else "")
    rows = [
        (one.pointer or "the root", one.keyword, one.change, f"by {one.enforced_by}", one.reason)
        for one in report.entries
    ]
    yield from table(rows, "    ") if rows else ()
    yield from table([_refused(one) for one in tool.violations], "    ") if tool.violations else ()


def _refused(one: Violation) -> tuple[str, str, str]:
    return (one.pointer, one.keyword, f"would still be refused: {one.reason}")
