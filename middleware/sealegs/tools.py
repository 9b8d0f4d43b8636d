"""Tools by hand: definitions for a provider, and the way back of a call, without a pipeline.

    from sealegs import tools

    kit = tools.convert([read_file, mcp_tool], to="anthropic")
    request["tools"] = kit.tools
    ...
    call = kit.received(block["name"], json.dumps(block["input"]))
    if call.ok:
        run(call.name, call.arguments)
    else:
        answer(call.complaint)

A pipeline does the same to every request by itself; this is for code that has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sealegs.calls.arguments import Policy
from sealegs.jsons import Json, is_object
from sealegs.schema.choice import choose
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.introspection import definition as introspected
from sealegs.schema.planning import ToolsPlan, plan_tools
from sealegs.schema.reading import definitions as read

if TYPE_CHECKING:
    from sealegs.calls.repairs import Repair
    from sealegs.catalog import Catalog
    from sealegs.schema.report import Report

__all__ = ["Call", "Kit", "convert", "definitions"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the tool's own schema promised it.

    Attributes:
        name: the tool's own name.
        arguments: what to run it with; ``None`` where it must not run.
        ok: whether it may run.
        complaint: what to tell the model where it may not.
        repairs: what was mended.
    """

    name: str
    arguments: Json
    ok: bool
    complaint: str
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class Kit:
    """The tools of one request, for one dialect.

    Attributes:
        tools: what the request has as its tools.
        plan: what became of each one.
    """

    tools: Json
    plan: ToolsPlan

    @property
    def reports(self) -> tuple[Report, ...]:
        """What became of each tool, keyword by keyword."""
        return self.plan.reports

    def sent(self, name: str, arguments: Json) -> tuple[str, Json]:
        """Say an earlier call, of the history or of an example, as the model knows the tool."""
        new = self.plan.names.name(name)
        tool = self.plan.by_sent.get(new)
        return new, arguments if tool is None else tool.lowered.codec.encode(arguments)

    def received(self, name: str, arguments: str, *, policy: Policy | None = None) -> Call:
        """Bring a call of the model's back.

        Args:
            name: the name that the model called.
            arguments: the JSON text of its arguments, which may be broken.
            policy: which repairs it may run with; guesses and what was cut off do not by default.

        Raises:
            KeyError: no tool has this name.
        """
        tool = self.plan.by_sent[name]
        outcome = tool.arranged(arguments, policy or Policy())
        given = outcome.arguments if outcome.ok else None
        return Call(tool.definition.name, given, outcome.ok, outcome.complaint, outcome.repairs)


def convert(tools: object, *, to: str, catalog: Catalog | None = None) -> Kit:
    """Convert definitions of any form to what a dialect accepts.

    Args:
        tools: one tool or a list of them: JSON of any form that is known (OpenAI, Anthropic,
            Gemini, Bedrock, MCP…; also a whole request or an MCP result), functions, pydantic
            models, or `ToolDefinition`. For LangChain's tools see
            `sealegs_adapters.langchain_tools`.
        to: the dialect's name (``sealegs schema dialects`` lists them); that of a strict mode asks
            for it for every tool that it can hold.
        catalog: what plugins contribute; by default the installed ones are loaded anew.

    Raises:
        UnknownDialectError: there is no such dialect.
        SchemaError: a definition cannot be read; it names the tool and the place.
    """
    known = catalog or _installed()
    choice = choose(to, known.schema_dialects)
    found = definitions(tools, catalog=known)
    plan = plan_tools(found, choice.dialect, strict=choice.strict, policy=choice.policy)
    form = known.tool_forms[choice.dialect.form]
    written = [
        form.write(
            name=tool.sent,
            description=tool.description,
            parameters=tool.parameters,
            strict=tool.strict,
            base=None,
        )
        for tool in plan.tools
    ]
    return Kit(form.collected(written), plan)


def definitions(tools: object, *, catalog: Catalog | None = None) -> tuple[ToolDefinition, ...]:
    """Read definitions of any form; see `convert`.

    Raises:
        SchemaError: one cannot be read; it names the place.
    """
    known = catalog or _installed()
    several = cast("Sequence[object]", tools if isinstance(tools, list | tuple) else [tools])
    found: list[ToolDefinition] = []
    for one in several:
        if isinstance(one, ToolDefinition):
            found.append(one)
        elif is_object(one):
            found += read(one, known.tool_forms.values())
        else:
            found.append(introspected(one))
    return tuple(found)


def _installed() -> Catalog:
    from sealegs.catalog import Catalog

    return Catalog.load()
