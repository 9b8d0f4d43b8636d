"""The whole way back of one call's arguments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsontexts import patient, texts, values
from manglings import mangled
from real_tools import real_tools, sample
from recorded import assembled, events, exchanges
from sealegs.calls.arguments import Outcome, Policy, arrange
from sealegs.calls.repairs import RepairClass
from sealegs.calls.strictness import same
from sealegs.calls.validating import Validator
from sealegs.jsons import dump
from sealegs.schema.codec import IDENTITY
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.dialect import Dialect, Shape
from sealegs.schema.planning import ToolPlan, plan_tool

WEATHER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer", "minimum": 1},
        "unit": {"enum": ["celsius", "kelvin"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "opts": {"type": "object", "properties": {"u": {"type": "string"}}},
    },
    "required": ["city"],
    "additionalProperties": False,
}
PING: dict[str, Any] = {"type": "object", "properties": {}}
EVERYTHING: frozenset[RepairClass] = frozenset(
    {"none", "lossless", "unambiguous", "guess", "truncated"}
)


def back(
    arguments: str | Mapping[str, str],
    schema: Any = WEATHER,
    *,
    policy: Policy | None = None,
    **how: Any,
) -> Outcome:
    validator = Validator(schema)
    return arrange(
        arguments,
        seen=schema,
        seen_validator=validator,
        codec=IDENTITY,
        validator=validator,
        tool="get_weather",
        policy=policy or Policy(),
        **how,
    )


CLEAN = '{"city": "Paris",  "days": 3}'


def test_what_is_right_is_handed_on_as_the_very_text() -> None:
    found = back(CLEAN)
    assert found == Outcome({"city": "Paris", "days": 3}, CLEAN, (), (), "none", True, "")
    assert found.text is CLEAN


RUNS: list[tuple[str, str, str]] = [
    ("{'city': 'Paris', 'days': 3,}", '{"city":"Paris","days":3}', "lossless"),
    ('{"city": "Paris", "days": 3.0}', '{"city":"Paris","days":3}', "lossless"),
    ('{"city": "Paris", "days": "3"', '{"city":"Paris","days":3}', "unambiguous"),
    (json.dumps(CLEAN), '{"city":"Paris","days":3}', "unambiguous"),
    (json.dumps(CLEAN)[:-1] + ' "', '{"city":"Paris","days":3}', "unambiguous"),
    ('{"city": "Paris", "unit": "Kelvin"}', '{"city":"Paris","unit":"kelvin"}', "unambiguous"),
    ('{"city": "Paris", "days": null}', '{"city":"Paris"}', "unambiguous"),
    ('{"city": "Paris", "opts": "{\'u\': 1}"}', '{"city":"Paris","opts":{"u":"1"}}', "unambiguous"),
    ('{"city": "Köln"}{"city": "Köln"}', '{"city":"Köln"}', "unambiguous"),
]


@pytest.mark.parametrize(("text", "wanted", "repair"), RUNS)
def test_what_can_be_mended_surely_runs(text: str, wanted: str, repair: str) -> None:
    found = back(text)
    assert (found.ok, found.text, found.worst) == (True, wanted, repair)
    assert same(found.arguments, json.loads(wanted))
    assert (found.problems, found.complaint) == ((), "")


STAYS: list[tuple[str, str, str]] = [
    ('{"city": "Par', "truncated", "cut off"),
    ('{"city": "Paris", "days": 12', "truncated", "cut off"),
    ('{"city": "Paris", "opts": "{\\"u\\": \\"a"}', "truncated", "cut off"),
    ('{"city": "a"}{"city": "b"}', "guess", "more than one way"),
    ('{"city": "a", "city": "b"}', "guess", "more than one way"),
    ('{"city": }', "guess", "more than one way"),
    ('{"city": "Paris", "tags": "a"}', "guess", "/tags: expected array"),
    ('{"City": "Paris"}', "guess", 'missing: "city"'),
    ('{"city": "Paris", "days": "soon"}', "none", "/days: expected integer"),
    ('{"city": "Paris", "days": 0}', "none", "/days: expected minimum 1"),
    ('{"city": "Paris", "other": 1}', "none", 'unknown: "other"'),
    ('[{"city": "Paris"}]', "none", "expected object, got an array"),
    ("12", "none", "expected object, got the integer 12"),
    ("I cannot do that.", "guess", "cannot be read as JSON"),
    ("", "guess", 'missing: "city"'),
    ("null", "guess", 'missing: "city"'),
]


@pytest.mark.parametrize(("text", "repair", "told"), STAYS)
def test_what_is_not_sure_or_not_right_does_not_run_and_the_model_is_told_why(
    text: str, repair: str, told: str
) -> None:
    found = back(text)
    assert (found.ok, found.arguments, found.text) == (False, None, text)
    assert found.worst == repair
    assert found.complaint.startswith("The call of get_weather was not run: ")
    assert told in found.complaint
    assert len(found.complaint) < 1_000


@pytest.mark.parametrize("text", ["", "  ", "null", '""', "{}"])
def test_a_tool_without_parameters_needs_no_arguments(text: str) -> None:
    found = back(text, PING)
    assert (found.ok, found.arguments) == (True, {})
    assert found.text == "{}"


@pytest.mark.parametrize("text", ["", '{"city": "Paris"', '{"city": "Paris', "12"])
def test_what_the_provider_cut_off_is_truncated(text: str) -> None:
    found = back(text, whole=False)
    assert (found.ok, found.worst) == (False, "truncated")
    assert "cut off" in found.complaint


def test_what_was_cut_off_does_not_run_although_its_object_has_closed() -> None:
    assert [back(one, whole=False).ok for one in (CLEAN, {"city": "Paris"}, "")] == [False] * 3


def test_the_policy_says_what_may_run() -> None:
    careful = Policy(frozenset({"none"}))
    daring = Policy(EVERYTHING)
    assert not back('{"city": "Paris",}', policy=careful).ok
    assert back(CLEAN, policy=careful).ok
    assert back('{"city": "Par', policy=daring).text == '{"city":"Par"}'
    assert back('{"city": "Paris", "tags": "a"}', policy=daring).text == (
        '{"city":"Paris","tags":["a"]}'
    )
    assert not back('{"days": 3', policy=daring).ok


def test_bare_texts_are_typed() -> None:
    found = back({"city": "12", "days": "3", "tags": '["a"]', "opts": '{"u": "x"}'})
    assert (found.ok, found.worst) == (True, "none")
    assert found.text == '{"city":"12","days":3,"tags":["a"],"opts":{"u":"x"}}'
    refused = back({"city": "Paris", "days": "soon"})
    assert (refused.ok, refused.text) == (False, '{"city":"Paris","days":"soon"}')


def test_a_tool_that_nobody_knows_may_have_any_arguments() -> None:
    assert back('{"a": [1.0]}', {}).text == '{"a": [1.0]}'
    assert back("{'a': 1}", {}).text == '{"a":1}'
    assert not back("[1]", {}).ok


# ---------------------------------------------------------------- through a lowered schema

STRICT = Dialect(
    "strict", "openai-chat", frozenset(), shape=Shape(closed=True, all_required=True, maps=False)
)
JOB = ToolDefinition(
    "job",
    "",
    {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "tries": {"type": "integer", "maximum": 5},
            "env": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "required": ["name"],
    },
)


def through(plan: ToolPlan, text: str, **how: Any) -> Outcome:
    return arrange(
        text,
        seen=plan.lowered.standard,
        seen_validator=plan.seen_validator,
        codec=plan.lowered.codec,
        validator=plan.validator,
        tool=plan.sent,
        policy=Policy(),
        **how,
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"name": "a", "tries": null, "env": null}', '{"name":"a"}'),
        (
            '{"name": "a", "tries": "3", "env": [{"key": "X", "value": "1"}]}',
            '{"name":"a","tries":3,"env":{"X":1}}',
        ),
        ('{"name": "a", "tries": 2, "env": []}', '{"name":"a","tries":2,"env":{}}'),
        ('{"name": "a"}', '{"name":"a"}'),
    ],
)
def test_arguments_for_a_lowered_schema_come_back_in_the_shape_of_the_own(
    text: str, wanted: str
) -> None:
    found = through(plan_tool(JOB, STRICT), text)
    assert found.ok, found.complaint
    assert same(json.loads(found.text), json.loads(wanted))
    assert same(found.arguments, json.loads(wanted))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"name": "a", "tries": 9, "env": null}', "/tries: expected maximum 5"),
        ('{"name": 1.5, "tries": null, "env": null}', "/name: expected string"),
        (
            '{"name": "", "env": [{"key": "X", "value": 1}, {"key": "X", "value": 2}], "tries": 1}',
            "/env",
        ),
    ],
)
def test_what_cannot_come_back_is_told_in_the_words_of_the_schema_that_was_seen(
    text: str, told: str
) -> None:
    found = through(plan_tool(JOB, STRICT), text)
    assert (found.ok, found.text) == (False, text)
    assert told in found.complaint


EITHER = ToolDefinition(
    "either",
    "",
    {
        "anyOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]},
        ]
    },
)


def test_a_schema_that_had_to_be_wrapped_is_unwrapped() -> None:
    plan = plan_tool(EITHER, STRICT)
    [wrapper] = plan.lowered.standard["properties"]
    found = through(plan, json.dumps({wrapper: {"a": "3"}}))
    assert (found.ok, found.text) == (True, '{"a":3}')


@pytest.mark.parametrize("text", ["", "null", "{}", '{"value": 1}', '{"other": {"a": 3}}', "[1]"])
def test_what_cannot_be_unwrapped_is_refused(text: str) -> None:
    found = through(plan_tool(EITHER, STRICT), text)
    assert (found.ok, found.text) == (False, text)
    assert found.complaint


def test_what_the_lowered_schema_no_longer_says_is_coerced_by_the_own() -> None:
    own = {"type": "object", "properties": {"unit": {"enum": ["celsius", "kelvin"]}}}
    seen = {"type": "object", "properties": {"unit": {"type": "string"}}}
    found = arrange(
        '{"unit": "Celsius"}',
        seen=seen,
        seen_validator=Validator(seen),
        codec=IDENTITY,
        validator=Validator(own),
        tool="t",
        policy=Policy(),
    )
    assert (found.ok, found.text) == (True, '{"unit":"celsius"}')


# ---------------------------------------------------------------- properties and real material


@patient
@given(st.data())
def test_any_spelling_of_an_object_gives_the_object(data: st.DataObject) -> None:
    value = data.draw(st.dictionaries(texts, values, max_size=4))
    text = data.draw(mangled(value))
    found = back(text, {"type": "object"})
    assert found.ok
    assert same(found.arguments, value)
    assert same(json.loads(found.text), value)
    assert (found.worst == "none") == (found.text == text)


@patient
@given(st.text("{}[]\"'\\,:/1.- \ncitydays", max_size=30), st.booleans())
def test_no_text_raises_and_what_runs_is_what_the_schema_promised(text: str, whole: bool) -> None:
    found = back(text, whole=whole)
    assert found.ok == (found.complaint == "")
    if found.ok:
        assert Validator(WEATHER).accepts(found.arguments)
        assert same(json.loads(found.text), found.arguments)


def _members(document: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    work = [document]
    while work:
        node = work.pop()
        if isinstance(node, dict):
            found.append(node)
        work += (
            list(node.values())
            if isinstance(node, dict)
            else node
            if isinstance(node, list)
            else []
        )
    return found


def _said(document: Any) -> list[tuple[str, str]]:
    """Every call of a message or a reply, whatever the format: its tool and its arguments."""
    calls: list[tuple[str, str]] = []
    for node in _members(document):
        if not isinstance(node.get("name"), str) or "parameters" in node:
            continue
        if isinstance(node.get("arguments"), str):
            calls.append((node["name"], node["arguments"]))
        given = [
            node[key] for key in ("arguments", "input", "args") if isinstance(node.get(key), dict)
        ]
        calls += [(node["name"], dump(one).decode()) for one in given]
    return calls


def _declared(request: Any) -> dict[str, Any]:
    tools: dict[str, Any] = {}
    for node in _members((request or {}).get("tools")):
        for key in ("parameters", "input_schema", "parametersJsonSchema"):
            if isinstance(node.get("name"), str) and isinstance(node.get(key), dict):
                tools[node["name"]] = node[key]
    return tools


def test_recorded_calls_come_through_unchanged() -> None:
    # what these models did wrong was recorded on purpose, by a test of invalid arguments
    wrong = {'{"foo":"bar"}', '{"invalid_param":"value"}'}
    seen: set[tuple[str, str]] = set()
    for exchange in exchanges():
        request = exchange.request if isinstance(exchange.request, dict) else {}
        reply = (
            assembled(exchange.wire, events(exchange.wire, [exchange.stream])).reply()
            if exchange.stream
            else exchange.response
        )
        declared = _declared(request)
        for name, arguments in _said(request) + _said(reply):
            if (name, arguments) in seen:
                continue
            seen.add((name, arguments))
            found = back(arguments, declared.get(name, {}))
            assert found.ok == (arguments not in wrong), found.complaint
            if arguments:
                assert (found.worst, found.text) == ("none", arguments)
            else:
                assert (found.worst, found.text) == ("lossless", "{}")
    assert len(seen) > 100


def test_arguments_of_real_tools_come_back_from_a_reply_that_lost_its_end() -> None:
    for _, schema in real_tools():
        validator = Validator(schema)
        value = sample(schema)
        if not value or not validator.accepts(value):
            continue
        text = json.dumps(value)
        assert back(text, schema).worst == "none"
        for cut in range(1, len(text), 31):
            found = back(text[:cut], schema, whole=False)
            assert (found.ok, found.worst) == (False, "truncated")
