"""``sealegs schema lint``: what providers would refuse, and what sealegs makes of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs import Catalog, Settings
from sealegs.jsons import Json
from sealegs.schema.choice import Choice, choose
from sealegs.schema.dialect import Dialect
from sealegs.schema.linting import Violation
from sealegs.schema.report import Change, Entry
from sealegs_plugins.commands.schema.inputs import Given, add_files, gather
from sealegs_plugins.commands.schema.planned import (
    Linted,
    Planned,
    Plans,
    entries_json,
    given,
    planned,
    violations_json,
)
from sealegs_plugins.commands.schema.tables import as_json, counted, table

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "configure", "run"]

HELP: Final = "say what providers would refuse, at which place, and what sealegs makes of it"

ALL: Final = "all"
_PARAMETERS: Final = "/parameters"

_DONE: Final[Mapping[Change, str]] = {
    "rewritten": "said in another way",
    "runtime-checked": "left out, and checked when the tool is called",
    "described": "told in the description, and checked when the tool is called",
    "widened": "left out, and nothing can check it",
    "narrowed": "narrowed",
    "dropped-annotation": "left out, it constrains nothing",
}

DESCRIPTION: Final = """\
Holds the definitions, as they are, against the documented rules of each dialect: names,
descriptions, keywords, shapes, limits. All that are given are taken as the tools of one request.
Behind each thing that would be refused stands what sealegs does about it.

No provider is asked: this is what their documentation, their errors and recordings say. Whence each
dialect has its rules is told by `sealegs schema dialects NAME`.
"""

EPILOG: Final = """\
examples:
  sealegs schema lint tools.json --for openai-chat-strict --for gemini
  sealegs schema lint mcp_servers/ --for all --json

exit status:
  0 if nothing would be refused, 1 if something would be, 2 for wrong use.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one dialect makes of all tools.

    Attributes:
        choice: the dialect.
        raw: what would be refused as things stand.
        plans: what sealegs makes of them.
    """

    choice: Choice
    raw: Linted
    plans: Plans

    @property
    def refused(self) -> int:
        """How many tools would be refused as they stand."""
        return sum(map(bool, self.raw.each))

    @property
    def trouble(self) -> bool:
        """Whether anything would be refused, the tools together included."""
        return bool(self.refused or self.raw.together)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_files(parser)
    parser.add_argument(
        "--for",
        dest="dialects",
        action="append",
        required=True,
        metavar="DIALECT",
        help=f"a dialect, again for more; `{ALL}` for all (see `sealegs schema dialects`)",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(options: argparse.Namespace) -> int:
    """Lint, and say by the status whether anything would be refused."""
    catalog = Catalog.load(blocked=Settings.load().disabled_plugins)
    choices = _choices(options.dialects, catalog.schema_dialects)
    tools = gather(options.files, catalog.tool_forms.values(), quiet=options.json)
    findings = [
        Finding(choice, given(tools.sources, choice), planned(tools.sources, choice))
        for choice in choices
    ]
    if options.json:
        print(as_json(_everything(findings, tools)))
    else:
        print("\n".join(_report(findings, tools)))
    return 1 if any(finding.trouble for finding in findings) else 0


def _choices(names: Sequence[str], dialects: Mapping[str, Dialect]) -> list[Choice]:
    wanted = [one for name in names for one in (dialects if name == ALL else (name,))]
    return [choose(name, dialects) for name in dict.fromkeys(wanted)]


def _everything(findings: Sequence[Finding], tools: Given) -> Json:
    return {
        "dialects": [
            {
                "dialect": finding.choice.name,
                "refused": finding.refused,
                "violations": violations_json(finding.raw.together),
                "tools": [
                    _tool_json(tool, raw)
                    for tool, raw in zip(finding.plans.tools, finding.raw.each, strict=True)
                ],
            }
            for finding in findings
        ],
        "left_out": [
            {"file": note.file, "pointer": note.pointer, "reason": note.reason}
            for note in tools.notes
        ],
    }


def _tool_json(tool: Planned, raw: Sequence[Violation]) -> Json:
    report = tool.plan.report
    return {
        "tool": report.tool,
        "file": tool.source.file,
        "pointer": tool.source.found.pointer,
        "violations": [{**one._asdict(), "remedy": remedy(one, tool)} for one in raw],
        "with_sealegs": {
            "sent": report.sent,
            "error": str(tool.plan.error) if tool.plan.error else None,
            "level": report.level,
            "strict": report.strict,
            "strict_reason": report.strict_reason,
            "entries": entries_json(report.entries),
            "violations": violations_json(tool.violations),
        },
    }


def _report(findings: Sequence[Finding], tools: Given) -> Iterator[str]:
    for finding in findings:
        yield from _dialect(finding)
    for note in tools.notes:
        yield f"left out: {note.file} {note.pointer}".rstrip() + f": {note.reason}"
    if len(findings) > 1:
        head = ("dialect", "tools", "refused", "refused with sealegs")
        yield from table([head, *map(_counts, findings)])


def _counts(finding: Finding) -> tuple[str, ...]:
    raw, left = finding.raw, finding.plans
    return (
        finding.choice.name,
        str(len(left.tools)),
        _count(finding.refused, together=bool(raw.together)),
        _count(len(left.refused), together=bool(left.violations)),
    )


def _count(number: int, *, together: bool) -> str:
    return f"{number}, and all together" if together else str(number)


def _dialect(finding: Finding) -> Iterator[str]:
    count = counted(len(finding.plans.tools), "tool")
    if not finding.trouble:
        yield f"{finding.choice.name}: nothing would be refused of {count}"
        return
    yield f"{finding.choice.name}: {finding.refused} of {count} would be refused"
    for tool, raw in zip(finding.plans.tools, finding.raw.each, strict=True):
        if raw:
            yield f"  {tool.plan.definition.name!r} ({tool.source.place})"
            rows = [(one.pointer, one.keyword, one.reason, remedy(one, tool)) for one in raw]
            yield from (line for row in rows for line in _violation(*row))
    for one in finding.raw.together:
        yield f"  all together: {one.reason}"
    left = finding.plans
    for one in left.violations:
        yield f"  all together, with sealegs: {one.reason}"
    yield f"  with sealegs: {len(left.refused)} of {count} would be refused"


def _violation(pointer: str, keyword: str, reason: str, action: str) -> Iterator[str]:
    yield f"    {pointer}{f' {keyword}' if keyword else ''}: {reason}"
    yield f"        sealegs: {action}"


def remedy(violation: Violation, tool: Planned) -> str:
    """Say in a few words what sealegs does about something that would be refused."""
    plan, report = tool.plan, tool.plan.report
    if plan.error:
        return f"none, the schema cannot be read: {plan.error}"
    if any(one[:2] == violation[:2] for one in tool.violations):
        return "none, it would still be refused"
    if violation.pointer == "/name":
        return f"sent as {report.sent!r}; calls come back under the tool's own name"
    if violation.pointer == "/description":
        return f"described as {plan.description!r}"
    return _lowering(violation, tool)


def _lowering(violation: Violation, tool: Planned) -> str:
    """Say what becomes of a keyword, or of the place where it stands."""
    report = tool.plan.report
    entries = _entries(violation, report.entries)
    if entries:
        return "; ".join(dict.fromkeys(f"{_DONE[one.change]} ({one.reason})" for one in entries))
    if not report.strict and tool.plan.dialect.strict:
        return f"sent without strict mode ({report.strict_reason})"
    return f"the schema is made to fit ({report.level})"


def _entries(violation: Violation, entries: Sequence[Entry]) -> list[Entry]:
    """Find what is told of a keyword; of ``required`` it is told at the properties themselves."""
    place = violation.pointer.removeprefix(_PARAMETERS)
    here = [one for one in entries if one.pointer == place]
    same = [one for one in here if one.keyword == violation.keyword]
    if not same and violation.keyword == "required":
        below = f"{place}/properties/"
        same = [
            one
            for one in entries
            if one.keyword == "required" and one.pointer.rpartition("/")[0] + "/" == below
        ]
    return same or here
