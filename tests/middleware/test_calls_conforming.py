"""Values of the wrong type, made right where the schema leaves no doubt."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from corpus import corpus
from real_tools import real_tools, sample
from sealegs.calls.admitting import admitted, properties_of
from sealegs.calls.conforming import conform
from sealegs.calls.repairs import Parsed
from sealegs.calls.strictness import same
from sealegs.calls.validating import Validator

INTEGER = {"type": "integer"}
TEXT = {"type": "string"}
DECIMAL = {"type": "number"}
FLAG = {"type": "boolean"}
NULL = {"type": "null"}
OBJECT = {"type": "object", "properties": {"u": TEXT, "n": INTEGER}, "required": ["n"]}
INTEGERS = {"type": "array", "items": INTEGER}
TEXTS = {"type": "array", "items": TEXT}
COUNTS = {"additionalProperties": {"anyOf": [INTEGER, NULL]}}
UNITS = {"enum": ["celsius", "kelvin"]}


def conformed(value: Any, schema: Any, **how: Any) -> Parsed:
    before = copy.deepcopy(value)
    found = conform(value, Validator(schema), schema, **how)
    assert same(value, before), "the input was changed"
    return found


COERCED: list[tuple[Any, Any, Any, str, str]] = [
    # numbers, booleans and null that were written as text
    ("3", INTEGER, 3, "unambiguous", "number for text"),
    ("-3", INTEGER, -3, "unambiguous", "number for text"),
    ("3.0", INTEGER, 3, "unambiguous", "number for text"),
    ("3", DECIMAL, 3, "unambiguous", "number for text"),
    (" 2.5e1 ", DECIMAL, 25.0, "unambiguous", "number for text"),
    ("1" * 30, INTEGER, int("1" * 30), "unambiguous", "number for text"),
    ("true", FLAG, True, "unambiguous", "boolean for text"),
    ("False", FLAG, False, "unambiguous", "boolean for text"),
    ("null", {"type": ["integer", "null"]}, None, "unambiguous", "null for text"),
    ("None", {"anyOf": [INTEGER, NULL]}, None, "unambiguous", "null for text"),
    ("7", {"anyOf": [INTEGER, INTEGERS]}, 7, "unambiguous", "number for text"),
    ("2", {"enum": [1, 2, 3]}, 2, "unambiguous", "number for text"),
    ("true", {"const": True}, True, "unambiguous", "boolean for text"),
    # decimals that are integers
    (120000.0, INTEGER, 120000, "lossless", "integer for decimal"),
    ([1.0, 2], {"items": INTEGER}, [1, 2], "lossless", "integer for decimal"),
    (
        {"a": {"b": -3.0}},
        {"properties": {"a": COUNTS}},
        {"a": {"b": -3}},
        "lossless",
        "integer for decimal",
    ),
    # objects and arrays in a text
    ('{"n": 1}', OBJECT, {"n": 1}, "unambiguous", "double encoding"),
    ('["a"]', TEXTS, ["a"], "unambiguous", "double encoding"),
    ("['a', 'b',]", TEXTS, ["a", "b"], "unambiguous", "double encoding"),
    ("[1]", {"anyOf": [INTEGERS, NULL]}, [1], "unambiguous", "double encoding"),
    # closed sets
    ("Celsius", UNITS, "celsius", "unambiguous", "letter case"),
    (" KELVIN ", UNITS, "kelvin", "unambiguous", "letter case"),
    ("ADD", {"const": "add"}, "add", "unambiguous", "letter case"),
    ("Auto", {"anyOf": [{"const": "auto"}, INTEGER]}, "auto", "unambiguous", "letter case"),
    ("3", {"anyOf": [{"const": "auto"}, INTEGER]}, 3, "unambiguous", "number for text"),
    # text that was written as a number
    (42, TEXT, "42", "unambiguous", "text for number"),
    (1, {"enum": ["1", "2"]}, "1", "unambiguous", "text for number"),
    (1.5, TEXT, "1.5", "guess", "text for number"),
    # what nobody can be sure of
    ("a", TEXTS, ["a"], "guess", "array of one"),
    ({"n": 1}, {"type": "array", "items": OBJECT}, [{"n": 1}], "guess", "array of one"),
]


@pytest.mark.parametrize(("value", "schema", "wanted", "repair", "what"), COERCED)
def test_what_the_schema_refuses_is_coerced(
    value: Any, schema: Any, wanted: Any, repair: str, what: str
) -> None:
    found = conformed(value, schema)
    assert same(found.value, wanted), found
    assert found.worst == repair
    assert what in [one.what for one in found.repairs]


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        # what is admitted stays, whatever else would be
        ("3", TEXT),
        ("01234", {"type": ["string", "integer"]}),
        ("null", {"type": ["string", "null"]}),
        ("7", {"anyOf": [TEXT, INTEGER]}),
        ('{"n": 1}', {"anyOf": [OBJECT, TEXT]}),
        (3.0, DECIMAL),
        (3.0, {"type": ["integer", "number"]}),
        (3.0, {}),
        ({"a": 1.0}, {"properties": {"a": {"enum": [1.0, 2.5]}}}),
        # a text that a free text's rules refuse is no number for that
        ("7", {"anyOf": [{"type": "string", "minLength": 2}, INTEGER]}),
        ("7", {"type": "string", "pattern": "^x"}),
        # no spelling of what is wanted
        ("three", INTEGER),
        ("3 days", INTEGER),
        ("1,000", INTEGER),
        ("007", INTEGER),
        ("0x10", INTEGER),
        ("3.5", INTEGER),
        ("1e999", DECIMAL),
        ("yes", FLAG),
        (1, FLAG),
        (True, INTEGER),
        (3.5, INTEGER),
        ("null", INTEGER),
        (None, TEXT),
        ("", INTEGER),
        ("{}", INTEGER),
        ("[1]", OBJECT),
        ("nonsense", OBJECT),
        # coerced, it would be refused for another reason
        ("-1", {"type": "integer", "minimum": 0}),
        ('{"n": "x"}', OBJECT),
        ("{}", OBJECT),
        # several options fold to the same
        ("AUTO", {"enum": ["auto", "Auto"]}),
        ("fahrenheit", UNITS),
        # a schema that cannot be checked
        ("3", {"type": "int"}),
    ],
)
def test_what_is_admitted_or_cannot_be_coerced_stays_as_it_is(value: Any, schema: Any) -> None:
    found = conformed(value, schema)
    assert found.value is value
    assert found.repairs == ()


def test_only_the_places_that_fail_are_touched() -> None:
    schema = {
        "type": "object",
        "properties": {"days": INTEGER, "zip": TEXT, "opts": OBJECT, "unit": UNITS},
        "required": ["city"],
    }
    value = {"zip": "01234", "days": "3", "opts": '{"u": "5", "n": "4"}', "unit": "Kelvin"}
    found = conformed(value, schema)
    assert found.value == {
        "zip": "01234",
        "days": 3,
        "opts": {"u": "5", "n": 4},
        "unit": "kelvin",
    }
    assert [(one.pointer, one.what) for one in found.repairs] == [
        ("/days", "number for text"),
        ("/opts", "double encoding"),
        ("/unit", "letter case"),
        ("/opts/n", "number for text"),
    ]


def test_what_is_put_back_does_not_undo_the_rest() -> None:
    schema = {"properties": {"a": INTEGER, "b": {"type": "integer", "minimum": 9}, "c": OBJECT}}
    found = conformed({"a": "1", "b": "2", "c": '{"n": "x"}'}, schema)
    assert found.value == {"a": 1, "b": "2", "c": '{"n": "x"}'}
    assert list(found.value) == ["a", "b", "c"]
    assert [one.pointer for one in found.repairs] == ["/a"]


def test_a_null_that_is_not_admitted_says_that_there_is_none() -> None:
    schema = {"properties": {"a": INTEGER, "b": INTEGER, "c": UNITS}, "required": ["b"]}
    found = conformed({"a": None, "b": 1, "c": None}, schema)
    assert found.value == {"b": 1}
    assert [(one.pointer, one.repair, one.what) for one in found.repairs] == [
        ("/a", "unambiguous", "absent for null"),
        ("/c", "unambiguous", "absent for null"),
    ]
    assert conformed({"b": None}, schema).value == {"b": None}
    variables = {"properties": {"env": {"type": "object", "additionalProperties": TEXT}}}
    assert conformed({"env": {"A": None}}, variables).worst == "guess"
    assert conformed([None], {"items": INTEGER}).value == [None]


def test_names_in_another_style_are_a_guess_and_unknown_names_are_never_dropped() -> None:
    schema = {
        "properties": {"file_name": TEXT, "max": INTEGER},
        "required": ["file_name"],
        "additionalProperties": False,
    }
    found = conformed({"fileName": "a", "max": "1"}, schema)
    assert found.value == {"file_name": "a", "max": 1}
    assert found.worst == "guess"
    for value in ({"file_name": "a", "other": 1}, {"fileName": "a", "file-name": "b"}):
        assert conformed(value, schema).value is value


def test_the_provider_that_changes_case_is_trusted_with_it() -> None:
    assert conformed("Celsius", UNITS, recases=True).worst == "lossless"


def test_branches_that_disagree_make_a_guess() -> None:
    schema = {"oneOf": [{"type": "array", "items": INTEGER}, {"type": "array", "items": FLAG}]}
    assert conformed('["1", 2]', schema).worst == "unambiguous"
    rivals = {"anyOf": [{"const": "Ab"}, {"const": "aB"}]}
    assert conformed("ab", rivals).worst == "guess"


def test_a_text_is_unwrapped_once_for_each_level() -> None:
    schema = {"type": "object", "properties": {"inner": OBJECT}}
    text = json.dumps({"inner": json.dumps({"n": 1})})
    assert conformed({"outer": text}, {"properties": {"outer": schema}}).value == {
        "outer": {"inner": {"n": 1}}
    }
    twice = json.dumps(json.dumps({"n": 1}))
    assert conformed({"a": twice}, {"properties": {"a": OBJECT}}).value == {"a": twice}


def test_many_places_that_fail_are_all_coerced() -> None:
    union = {"items": {"anyOf": [INTEGER, NULL]}}
    assert conformed(["1"] * 1_000, union).value == [1] * 1_000
    assert conformed(["1"] * 3_000, {"items": INTEGER}).value == [1] * 3_000


@pytest.mark.parametrize("leaf", ["q", "1"])
def test_a_schema_that_recurs_in_each_branch_ends(leaf: str) -> None:
    node = {"$ref": "#/$defs/A"}
    branches = [{"type": "object", "properties": {"x": node}, "required": ["x"]} for _ in range(3)]
    schema = {"$ref": "#/$defs/A", "$defs": {"A": {"anyOf": [*branches, INTEGER]}}}
    value: Any = leaf
    for _ in range(60):
        value = {"x": value}
    conformed(value, schema)


def _suite() -> Iterator[tuple[str, Any, list[tuple[Any, bool]]]]:
    for file in sorted(
        corpus("toolschema", "json-schema-test-suite", "tests", "draft2020-12").glob("*.json")
    ):
        for case in json.loads(file.read_text()):
            yield (
                case["description"],
                case["schema"],
                [(one["data"], one["valid"]) for one in case["tests"]],
            )


def _store() -> Iterator[tuple[str, Any, list[tuple[Any, bool]]]]:
    with gzip.open(corpus("toolschema", "schemastore.jsonl.gz"), "rt") as lines:
        for row in map(json.loads, lines):
            yield (
                row["id"],
                row["schema"],
                [
                    *((one, True) for one in row["valid"]),
                    *((one, False) for one in row["invalid"]),
                ],
            )


@pytest.mark.parametrize("source", [_suite, _store])
def test_what_validates_is_never_changed_and_stays_valid(source: Any) -> None:
    checked = 0
    for _, schema, cases in source():
        validator = Validator(schema)
        for value, _ in cases:
            found = conform(value, validator, schema)
            if validator.accepts(value):
                assert found.value == value
                assert validator.accepts(found.value)
                assert {one.what for one in found.repairs} <= {"integer for decimal"}
            else:
                assert (found.value is value) == (found.repairs == ())
            checked += 1
    assert checked > 500


def test_arguments_of_real_tools_are_recovered_from_text() -> None:
    recovered = 0
    for _, schema in real_tools():
        validator = Validator(schema)
        value = sample(schema)
        if validator.broken or not validator.accepts(value):
            continue  # a draft that is not named, or a bound that samples do not mind
        wrong = {
            name: one if isinstance(one, str) or _takes_text(schema, name) else json.dumps(one)
            for name, one in value.items()
        }
        found = conform(wrong, validator, schema)
        assert same(found.value, value), (schema, wrong, found)
        assert found.worst in ("none", "unambiguous")
        recovered += wrong != value
    assert recovered > 150


def _takes_text(schema: Any, name: str) -> bool:
    return any("string" in admitted(one, schema) for one in properties_of(schema, schema, name))
