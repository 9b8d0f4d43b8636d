"""The small steps that lowering is made of, each by itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowered import CLOSED, OPENAPI, PERMISSIVE
from sealegs.schema.dialect import Dialect, Keyword, References, SchemaBounds, Shape
from sealegs.schema.encodings.capping import beyond, surely_within
from sealegs.schema.measuring import measures
from sealegs.schema.rewrites.bounds import TIGHTER, Said, tighter
from sealegs.schema.rewrites.disjoint import all_disjoint
from sealegs.schema.rewrites.gathering import definition_of, gather
from sealegs.schema.rewrites.kinds import ALL, fits, kind_of, meet, sameness
from sealegs.schema.rewrites.members import members
from sealegs.schema.rewrites.parts import ROOT, Part, at, pointer
from sealegs.schema.rewrites.references import circles, unkept
from sealegs.schema.rewrites.rules import Rules
from sealegs.schema.rewrites.spelling import spelled
from sealegs.schema.rewrites.standing import Need
from sealegs.schema.rewrites.surveying import survey
from sealegs.schema.rewrites.wording import appended, sentence, short


def facts(*schemas: Any, **defs: Any) -> Any:
    """Gather what several schemas say together."""
    return gather(tuple(Part(schema, at(ROOT, str(i))) for i, schema in enumerate(schemas)), defs)


# ------------------------------------------------------------------ types and values


def test_integer_is_a_part_of_number() -> None:
    assert meet(["number", "string"], ["integer"]) == ["integer"]
    assert meet(["integer"], ["number"]) == ["integer"]
    assert meet(list(ALL), ["null", "object"]) == ["object", "null"]
    assert fits("integer", ["number"])
    assert not fits("number", ["integer"])


def test_values_are_the_same_as_json_schema_says() -> None:
    assert sameness({"a": [1.0]}) == sameness({"a": [1]})
    assert sameness(False) != sameness(0)
    assert sameness({"a": 1, "b": 2}) == sameness({"b": 2, "a": 1})
    values: list[Any] = [None, 1.5, [], {}]
    assert [kind_of(value) for value in values] == ["null", "number", "array", "object"]


# ------------------------------------------------------------------ gathering


def test_bounds_are_intersected() -> None:
    found = facts(
        {"minimum": 1, "maximum": 9, "multipleOf": 2, "uniqueItems": False},
        {"allOf": [{"minimum": 3}, {"maximum": 12, "multipleOf": 6, "uniqueItems": True}]},
    )
    said = {keyword: bound.value for keyword, bound in found.bounds.items()}
    assert said == {"minimum": 3, "maximum": 9, "multipleOf": 6, "uniqueItems": True}
    assert pointer(found.bounds["multipleOf"].place) == "/1/allOf/1"
    assert found.rest == []


def test_of_two_patterns_the_second_is_left_to_the_run_time_check() -> None:
    found = facts({"pattern": "^a"}, {"pattern": "b$"}, {"pattern": "^a"})
    assert found.bounds["pattern"].value == "^a"
    assert [(keyword, said.value) for keyword, said in found.rest] == [("pattern", "b$")]


@given(st.sampled_from(sorted(TIGHTER)), st.integers(0, 9), st.integers(0, 9))
def test_a_merged_bound_is_one_of_the_two(keyword: str, left: int, right: int) -> None:
    kept, other = tighter(keyword, Said(left, ROOT), Said(right, ROOT))
    assert kept.value in (left, right)
    assert other is None or other.value == right


def test_values_are_intersected_and_types_follow_them() -> None:
    found = facts({"enum": [1, "a", None, 2.5]}, {"enum": [1.0, "a", 3]}, {"type": ["number"]})
    assert (found.values, found.types, found.nothing) == ([1], ["number"], False)
    assert facts({"const": 1}, {"const": 2}).nothing
    assert facts({"type": "string"}, {"type": "integer"}).nothing
    assert facts({"enum": []}).nothing
    assert facts({"not": {}}).nothing
    assert facts(False).nothing


def test_references_are_followed_once_even_where_they_lead_round() -> None:
    found = facts({"$ref": "#/$defs/A"}, A={"allOf": [{"$ref": "#/$defs/A"}], "type": "object"})
    assert found.types == ["object"]
    assert [keyword for keyword, _ in found.merged] == ["$ref", "allOf"]


def test_names_of_definitions_are_read_from_references() -> None:
    assert definition_of("#/$defs/a~1b%20c~0d") == "a/b c~d"


def test_the_outermost_annotation_wins() -> None:
    found = facts({"$ref": "#/$defs/A", "title": "mine"}, A={"title": "its", "description": "d"})
    assert {key: said.value for key, said in found.notes.items()} == {
        "title": "mine",
        "description": "d",
    }


# ------------------------------------------------------------------ members


def test_properties_of_all_parts_are_taken_together() -> None:
    left = {"properties": {"a": {"minimum": 1}}, "required": ["a"], "additionalProperties": False}
    right = {"properties": {"a": {"maximum": 9}, "b": {}}, "required": ["c", "a"]}
    found = members(facts(left, right))
    assert [part.schema for part in found.named["a"]] == [{"minimum": 1}, {"maximum": 9}]
    assert [part.schema for part in found.named["b"]] == [False, {}]
    assert (found.required, found.closed) == (["a", "c"], True)


def test_patterns_speak_of_declared_properties_too() -> None:
    found = members(
        facts({"properties": {"ab": {}}, "patternProperties": {"^a": {"minimum": 1}, "[": {}}})
    )
    assert [part.schema for part in found.named["ab"]] == [{}, {"minimum": 1}]
    assert [[part.schema for part in value] for value in found.values] == [
        [{"minimum": 1}],
        [{}],
        [],
    ]
    assert (found.closed, found.exact) == (False, False)


def test_a_map_of_one_pattern_is_told_exactly() -> None:
    shut = {"patternProperties": {"^a": {"type": "string"}}, "additionalProperties": False}
    found = members(facts(shut))
    assert (found.closed, found.exact, found.patterns) == (False, True, ["^a"])
    assert [part.schema for part in found.values[0]] == [{"type": "string"}]
    assert members(
        facts({"patternProperties": {"^a": False}, "additionalProperties": False})
    ).closed


# ------------------------------------------------------------------ telling apart


@pytest.mark.parametrize(
    ("left", "right", "apart"),
    [
        ({"type": "string"}, {"type": "number"}, True),
        ({"type": "integer"}, {"type": "number"}, False),
        ({"const": "a"}, {"enum": ["b", "c"]}, True),
        ({"const": 1}, {"enum": [1.0]}, False),
        ({"const": True}, {"const": 1}, True),
        ({"type": "object"}, {"type": "object"}, False),
        ({"not": {}}, {}, True),
    ],
)
def test_branches_exclude_each_other_where_that_can_be_told(
    left: Any, right: Any, apart: bool
) -> None:
    assert all_disjoint([(Part(left, ROOT),), (Part(right, ROOT),)], {}) is apart


def test_a_required_constant_tells_objects_apart_and_an_optional_one_does_not() -> None:
    def kind(name: str, required: list[str]) -> tuple[Part, ...]:
        schema = {"type": "object", "properties": {"kind": {"const": name}}, "required": required}
        return (Part(schema, ROOT),)

    assert all_disjoint([kind("a", ["kind"]), kind("b", ["kind"])], {})
    assert not all_disjoint([kind("a", ["kind"]), kind("b", [])], {})
    assert not all_disjoint([kind(str(number), ["kind"]) for number in range(99)], {})


def test_what_one_requires_and_the_other_shuts_out_tells_them_apart() -> None:
    left = {"type": "object", "properties": {"a": {}}, "required": ["a"]}
    right = {"type": "object", "properties": {"b": {}}, "additionalProperties": False}
    assert all_disjoint([(Part(left, ROOT),), (Part(right, ROOT),)], {})


# ------------------------------------------------------------------ recursion

LIST = {
    "type": "object",
    "properties": {"next": {"$ref": "#/$defs/L"}, "end": {"$ref": "#/$defs/E"}},
}


def test_which_definitions_are_written_out_depends_on_the_dialect() -> None:
    loop = {"L": LIST, "E": {"type": "string"}}
    needed = {"L": {**LIST, "required": ["next"]}, "E": {"type": "string"}}
    assert circles(loop) == {"L"}
    for defs, rule, wanted in (
        (loop, References(), set()),
        (loop, References(kept=False), {"L", "E"}),
        (loop, References(recursion="refused"), {"L"}),
        (loop, References(recursion="optional"), set()),
        (needed, References(recursion="optional"), {"L"}),
        (needed, References(recursion="finite"), {"L"}),
        (loop, References(recursion="finite"), set()),
    ):
        assert unkept(defs, rule) == wanted


def test_long_ways_round_are_found() -> None:
    size = 2_000
    defs = {
        str(number): {"items": {"$ref": f"#/$defs/{(number + 1) % size}"}} for number in range(size)
    }
    defs["tail"] = {"items": {"$ref": "#/$defs/0"}}
    assert len(circles(defs)) == size


# ------------------------------------------------------------------ what is needed


def test_one_look_says_what_a_schema_needs() -> None:
    closed = Rules(CLOSED)
    fine = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    assert survey(fine, closed, frozenset(), frozenset())[0] is Need.NOTHING
    assert survey({"type": "object"}, closed, frozenset(), frozenset())[0] is Need.ENCODINGS
    loose = Rules(Dialect("loose", "", frozenset(), keywords={"minLength": Keyword("ignored")}))
    bound = {"type": "object", "properties": {"a": {"minLength": 1}}}
    assert survey(bound, loose, frozenset(), frozenset()) == (Need.REWRITES, 2, 2)


@given(
    st.recursive(
        st.sampled_from([{"type": "string"}, {"enum": ["a", "b"]}, {"type": ["integer", "null"]}]),
        lambda inner: st.dictionaries(st.text(max_size=2), inner, max_size=3).map(
            lambda props: {"type": "object", "properties": props}
        ),
        max_leaves=8,
    )
)
def test_what_surely_is_within_bounds_is(schema: Any) -> None:
    counts = measures(schema)
    for bounds in (
        *(SchemaBounds(properties=most, values=most, characters=6 * most) for most in range(9)),
        *(SchemaBounds(optional=most, unions=most, depth=most) for most in range(9)),
    ):
        if surely_within(schema, bounds, counts.depth):
            assert beyond(counts, bounds) == []


# ------------------------------------------------------------------ spelling and wording


def test_types_and_null_are_spelled_as_the_dialect_does() -> None:
    schema = {
        "type": "object",
        "properties": {"type": {"type": ["string", "null"], "enum": ["a", None]}},
        "default": {"type": "object"},
    }
    assert spelled(schema, Rules(OPENAPI)) == {
        "type": "OBJECT",
        "properties": {"type": {"type": "STRING", "enum": ["a"], "nullable": True}},
        "default": {"type": "object"},
    }
    assert spelled(schema, Rules(PERMISSIVE)) is schema


def test_what_goes_without_saying_is_left_out() -> None:
    silent = Dialect(
        "silent",
        "",
        frozenset(),
        keywords={"additionalProperties": Keyword("refused")},
        shape=Shape(open=False),
    )
    schema = {"type": "object", "additionalProperties": False}
    assert spelled(schema, Rules(silent)) == {"type": "object"}


def test_sentences_are_added_once_and_only_while_they_are_short() -> None:
    assert appended("", ["A."]) == "A."
    assert appended("One", ["A.", "B."]) == "One. A. B."
    assert appended("One. A.", ["A."]) == "One. A."
    assert sentence("pattern", "a" * 500) == ""
    assert sentence("enum", ["x" * 500]) == ""
    assert sentence("minLength", 0) == ""
    assert sentence("not", {"type": "string"}) == 'Must not fit {"type":"string"}.'
    assert short([[[["deep" * 100]]]], 50) == ""
