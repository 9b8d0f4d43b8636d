"""Where references lead: every one becomes one to a definition of the root's own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import jsonschema_rs
import pytest

from sealegs.jsons import dump
from sealegs.schema.canonical import canonical
from sealegs.schema.walking import at, children, fragment, joined, rebuilt, split, subschemas

TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def whole(schema: Any, **options: Any) -> Any:
    """Give the canonical schema of one of which nothing is lost."""
    result = canonical(schema, **options)
    assert result.entries == ()
    return result.schema


def test_definitions_stand_in_the_order_of_their_first_use_and_unused_ones_are_gone() -> None:
    schema = {
        "$defs": {"unused": TEXT, "a": TEXT, "b": {"items": {"$ref": "#/$defs/c"}}, "c": NUMBER},
        "properties": {"x": {"$ref": "#/$defs/b"}, "y": {"$ref": "#/$defs/a"}},
    }
    said = whole(schema)
    assert list(said["$defs"].items()) == [
        ("b", {"items": {"$ref": "#/$defs/c"}}),
        ("a", TEXT),
        ("c", NUMBER),
    ]


def test_the_root_is_hoisted_where_something_refers_to_it() -> None:
    schema = {"type": "object", "properties": {"next": {"$ref": "#"}}}
    assert whole(schema) == {
        "$ref": "#/$defs/root",
        "$defs": {"root": {"type": "object", "properties": {"next": {"$ref": "#/$defs/root"}}}},
    }


def test_a_reference_into_properties_hoists_the_property() -> None:
    schema = {
        "properties": {
            "node": {"properties": {"child": {"$ref": "#/properties/node"}}, "title": "N"},
            "other": {"$ref": "#/properties/node/properties/child"},
        }
    }
    assert whole(schema) == {
        "properties": {"node": {"$ref": "#/$defs/node"}, "other": {"$ref": "#/$defs/child"}},
        "$defs": {
            "node": {"properties": {"child": {"$ref": "#/$defs/child"}}, "title": "N"},
            "child": {"$ref": "#/$defs/node"},
        },
    }


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("a/b", "#/$defs/a~1b"),
        ("a~b", "#/$defs/a~0b"),
        ("a%b", "#/$defs/a%25b"),
        ("a%b", "#/$defs/a%b"),
        ("a b", "#/$defs/a%20b"),
        ("a b", "#/$defs/a b"),
        ("é", "#/$defs/%C3%A9"),
        ('"', "#/$defs/%22"),
        ("", "#/$defs/"),
        ("x" * 80, "#/$defs/" + "x" * 80),
    ],
)
def test_escaped_names_are_found_and_given_names_that_need_no_escape(
    name: str, reference: str
) -> None:
    said = whole({"items": {"$ref": reference}, "$defs": {name: TEXT}})
    (given,) = said["$defs"]
    assert said == {"items": {"$ref": f"#/$defs/{given}"}, "$defs": {given: TEXT}}
    assert given.replace("_", "").isalnum()
    assert len(given) <= 73
    assert whole(said) == said


def test_definitions_of_one_name_stay_apart_whatever_else_is_defined() -> None:
    schema = {
        "properties": {"x": {"$ref": "#/$defs/A"}, "y": {"$ref": "#/definitions/A"}},
        "$defs": {"A": TEXT},
        "definitions": {"A": NUMBER},
    }
    said = whole(schema)
    kept, made = said["$defs"]
    assert (kept, said["$defs"][kept], said["$defs"][made]) == ("A", TEXT, NUMBER)
    assert said["properties"] == {"x": {"$ref": "#/$defs/A"}, "y": {"$ref": f"#/$defs/{made}"}}
    other = {
        "required": ["x"],
        "properties": {"b": {"$ref": "#/$defs/B"}, **dict(reversed(schema["properties"].items()))},
        "definitions": schema["definitions"],
        "$defs": {"B": {}, **schema["$defs"]},
    }
    assert whole(other)["$defs"] == {"B": {}, made: NUMBER, "A": TEXT}


def test_a_chosen_name_never_hides_a_made_one() -> None:
    made = next(
        name
        for name in whole(
            {
                "allOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/definitions/A"}],
                "$defs": {"A": TEXT},
                "definitions": {"A": NUMBER},
            }
        )["$defs"]
        if name != "A"
    )
    said = whole(
        {
            "allOf": [{"$ref": ref} for ref in ("#/$defs/A", "#/definitions/A", f"#/$defs/{made}")],
            "$defs": {"A": TEXT, made: {"type": "null"}},
            "definitions": {"A": NUMBER},
        }
    )
    assert len({link["$ref"] for link in said["allOf"]}) == 3
    assert [said["$defs"][link["$ref"][8:]]["type"] for link in said["allOf"]] == [
        "string",
        "number",
        "null",
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"items": {"$ref": "#here"}, "$defs": {"A": {"$anchor": "here", **TEXT}}},
        {"items": {"$ref": "A.json"}, "$defs": {"A": {"$id": "http://x/A.json", **TEXT}},
         "$id": "http://x/B.json"},
        {"items": {"$ref": "http://x/A#here"},
         "$defs": {"A": {"$id": "http://x/A", "$anchor": "here", **TEXT}}},
        {"items": {"$ref": "#/definitions/A"}, "definitions": {"A": TEXT}},
        {"items": {"$ref": "#/components/schemas/A"}, "components": {"schemas": {"A": TEXT}}},
        {"items": {"$dynamicRef": "#here"}, "$defs": {"A": {"$dynamicAnchor": "here", **TEXT}}},
        {"items": {"$ref": "#/x-mine/A"}, "x-mine": {"A": TEXT}},
        {"$schema": "http://json-schema.org/draft-07/schema#", "items": {"$ref": "#here"},
         "definitions": {"A": {"$id": "#here", **TEXT}}},
    ],
)  # fmt: skip
def test_every_way_to_refer_leads_to_the_definition(schema: Any) -> None:
    said = whole(schema)
    said.pop("x-mine", None)
    assert said == {"items": {"$ref": "#/$defs/A"}, "$defs": {"A": TEXT}}


def test_a_tuple_member_is_found_where_it_stood() -> None:
    schema = {"items": [TEXT, {"$ref": "#/items/0"}], "additionalItems": {"$ref": "#/items/1"}}
    assert whole(schema) == {
        "prefixItems": [{"$ref": "#/$defs/items_0"}, {"$ref": "#/$defs/items_1"}],
        "items": {"$ref": "#/$defs/items_1"},
        "$defs": {"items_0": TEXT, "items_1": {"$ref": "#/$defs/items_0"}},
    }


def test_a_property_named_ref_is_a_property() -> None:
    schema = {
        "properties": {"$ref": {"$ref": "#/$defs/A"}, "$defs": TEXT, "$dynamicRef": {"const": "#"}},
        "enum": [{"$ref": "#/$defs/A"}],
        "$defs": {"A": TEXT},
    }
    assert whole(schema) == schema


def test_a_document_elsewhere_is_taken_in() -> None:
    resources = {"http://x/tree.json": {"items": {"$ref": "#"}, "title": "T"}}
    assert whole({"not": {"$ref": "http://x/tree.json"}}, resources=resources) == {
        "not": {"$ref": "#/$defs/tree"},
        "$defs": {"tree": {"items": {"$ref": "#/$defs/tree"}, "title": "T"}},
    }


@pytest.mark.parametrize(
    ("uri", "schema"),
    [
        ("https://json-schema.org/draft/2020-12/schema", {"minLength": -1}),
        ("https://json-schema.org/draft/2020-12/meta/validation", {"minLength": -1}),
        ("https://json-schema.org/draft/2019-09/schema", {"minLength": -1}),
        ("http://json-schema.org/draft-07/schema#", {"items": {"minLength": -1}}),
        ("http://json-schema.org/draft-04/schema#", {"required": []}),
    ],
)
def test_meta_schemas_are_known(uri: str, schema: Any) -> None:
    result = canonical({"$ref": uri})
    assert [entry.change for entry in result.entries if entry.change != "dropped-annotation"] == []
    validator = jsonschema_rs.Draft202012Validator(result.validated, offline=True)
    assert validator.is_valid({"minLength": 1})
    assert not validator.is_valid(schema)


def test_what_leads_nowhere_is_taken_out_and_said() -> None:
    result = canonical({"items": {"$ref": "http://x/y", "minimum": 1}, "not": {"$ref": "#/a"}})
    assert result.schema == result.validated == {"items": {"minimum": 1}, "not": {}}
    assert [(e.pointer, e.keyword, e.value, e.change, e.enforced_by) for e in result.entries] == [
        ("/items", "$ref", "http://x/y", "widened", "nobody"),
        ("/not", "$ref", "#/a", "widened", "nobody"),
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        {"anyOf": [{"type": "string"}, {"$ref": "#"}]},
        {
            "items": {"$ref": "#/$defs/a"},
            "$defs": {"a": {"allOf": [{"not": {"$ref": "#/$defs/a"}}]}},
        },
    ],
)
def test_a_schema_that_is_itself_at_once_is_cut_and_said(schema: Any) -> None:
    result = canonical(schema)
    assert [(e.keyword, e.change, e.reason) for e in result.entries] == [
        ("$ref", "widened", "leads back to itself at once")
    ]
    assert canonical(result.schema).entries == ()


def test_a_dynamic_reference_is_written_out_for_each_way_that_leads_to_it() -> None:
    def named(kind: str, extra: dict[str, Any]) -> dict[str, Any]:
        anchor = {"item": {"$dynamicAnchor": "item", **extra}}
        return {"$id": f"http://x/{kind}", "$defs": anchor, "$ref": "http://x/list"}

    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"s": {"$ref": "http://x/strings"}, "n": {"$ref": "http://x/numbers"}},
        "$defs": {
            "strings": named("strings", TEXT),
            "numbers": named("numbers", NUMBER),
            "list": {
                "$id": "http://x/list",
                "items": {"$dynamicRef": "#item"},
                "$defs": {"any": {"$dynamicAnchor": "item"}},
            },
        },
    }
    validator = jsonschema_rs.Draft202012Validator(whole(schema), offline=True)
    assert validator.is_valid({"s": ["a"], "n": [1]})
    assert not validator.is_valid({"s": [1]})
    assert not validator.is_valid({"n": ["a"]})


def test_a_dynamic_reference_beside_another_stands_beside_it() -> None:
    schema = {
        "$ref": "#/$defs/A",
        "$dynamicRef": "#B",
        "$defs": {"A": TEXT, "B": {"$dynamicAnchor": "B", "minLength": 1}},
    }
    said = whole(schema)
    first, second = said["$defs"]
    assert said == {
        "$ref": f"#/$defs/{first}",
        "allOf": [{"$ref": f"#/$defs/{second}"}],
        "$defs": {first: TEXT, second: {"minLength": 1}},
    }


def test_a_discriminator_names_the_definitions_as_they_are_called_now() -> None:
    mapping = {"cat": "#/components/schemas/a~1Cat", "dog": "#/components/schemas/Dog", "x": "X"}
    schema = {
        "oneOf": [{"$ref": "#/components/schemas/a~1Cat"}],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
        "components": {"schemas": {"a/Cat": {"title": "Cat"}, "Dog": {}}},
    }
    said = whole(schema)
    (cat,) = said["$defs"]
    assert said == {
        "oneOf": [{"$ref": f"#/$defs/{cat}"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": f"#/$defs/{cat}", "x": "X"}},
        "$defs": {cat: {"title": "Cat"}},
    }


def test_equal_input_gives_equal_bytes_in_another_process() -> None:
    schema = {
        "allOf": [{"$ref": "#/$defs/a%20b"}, {"$ref": "#/definitions/é"}, {"$ref": "#"}],
        "items": {"type": "dict", "nullable": True},
        "$defs": {"a b": {}},
        "definitions": {"é": {"enum": [3, "a", None]}},
    }
    code = (
        "import sys; from sealegs.schema.canonical import canonical;"
        "from sealegs.jsons import dump, parse;"
        "sys.stdout.buffer.write(dump(canonical(parse(sys.stdin.buffer.read())).schema))"
    )
    for seed in ("0", "1"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            input=dump(schema),
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert run.stdout == dump(canonical(schema).schema)


# ------------------------------------------------------------------------------- walking


def test_a_walk_tells_schemas_from_names_and_from_data() -> None:
    schema = {
        "properties": {"items": {"enum": [{"not": {}}]}, "default": False},
        "default": {"properties": {"a": {}}},
        "dependentRequired": {"not": ["a"]},
        "x-mine": {"items": {}},
        "prefixItems": [{"if": True}, 3],
    }
    assert [(sub.pointer, sub.keyword, sub.depth) for sub in subschemas(schema)] == [
        ("", "", 0),
        ("/properties/items", "properties", 1),
        ("/properties/default", "properties", 1),
        ("/prefixItems/0", "prefixItems", 1),
        ("/prefixItems/0/if", "if", 2),
    ]
    assert [sub.pointer for sub in subschemas(schema, depth=0)] == [""]


def test_what_is_rebuilt_shares_what_no_edit_changes() -> None:
    schema: Any = {"properties": {"a": {"title": "A"}, "b": {"items": TEXT}}, "anyOf": [{}, True]}
    assert rebuilt(schema, lambda node, pointer: node) is schema
    seen: list[str] = []

    def edit(node: dict[str, Any], pointer: str) -> Any:
        seen.append(pointer)
        return {"title": "B"} if pointer == "/properties/a" else node

    result = rebuilt(schema, edit)
    assert seen[-1] == ""
    assert result == {**schema, "properties": {"a": {"title": "B"}, "b": {"items": TEXT}}}
    assert result["properties"]["b"] is schema["properties"]["b"]
    assert result["anyOf"] is schema["anyOf"]
    assert schema["properties"]["a"] == {"title": "A"}


def test_an_edit_may_put_false_in_the_place_of_a_schema() -> None:
    schema = {"properties": {"a": {"not": {}}}, "anyOf": [{"not": {}}, {}]}
    result = rebuilt(schema, lambda node, pointer: False if node == {"not": {}} else node)
    assert result == {"properties": {"a": False}, "anyOf": [False, {}]}


@pytest.mark.parametrize("name", ["", "/", "~1", "properties", "anyOf", "0"])
def test_what_is_rebuilt_keeps_its_names(name: str) -> None:
    schema = {
        "properties": {name: {"anyOf": [{}, {"not": {}}]}},
        "items": {"properties": {name: {}}},
    }

    def edit(node: dict[str, Any], pointer: str) -> Any:
        assert at(schema, pointer).keys() == node.keys()
        return {**node, "title": pointer}

    assert rebuilt(schema, edit) == {
        "properties": {
            name: {
                "anyOf": [
                    {"title": joined("/properties", name, "anyOf", 0)},
                    {
                        "not": {"title": joined("/properties", name, "anyOf", 1, "not")},
                        "title": joined("/properties", name, "anyOf", 1),
                    },
                ],
                "title": joined("/properties", name),
            }
        },
        "items": {
            "properties": {name: {"title": joined("/items/properties", name)}},
            "title": "/items",
        },
        "title": "",
    }


@pytest.mark.parametrize("name", ["", "a/b", "~", "~1", "%2F", "é", "0", 'a"b', "a b"])
def test_pointers_and_fragments_lead_where_they_were_made(name: str) -> None:
    pointer = joined("/$defs", name, 1)
    assert split(pointer) == ["$defs", name, "1"]
    assert at({"$defs": {name: [0, TEXT]}}, pointer) == TEXT
    assert whole({"$ref": fragment(joined("/$defs", name)), "$defs": {name: TEXT}})["$ref"]


def test_a_pointer_to_nowhere_is_an_error() -> None:
    for pointer in ("/a", "/b/2", "/b/x", "/b/-", "/c/d"):
        with pytest.raises(KeyError):
            at({"b": [1, 2], "c": "d"}, pointer)


def test_only_objects_have_children() -> None:
    nodes: list[Any] = [True, [], "a", None]
    assert [list(children(node)) for node in nodes] == [[], [], [], []]
