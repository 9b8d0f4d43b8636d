"""What the linter refuses, rule by rule, and that no JSON whatever makes it stumble."""

from __future__ import annotations

import copy
import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import corpus
from sealegs.schema.dialect import (
    Budget,
    Dialect,
    Keyword,
    NameRule,
    References,
    SchemaBounds,
    Shape,
)
from sealegs.schema.limits import Limits
from sealegs.schema.linting import (
    Candidate,
    Violation,
    judged,
    lint,
    lint_request,
    lint_tool,
    linted,
)
from sealegs.schema.measuring import Measures, measured, measures
from sealegs.schema.places import places

LOCAL = r"#|#/\$defs/[^/]+"


def dialect(**rest: Any) -> Dialect:
    return Dialect("d", "form", frozenset(), **rest)


def shaped(**rest: Any) -> Dialect:
    return dialect(shape=Shape(**rest))


def referring(**rest: Any) -> Dialect:
    return dialect(references=References(**rest))


def bounded(**rest: Any) -> Dialect:
    return dialect(bounds=SchemaBounds(**rest))


def root(schema: Any = True, **rest: Any) -> dict[str, Any]:
    """Give an object with one property, ``a``."""
    return {"type": "object", "properties": {"a": schema}, **rest}


def found(schema: Any, rules: Dialect) -> list[tuple[str, str]]:
    return [(one.pointer, one.keyword) for one in lint(schema, rules)]


NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/N"}}}
NEEDED = {**NODE, "required": ["next"]}
LONG = [f"value {number}" for number in range(251)]

CASES: list[tuple[str, Dialect, Any, Any, str, str]] = [
    # what, rules, a schema that is taken, one that is not, where and what is refused
    (
        "a refused keyword",
        dialect(keywords={"not": Keyword("refused")}),
        root({"enum": ["not"], "default": {"not": 1}}),
        root({"not": {}}),
        "/properties/a",
        "not",
    ),
    ("an ignored keyword", dialect(otherwise="ignored"), root({"not": {}}), None, "", ""),
    (
        "other keywords",
        dialect(
            keywords=dict.fromkeys(("type", "properties"), Keyword()),
            otherwise="refused",
        ),
        root({"type": "string", "x-own": 1}),
        root({"minLength": 1}),
        "/properties/a",
        "minLength",
    ),
    (
        "unknown keywords",
        dialect(unknown="refused"),
        root({"minLength": 1}),
        root({"x-own": 1}),
        "/properties/a",
        "x-own",
    ),
    (
        "values of a keyword",
        dialect(keywords={"minItems": Keyword(values=(0, 1))}),
        root({"minItems": 1}),
        root({"minItems": 2}),
        "/properties/a",
        "minItems",
    ),
    (
        "true is not 1",
        dialect(keywords={"const": Keyword(values=(1,))}),
        root({"const": 1.0}),
        root({"const": True}),
        "/properties/a",
        "const",
    ),
    (
        "text that must fit",
        dialect(keywords={"pattern": Keyword(pattern=r"\^.*\$")}),
        root({"pattern": "^a$"}),
        root({"pattern": "a"}),
        "/properties/a",
        "pattern",
    ),
    (
        "text that must not be there",
        dialect(keywords={"allOf": Keyword(unless=r'"\$ref"')}),
        root({"allOf": [{"minLength": 1}]}),
        root({"allOf": [{"$ref": "#"}]}),
        "/properties/a",
        "allOf",
    ),
    (
        "expressions of another language",
        dialect(keywords={"pattern": Keyword(compiles=True)}),
        root({"pattern": "a+"}),
        root({"pattern": r"\p{L}"}),
        "/properties/a",
        "pattern",
    ),
    ("a root that is no object", shaped(), root(), {"type": "string"}, "", "type"),
    ("a root of several types", shaped(), root(), root(type=["object"]), "", "type"),
    ("a root that is a union", shaped(), root(), root(anyOf=[{}]), "", "anyOf"),
    (
        "a subschema without a type",
        shaped(typed=True),
        root({"const": 1}),
        root({"minLength": 1}),
        "/properties/a",
        "type",
    ),
    (
        "values that do not stand in for a type",
        shaped(typed=True, typed_values=True),
        root({"anyOf": [{"type": "string"}]}),
        root({"enum": [1]}),
        "/properties/a",
        "type",
    ),
    (
        "a list of types",
        shaped(type_lists=False),
        root({"type": "string"}),
        root({"type": ["string", "null"]}),
        "/properties/a",
        "type",
    ),
    (
        "what stands beside several types",
        shaped(list_siblings="annotations"),
        root({"type": ["string", "null"], "enum": ["a", None]}),
        root({"type": ["string", "null"], "minLength": 1}),
        "/properties/a",
        "minLength",
    ),
    (
        "a type beside anyOf",
        shaped(union_type=False),
        root({"anyOf": [{}], "title": "t"}),
        root({"anyOf": [{}], "type": "string"}),
        "/properties/a",
        "type",
    ),
    (
        "what stands beside anyOf",
        shaped(union_siblings="annotations"),
        root({"anyOf": [{}], "description": "d", "default": 1, "title": "t"}),
        root({"anyOf": [{}], "minLength": 1}),
        "/properties/a",
        "minLength",
    ),
    (
        "nothing stands beside anyOf",
        shaped(union_siblings="none"),
        root({"anyOf": [{}]}),
        root({"anyOf": [{}], "description": "d"}),
        "/properties/a",
        "description",
    ),
    (
        "keywords about another type",
        shaped(matching=True),
        root({"type": "string", "minLength": 1, "enum": ["a"], "default": "b", "title": "t"}),
        root({"type": "string", "minItems": 1}),
        "/properties/a",
        "minItems",
    ),
    (
        "values of another type",
        shaped(matching=True),
        root({"type": "number", "enum": [1, 2.5]}),
        root({"type": "integer", "enum": [1, 2.5]}),
        "/properties/a",
        "enum",
    ),
    (
        "a default of another type",
        shaped(matching=True),
        root({"type": "integer", "default": 1}),
        root({"type": "integer", "default": "1"}),
        "/properties/a",
        "default",
    ),
    (
        "a minimum above its maximum",
        shaped(matching=True),
        root({"type": "number", "minimum": 1, "maximum": 1}),
        root({"type": "number", "minimum": 2, "maximum": 1}),
        "/properties/a",
        "minimum",
    ),
    (
        "a bound that is not whole",
        shaped(matching=True),
        root({"type": "integer", "minimum": 1.0}),
        root({"type": "integer", "minimum": 1.5}),
        "/properties/a",
        "minimum",
    ),
    (
        "keywords of the root",
        shaped(root_only=frozenset({"$defs"})),
        root(**{"$defs": {}}),
        root({"$defs": {}}),
        "/properties/a",
        "$defs",
    ),
    (
        "an array without items",
        shaped(items=True),
        root({"type": "array", "items": {}}),
        root({"type": ["array", "null"]}),
        "/properties/a",
        "items",
    ),
    (
        "true as a schema",
        shaped(booleans=False),
        root({}, additionalProperties=True),
        root(True),
        "/properties/a",
        "",
    ),
    (
        "anything",
        shaped(anything=False),
        root({"enum": [1]}, additionalProperties={}),
        root({"description": "d"}),
        "/properties/a",
        "",
    ),
    (
        "null as a type",
        shaped(null="nullable"),
        root({"type": "string", "nullable": True}),
        root({"type": ["string", "null"]}),
        "/properties/a",
        "type",
    ),
    (
        "capitals",
        shaped(),
        root({"type": "string"}),
        root({"type": "STRING"}),
        "/properties/a",
        "type",
    ),
    (
        "either letters, where capitals are the rule",
        shaped(upper_types=True),
        {"type": "OBJECT", "properties": {"a": {"type": "string"}}},
        root({"type": "NULLABLE"}),
        "/properties/a",
        "type",
    ),
    (
        "values that are no scalars",
        shaped(enums="scalars"),
        root({"enum": [1, "a", None]}),
        root({"enum": [[1]]}),
        "/properties/a",
        "enum",
    ),
    (
        "constants that are no scalars",
        shaped(enums="scalars"),
        root({"const": "a"}),
        root({"const": {}}),
        "/properties/a",
        "const",
    ),
    (
        "values of several types",
        shaped(enums="alike"),
        root({"enum": [1, 2.5]}),
        root({"enum": [1, "a"]}),
        "/properties/a",
        "enum",
    ),
    (
        "null among values",
        shaped(enums="alike"),
        root({"type": ["string", "null"], "enum": ["a", None]}),
        root({"type": "string", "enum": ["a", None]}),
        "/properties/a",
        "enum",
    ),
    (
        "empty strings",
        shaped(enums="strings"),
        root({"enum": ["a"]}),
        root({"enum": ["a", ""]}),
        "/properties/a",
        "enum",
    ),
    (
        "open objects",
        shaped(closed=True),
        root({"type": "string"}, additionalProperties=False),
        root({"type": ["object", "null"]}, additionalProperties=False),
        "/properties/a",
        "additionalProperties",
    ),
    (
        "optional properties",
        shaped(all_required=True),
        root(required=["a"]),
        root(required=[]),
        "",
        "required",
    ),
    (
        "maps",
        shaped(maps=False),
        root(additionalProperties=True),
        root(additionalProperties={"type": "string"}),
        "",
        "additionalProperties",
    ),
    (
        "objects without properties",
        shaped(filled_objects=True),
        {"type": "object", "properties": {}},
        root({"type": "object", "properties": {}}),
        "/properties/a",
        "properties",
    ),
    (
        "required names that are not declared",
        shaped(declared=True),
        root(required=["a"]),
        root(required=["b"]),
        "",
        "required",
    ),
    (
        "names of properties",
        shaped(keys=NameRule(r"[a-z$]+", max_length=4, reserved=frozenset({"$ref"}))),
        root(),
        {"type": "object", "properties": {"$ref": {}}},
        "",
        "properties",
    ),
    (
        "names of definitions",
        referring(names=NameRule(r"[^/]+")),
        root(**{"$defs": {"A": {}}}),
        root(**{"$defs": {"a/b": {}}}),
        "",
        "$defs",
    ),
    (
        "names of properties inside definitions",
        referring(keys=NameRule(r"[^/]+")),
        {"type": "object", "properties": {"a/b": {}}},
        root(**{"$defs": {"A": {"items": {"properties": {"a/b": {}}}}}}),
        "/$defs/A/items",
        "properties",
    ),
    (
        "references",
        referring(kept=False),
        {"type": "object", "properties": {"$ref": {"type": "string"}}},
        root({"$ref": "#"}),
        "/properties/a",
        "$ref",
    ),
    (
        "references of another kind",
        referring(pattern=LOCAL),
        root({"$ref": "#/$defs/A"}, **{"$defs": {"A": {}}}),
        root({"$ref": "#/properties/a"}),
        "/properties/a",
        "$ref",
    ),
    (
        "references that lead nowhere",
        referring(pattern=LOCAL),
        root({"$ref": "#"}),
        root({"$ref": "#/$defs/A"}),
        "/properties/a",
        "$ref",
    ),
    (
        "what stands beside a reference",
        referring(siblings="annotations"),
        root({"$ref": "#", "title": "t"}),
        root({"$ref": "#", "minLength": 1}),
        "/properties/a",
        "minLength",
    ),
    (
        "what stands at both ends of a reference",
        referring(distinct=True),
        root({"$ref": "#/$defs/A", "title": "t"}, **{"$defs": {"A": {"description": "d"}}}),
        root({"$ref": "#/$defs/A", "title": "t"}, **{"$defs": {"A": {"title": "u"}}}),
        "/properties/a",
        "title",
    ),
    (
        "recursion",
        referring(recursion="refused"),
        root({"$ref": "#/$defs/N"}, **{"$defs": {"N": {"type": "string"}}}),
        root({"$ref": "#/$defs/N"}, **{"$defs": {"N": NODE}}),
        "/$defs/N/properties/next",
        "$ref",
    ),
    (
        "recursion through a required property",
        referring(recursion="optional"),
        root({"$ref": "#/$defs/N"}, **{"$defs": {"N": NODE}}),
        root({"$ref": "#/$defs/N"}, **{"$defs": {"N": NEEDED}}),
        "/$defs/N/properties/next",
        "$ref",
    ),
    (
        "recursion without an end",
        referring(recursion="finite"),
        root({"$ref": "#/$defs/N"}, **{"$defs": {"N": NEEDED}}),
        root({"$ref": "#/$defs/N"}, required=["a"], **{"$defs": {"N": NEEDED}}),
        "",
        "$ref",
    ),
    (
        "references in a ring",
        referring(recursion="refused"),
        root({"$ref": "#/$defs/A"}, **{"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {}}}),
        root(**{"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}}),
        "/$defs/A",
        "$ref",
    ),
    ("properties", bounded(properties=1), root(), root(root()), "", "properties"),
    ("levels", bounded(depth=2), root(root()), root({"type": "array", "items": root()}), "", ""),
    (
        "levels through references",
        bounded(depth=2),
        root(**{"$defs": {"A": root(root())}}) | {"$defs": {}},
        root({"$ref": "#/$defs/A"}, **{"$defs": {"A": root(root())}}),
        "",
        "",
    ),
    ("values", bounded(values=2), root({"enum": [1, 2]}), root({"enum": [1, 2, 3]}), "", "enum"),
    ("characters", bounded(characters=4), root({"const": "abc"}), root({"const": "abcd"}), "", ""),
    (
        "a long enum",
        bounded(long_enum=2_000),
        root({"enum": LONG[:250]}),
        root({"enum": LONG}),
        "/properties/a",
        "enum",
    ),
    (
        "branches",
        bounded(branches=1),
        root({"anyOf": [{}]}),
        root({"anyOf": [{}, {}]}),
        "/properties/a",
        "anyOf",
    ),
    ("size", bounded(size=50), root(), root({"description": "d" * 50}), "", ""),
    ("required properties", bounded(required=1), root(required=["a"]), root(), "", "required"),
    (
        "optional properties, counted",
        bounded(optional=0),
        root(required=["a"]),
        root(),
        "",
        "required",
    ),
    ("unions", bounded(unions=0), root(), root({"type": ["string", "null"]}), "", "anyOf"),
]


@pytest.mark.parametrize(
    ("what", "rules", "good", "bad", "pointer", "keyword"), CASES, ids=[case[0] for case in CASES]
)
def test_a_rule_refuses_what_it_is_for_and_nothing_else(
    what: str, rules: Dialect, good: Any, bad: Any, pointer: str, keyword: str
) -> None:
    del what
    assert found(good, rules) == []
    if bad is not None:
        before = copy.deepcopy(bad)
        assert (pointer, keyword) in found(bad, rules)
        assert bad == before


MALFORMED: list[tuple[Any, str, str]] = [
    ({"type": "unknown"}, "", "type"),
    ({"type": []}, "", "type"),
    ({"type": ["string", "string"]}, "", "type"),
    ({"type": ["string", 1]}, "", "type"),
    ({"type": None}, "", "type"),
    ({"enum": []}, "", "enum"),
    ({"enum": "a"}, "", "enum"),
    ({"enum": [float("inf")]}, "", "enum"),
    ({"required": "a"}, "", "required"),
    ({"required": ["a", "a"]}, "", "required"),
    ({"required": [["a"]]}, "", "required"),
    ({"properties": []}, "", "properties"),
    ({"properties": {"a": 1}}, "/properties/a", ""),
    ({"$defs": {"a": None}}, "/$defs/a", ""),
    ({"items": [{}]}, "", "items"),
    ({"items": 1}, "/items", ""),
    ({"anyOf": []}, "", "anyOf"),
    ({"anyOf": {}}, "", "anyOf"),
    ({"anyOf": [1]}, "/anyOf/0", ""),
    ({"additionalProperties": None}, "/additionalProperties", ""),
    ({"minimum": "1"}, "", "minimum"),
    ({"minimum": True}, "", "minimum"),
    ({"exclusiveMinimum": True}, "", "exclusiveMinimum"),
    ({"multipleOf": 0}, "", "multipleOf"),
    ({"minLength": -1}, "", "minLength"),
    ({"minLength": 1.5}, "", "minLength"),
    ({"maxItems": float("inf")}, "", "maxItems"),
    ({"maxItems": float("nan")}, "", "maxItems"),
    ({"pattern": 1}, "", "pattern"),
    ({"$ref": 1}, "", "$ref"),
    ({"description": []}, "", "description"),
    ({"uniqueItems": "yes"}, "", "uniqueItems"),
]


@pytest.mark.parametrize(("schema", "pointer", "keyword"), MALFORMED)
def test_what_is_no_schema_is_refused_by_every_dialect(
    schema: Any, pointer: str, keyword: str
) -> None:
    assert ("/properties/a" + pointer, keyword) in found(root(schema), dialect())


@pytest.mark.parametrize("schema", [None, True, 1, "a", [], [{}]])
def test_a_root_that_is_no_object_is_one_violation(schema: Any) -> None:
    reason = "the root must be an object that says what is allowed"
    assert lint(schema, dialect()) == (Violation("", "", reason),)


def test_names_are_names_and_data_is_data() -> None:
    rules = dialect(
        keywords=dict.fromkeys(
            ("$ref", "strict", "oneOf", "minimum", "patternProperties"), Keyword("refused")
        )
    )
    schema = root(
        {"default": {"$ref": 1, "oneOf": 2}, "enum": [{"minimum": 0}], "examples": [{"strict": 1}]}
    )
    schema["properties"] |= {word: {"type": "string"} for word in rules.keywords}
    assert found(schema, rules) == []


def test_violations_stand_in_the_order_of_the_schema() -> None:
    rules = dialect(keywords={"not": Keyword("refused")}, references=References(kept=False))
    schema = root({"$ref": "#"}, **{"not": {}, "items": {"not": {}}})
    assert found(schema, rules) == [("", "not"), ("/properties/a", "$ref"), ("/items", "not")]


def test_nobody_looks_below_a_keyword_that_is_not_taken() -> None:
    below = {"not": {"$ref": "#", "not": {"type": "unknown"}}}
    rules = dialect(
        keywords={"not": Keyword("refused"), "if": Keyword("ignored")},
        references=References(kept=False),
    )
    assert found(root(below), rules) == [("/properties/a", "not")]
    assert found(root({"if": below}), rules) == []


def test_pointers_are_escaped() -> None:
    schema = {"type": "object", "properties": {"a/b~c": {"not": {}}, "": {"not": {}}}}
    rules = dialect(keywords={"not": Keyword("refused")})
    assert found(schema, rules) == [("/properties/a~1b~0c", "not"), ("/properties/", "not")]


# ------------------------------------------------------------------ tools and requests


def test_the_parts_of_a_tool_have_pointers_of_the_definition() -> None:
    rules = dialect(
        described=True, shape=Shape(closed=True), names=NameRule(r"[a-z]+", max_length=4)
    )
    found = [(one.pointer, one.keyword) for one in lint_tool("hello", "", root(), rules)]
    assert found == [
        ("/name", ""),
        ("/description", ""),
        ("/parameters", "additionalProperties"),
    ]


def test_a_description_that_is_not_there_is_not_empty() -> None:
    rules = dialect(described=True)
    assert [lint_tool("a", text, root(), rules) != () for text in (None, "d", "")] == [
        False,
        False,
        True,
    ]


def test_an_empty_name_is_refused_by_every_dialect() -> None:
    assert [one.pointer for one in lint_tool("", None, root(), dialect(names=NameRule()))] == [
        "/name"
    ]


def test_a_tool_without_parameters_is_taken_as_the_dialect_says() -> None:
    empty = {"type": "object", "properties": {}}
    taken = {
        rule: [
            lint_tool("a", None, schema, dialect(parameterless=rule)) == ()
            for schema in (None, empty)
        ]
        for rule in ("any", "object", "absent")
    }
    assert taken == {"any": [True, True], "object": [False, True], "absent": [True, False]}


def test_names_of_a_request_are_unique_and_its_tools_counted() -> None:
    tools = [
        Candidate("a", None, root()),
        Candidate("b", None, root()),
        Candidate("a", None, root()),
    ]
    assert lint_request(tools, dialect(budget=Budget(tools=2))) == (
        Violation("/2/name", "", "another tool has the same name"),
        Violation("", "", "3 tools in one request, at most 2 are taken"),
    )


def test_budgets_of_strict_mode_count_strict_tools_alone() -> None:
    strict = dialect(
        budget=Budget(strict_tools=1, optional=1, unions=1, fields=3), shape=Shape(declared=True)
    )
    schema = {
        "type": "object",
        "properties": {"a": {"type": ["string", "null"]}, "b": {"anyOf": [{}]}},
    }
    tools = [
        Candidate("a", None, schema, strict=True),
        Candidate("b", None, schema),
        Candidate("c", None, schema, strict=True),
    ]
    assert [one.reason for one in lint_request(tools, dialect(), strict)] == [
        "2 strict tools in one request, at most 1 are taken",
        "4 optional properties in one request, at most 1 are taken",
        "4 properties of union types in one request, at most 1 are taken",
        "4 properties in one request, at most 3 are taken",
    ]


def test_each_tool_is_judged_by_its_own_mode() -> None:
    strict = shaped(closed=True)
    tools = [Candidate("a", None, root()), Candidate("b", None, root(), strict=True)]
    assert [(one.pointer, one.keyword) for one in lint_request(tools, dialect(), strict)] == [
        ("/1/parameters", "additionalProperties")
    ]


# ------------------------------------------------------------------ counting


def test_counts_are_those_of_the_whole_schema() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "array", "items": {"$ref": "#/$defs/N"}},
            "b": {"anyOf": [{"enum": ["x", "yy"]}, {"const": 10}, {"type": "null"}]},
        },
        "required": ["a"],
        "$defs": {"N": {"type": "object", "properties": {"next": {"$ref": "#/$defs/N"}}}},
    }
    assert measures(schema) == Measures(
        nodes=9,
        properties=3,
        optional=2,
        unions=1,
        required=1,
        depth=3,
        values=2,
        characters=len("abnext") + len("N") + len("xyy") + len("10"),
        long_enum=0,
        branches=3,
        size=len(json.dumps(schema, separators=(",", ":"))),
    )


def test_depth_is_that_of_the_longest_way_through_references() -> None:
    defs = {f"L{number}": root({"$ref": f"#/$defs/L{number + 1}"}) for number in range(50)}
    schema = root({"$ref": "#/$defs/L0"}, **{"$defs": {**defs, "L50": {"type": "string"}}})
    assert measures(schema).depth == 51


# ------------------------------------------------------------------ hostile input


EVERY_RULE = dialect(
    keywords={"pattern": Keyword(unless="x", compiles=True), "default": Keyword(pattern="a")},
    shape=Shape(
        typed=True,
        type_lists=False,
        list_siblings="none",
        union_type=False,
        union_siblings="none",
        matching=True,
        items=True,
        booleans=False,
        anything=False,
        enums="strings",
        closed=True,
        all_required=True,
        maps=False,
        filled_objects=True,
        declared=True,
    ),
    references=References(recursion="refused", siblings="none", distinct=True, pattern=LOCAL),
    bounds=SchemaBounds(1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
)
FINITE = referring(recursion="finite", distinct=True)

WORDS = st.sampled_from(
    [
        *("type", "properties", "required", "items", "enum", "const", "anyOf", "allOf", "not"),
        *("$ref", "$defs", "additionalProperties", "minimum", "maxLength", "default", "pattern"),
        *("title", "if", "dependencies", "format", "nullable", "x-own"),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["object", "array", "string", "null", "#", "#/$defs/a", "#/items", "a", "("])
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=2), inner),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(WORDS, VALUES) | VALUES)
def test_no_json_makes_the_linter_stumble_and_none_is_changed(schema: Any) -> None:
    before = repr(schema)
    for rules in (EVERY_RULE, FINITE):
        said = lint(schema, rules)
        assert said == lint(schema, rules)
        assert {one.pointer for one in said} <= {place.pointer for place in places(schema).every}
    assert measures(schema).nodes == len(places(schema).every)
    assert repr(schema) == before


RULES = [
    EVERY_RULE,
    FINITE,
    shaped(enums="scalars", closed=True, declared=True, typed=True, anything=False, booleans=False),
    shaped(null="nullable", upper_types=True, typed_values=True, type_lists=False),
    shaped(root_only=frozenset({"$defs", "title"}), matching=True, keys=NameRule("[a-z]+", 2)),
]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(WORDS, VALUES))
def test_what_a_quick_look_clears_the_linter_clears_too(schema: Any) -> None:
    for rules in RULES:
        for one in (schema, root(schema), root(schema, required=["a"], additionalProperties=False)):
            assert_judged(one, rules)


def test_every_case_is_judged_alike_by_the_quick_look_and_by_the_whole() -> None:
    schemas = [schema for case in CASES for schema in case[2:4] if schema is not None]
    schemas += [root(schema) for schema, _, _ in MALFORMED]
    for rules in (*RULES, *(case[1] for case in CASES)):
        for schema in schemas:
            assert_judged(schema, rules)


def assert_judged(schema: Any, rules: Dialect) -> None:
    whole = linted(schema, rules)
    counts = measured(schema, places(schema))
    assert (lint(schema, rules), measures(schema)) == (whole, counts)
    assert judged(schema, rules) == (whole, counts)


def nested(depth: int, keyword: str = "items") -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(depth):
        schema = {keyword: schema}
    return schema


def test_a_schema_that_is_too_deep_is_a_violation() -> None:
    schema = root(nested(50_000))
    (one,) = lint(schema, EVERY_RULE)
    assert one.pointer == "/properties/a" + "/items" * 128
    assert one.reason == "the schema is too deep or too large to be looked at"


def test_data_that_is_too_deep_is_not_looked_into() -> None:
    value: Any = 1
    for _ in range(50_000):
        value = [value]
    schema = root({"default": value, "const": value}, required=["a"], additionalProperties=False)
    assert ("/properties/a", "default") in found(schema, EVERY_RULE)


def test_a_schema_that_is_too_large_is_a_violation() -> None:
    schema = {"type": "object", "properties": {str(number): {} for number in range(20)}}
    (one,) = lint(schema, dialect(), Limits(nodes=10))
    assert (one.pointer, one.keyword) == ("/properties/9", "")


def fan_out(levels: int) -> dict[str, Any]:
    """Give definitions that would be 2**levels subschemas, written out."""
    defs = {
        f"L{level}": {"properties": {key: {"$ref": f"#/$defs/L{level + 1}"} for key in "ab"}}
        for level in range(levels)
    }
    return root({"$ref": "#/$defs/L0"}, **{"$defs": {**defs, f"L{levels}": {}}})


def test_references_cost_what_they_are_and_not_what_they_would_be() -> None:
    schema = fan_out(2_000)
    assert lint(schema, FINITE) == ()
    assert lint(schema, referring(recursion="optional", pattern=LOCAL)) == ()
    assert measures(schema).depth == 2_001


# ------------------------------------------------------------------ real schemas


def test_real_schemas_and_the_official_suite_are_looked_at_without_an_error() -> None:
    schemas: list[Any] = []
    for file in sorted(corpus("toolschema", "json-schema-test-suite", "tests").rglob("*.json")):
        schemas += [case["schema"] for case in json.loads(file.read_text("utf-8"))]
    with gzip.open(corpus("toolschema", "schemastore.jsonl.gz"), "rt", encoding="utf-8") as lines:
        schemas += [json.loads(line)["schema"] for line in lines]
    assert len(schemas) > 2_000
    for schema in schemas:
        for rules in (EVERY_RULE, FINITE):
            assert all(isinstance(one, Violation) for one in lint(schema, rules))
