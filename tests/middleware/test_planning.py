"""What each tool of a request becomes, whatever the other tools are."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from sealegs.errors import SchemaError, SchemaLimitError
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.dialect import Budget, Dialect, Keyword, NameRule, Shape
from sealegs.schema.limits import Limits
from sealegs.schema.planning import plan_tool, plan_tools

PLAIN = Dialect("plain", "openai-chat", frozenset({"openai-chat"}), strict="strict")
STRICT = replace(
    PLAIN,
    name="strict",
    strict="",
    keywords={"additionalProperties": Keyword(values=(False,))},
    shape=Shape(closed=True, all_required=True, maps=False, open=False),
)
CITY: Any = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
OPTIONAL: Any = {"type": "object", "properties": {"n": {"type": "integer"}}}
OPTIONAL_CLOSED: Any = {**OPTIONAL, "additionalProperties": False}


def tool(name: str = "f", parameters: Any = CITY, **more: Any) -> ToolDefinition:
    return ToolDefinition(name, "Does it.", parameters, **more)


def deep(levels: int) -> Any:
    schema: Any = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"x": schema}}
    return schema


def test_what_fits_goes_out_unchanged() -> None:
    plan = plan_tool(tool(), PLAIN)
    assert (plan.parameters, plan.sent, plan.strict) == (
        plan.definition.parameters,
        plan.definition.name,
        None,
    )
    assert (plan.sent, plan.description, plan.parameters) == ("f", "Does it.", CITY)
    assert plan.report.entries == ()
    assert (plan.report.strict, plan.report.strict_reason) == (False, "not asked for")
    assert plan.seen_validator is plan.validator


@pytest.mark.parametrize("strict", [None, False, True])
def test_strict_mode_is_asked_for_where_the_author_does(strict: bool | None) -> None:
    plan = plan_tool(tool(parameters=OPTIONAL_CLOSED, strict=strict), PLAIN, strict=STRICT)
    assert plan.strict is strict
    assert plan.report.strict is (strict is True)
    if strict:
        assert plan.dialect is STRICT
        assert plan.parameters["required"] == ["n"]
        assert plan.lowered.codec.decode({"n": None}) == {}
        assert plan.lowered.codec.encode({}) == {"n": None}
        assert plan.validator.accepts({})
        assert not plan.seen_validator.accepts({})


def test_strict_mode_can_be_preferred_or_refused() -> None:
    preferred = plan_tool(tool(), PLAIN, strict=STRICT, policy="preferred")
    never = plan_tool(tool(strict=True), PLAIN, strict=STRICT, policy="never")
    assert (preferred.strict, preferred.report.strict) == (True, True)
    assert (never.strict, never.report.strict) == (False, False)


def test_a_dialect_without_strict_mode_takes_the_wish_back() -> None:
    plan = plan_tool(tool(strict=True), PLAIN)
    assert (plan.strict, plan.report.strict_reason) == (False, "not known to this dialect")


def test_what_the_strict_dialects_linter_refuses_stays_plain_with_the_place() -> None:
    picky = replace(STRICT, bounds=replace(STRICT.bounds, properties=0))
    plan = plan_tool(tool(strict=True), PLAIN, strict=picky)
    assert plan.strict is False
    assert plan.dialect is PLAIN
    assert plan.report.strict_reason


def test_tools_are_served_from_the_budget_in_their_order() -> None:
    tight = replace(STRICT, budget=Budget(strict_tools=2))
    tools = [tool(f"t{n}", strict=None if n == 1 else True) for n in range(5)]
    plan = plan_tools(tools, PLAIN, strict=tight)
    assert [one.strict for one in plan.tools] == [True, None, True, False, False]
    assert plan.reports[3].strict_reason == (
        "the request's budget has 0 strict tools left, and this tool takes 1"
    )


@pytest.mark.parametrize(
    ("budget", "what"),
    [
        (Budget(optional=1), "optional properties"),
        (Budget(unions=1), "properties of union types"),
        (Budget(fields=3), "properties"),
    ],
)
def test_a_tool_that_costs_more_than_is_left_leaves_it_to_the_next(
    budget: Budget, what: str
) -> None:
    open_ = replace(STRICT, shape=replace(STRICT.shape, all_required=False), budget=budget)
    large: Any = {
        "type": "object",
        "properties": {
            "a": {"type": ["string", "null"]},
            "b": {"type": ["string", "null"]},
            "c": {},
            "d": {},
        },
        "additionalProperties": False,
    }
    tools = [tool("large", large, strict=True), tool("small", strict=True)]
    first, second = plan_tools(tools, PLAIN, strict=open_).reports
    assert (first.strict, second.strict) == (False, True)
    assert what in first.strict_reason


def test_where_strict_mode_is_presumed_what_it_would_refuse_says_that_it_wants_none() -> None:
    presuming = replace(PLAIN, presumes_strict=True)
    tools = [tool("fits"), tool("does_not", OPTIONAL), tool("says", OPTIONAL, strict=False)]
    plan = plan_tools(tools, presuming, strict=STRICT)
    assert [one.strict for one in plan.tools] == [None, False, False]
    assert plan.reports[1].strict_reason == ("not asked for, and the schema would be refused in it")


def test_a_description_that_must_not_be_empty_is_not() -> None:
    described = replace(PLAIN, described=True)
    assert plan_tool(replace(tool(), description=" "), described).description == "No description."
    assert plan_tool(tool(), described).description == "Does it."


UNREADABLE: dict[str, Any] = {
    "no schema": "a string",
    "a list": [],
    "too deep": deep(400),
    "nothing": None,
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_schema_that_cannot_be_read_is_an_error_that_names_its_tool(case: str) -> None:
    with pytest.raises(SchemaError, match="in the tool 'bad'") as caught:
        plan_tools([tool(), tool("bad", UNREADABLE[case])], PLAIN)
    assert isinstance(caught.value.pointer, str)
    assert isinstance(caught.value, SchemaLimitError) is (case == "too deep")


@pytest.mark.parametrize("case", UNREADABLE)
def test_or_it_goes_out_as_it_came_and_the_others_are_served(case: str) -> None:
    bad = tool("bad.tool", UNREADABLE[case], strict=True)
    rule = replace(PLAIN, names=NameRule(r"[a-z_0-9]+"))
    plan = plan_tools([bad, tool("a.b")], rule, strict=STRICT, tolerant=True)
    first, second = plan.tools
    assert first.parameters is bad.parameters
    assert first.error is not None
    assert first.parameters is UNREADABLE[case]
    assert first.validator.accepts({"any": "thing"})
    assert plan.names.name("bad.tool") == "bad.tool"
    assert (second.error, second.sent) == (None, plan.names.name("a.b"))
    assert second.sent != "a.b"
    assert plan.reports[0].level == "lossy"


def test_limits_are_the_callers() -> None:
    with pytest.raises(SchemaLimitError):
        plan_tool(tool(parameters=deep(5)), PLAIN, limits=Limits(depth=3))


def test_of_two_tools_with_one_name_the_first_is_meant() -> None:
    plan = plan_tools([tool("f", CITY), tool("f", OPTIONAL)], PLAIN)
    assert plan.by_sent["f"] is plan.tools[0]
    assert len(plan.reports) == 2


def test_a_plan_whose_definitions_were_not_sent_reads_calls_as_they_are() -> None:
    rule = replace(PLAIN, names=NameRule(r"[a-z_0-9]+"))
    tools = [tool("a.b", OPTIONAL_CLOSED, strict=True), tool("bad", "x")]
    plan = plan_tools(tools, rule, strict=replace(STRICT, names=rule.names), tolerant=True)
    assert plan.tools[0].sent != "a.b"
    unsent = plan.unsent
    assert unsent is plan.unsent
    assert unsent.names.name("a.b") == "a.b"
    one = unsent.by_sent["a.b"]
    assert (one.lowered.codec.identity, one.parameters) == (True, OPTIONAL_CLOSED)
    assert one.seen_validator.accepts({"n": 1})
    assert not one.validator.accepts({"n": "x"})


def test_input_is_never_changed() -> None:
    given = json.dumps(OPTIONAL_CLOSED)
    plan_tools([tool(parameters=OPTIONAL_CLOSED, strict=True)], PLAIN, strict=STRICT)
    assert json.dumps(OPTIONAL_CLOSED) == given


SCRIPT = """
import json
from sealegs import Catalog
from sealegs.schema.choosing import Dialects
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.planning import plan_tools
dialects = Dialects(Catalog.load().schema_dialects.values())
schema = {"type": "object", "properties": {
    "b": {"type": "object", "additionalProperties": {"type": "integer"}},
    "a": {"allOf": [{"$ref": "#/$defs/x"}, {"minimum": 1}]}},
    "$defs": {"x": {"type": "integer", "enum": [1, 2, 3]}}}
for dialect in dialects.every:
    tools = [ToolDefinition(n, "", schema, strict=True) for n in ("files.read", "é", "ok")]
    plan = plan_tools(tools, dialect, strict=dialects.strict(dialect))
    print(dialect.name, [[t.sent, t.strict, t.parameters] for t in plan.tools])
"""


def test_another_process_plans_the_same() -> None:
    said = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert said[0].count("\n") > 20
