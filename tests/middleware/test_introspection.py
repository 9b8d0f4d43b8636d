"""Definitions of functions and models, as pydantic knows them."""

from __future__ import annotations

import enum
import functools
import typing
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pydantic
import pydantic.v1
import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel
from typing_extensions import TypedDict

from sealegs.errors import SchemaError
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.docstrings import Docstring
from sealegs.schema.introspection import definition


class Unit(enum.Enum):
    C = "c"
    F = "f"


class Place(BaseModel):
    """Where."""

    city: str = Field(description="its name")
    near: list[Place] = []


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", title="Other")

    limit: int = Field(10, ge=1, alias="maxResults")


class Old(pydantic.v1.BaseModel):
    """As it was."""

    city: str
    days: int = 1


@dataclass
class Point:
    """A point."""

    x: int
    y: int = 0


@dataclass
class Silent:
    x: int


class Options(TypedDict, total=False):
    """What may be said."""

    loud: bool


class Numbers(RootModel[list[int]]):
    """Some numbers."""


def test_a_function_gives_types_defaults_and_what_its_docstring_says() -> None:
    async def forecast(
        city: str,
        unit: Literal["c", "f"] = "c",
        *,
        days: Annotated[int, Field(ge=1, description="from today")] = 3,
        place: Place | None = None,
        rest: list[float] | None = None,
    ) -> str:
        """Tell the weather.

        It asks a service.

        Args:
            city (str): the city's name,
                in English
            unit: Celsius or Fahrenheit: ``c`` or ``f``
            days: never read
            place: where else

        Returns:
            A sentence.
        """
        return ""

    place = {
        "description": "Where.",
        "properties": {
            "city": {"description": "its name", "type": "string"},
            "near": {"default": [], "items": {"$ref": "#/$defs/Place"}, "type": "array"},
        },
        "required": ["city"],
        "title": "Place",
        "type": "object",
    }
    assert definition(forecast) == ToolDefinition(
        "forecast",
        "Tell the weather.\n\nIt asks a service.\n\nReturns:\n    A sentence.",
        {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "the city's name, in English"},
                "unit": {
                    "default": "c",
                    "enum": ["c", "f"],
                    "type": "string",
                    "description": "Celsius or Fahrenheit: ``c`` or ``f``",
                },
                "days": {
                    "default": 3,
                    "description": "from today",
                    "minimum": 1,
                    "type": "integer",
                },
                "place": {
                    "anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}],
                    "default": None,
                    "description": "where else",
                },
                "rest": {
                    "anyOf": [{"items": {"type": "number"}, "type": "array"}, {"type": "null"}],
                    "default": None,
                },
            },
            "$defs": {"Place": place},
            "additionalProperties": False,
            "required": ["city"],
        },
        form="callable",
    )


def test_what_cannot_be_named_is_left_out_and_what_is_open_stays_open() -> None:
    def free(first, /, *args: int, loud=object(), **more: int):  # type: ignore[no-untyped-def]  # noqa: B008
        ...

    assert definition(free) == ToolDefinition(
        "free",
        "",
        {
            "type": "object",
            "properties": {"first": {}, "loud": {}},
            "additionalProperties": {"type": "integer"},
            "required": ["first"],
        },
        form="callable",
    )

    def anything(**more: Any) -> None: ...

    assert definition(anything).parameters == {"type": "object", "properties": {}}


def test_names_that_a_model_could_not_have_are_ordinary_parameters() -> None:
    def odd(model_x: int, _y: int, json: str, schema: Unit, properties: int) -> None: ...

    found = definition(odd).parameters
    assert list(found["properties"]) == ["model_x", "_y", "json", "schema", "properties"]
    assert found["$defs"]["Unit"]["enum"] == ["c", "f"]


def test_a_method_a_partial_and_an_object_are_callables_too() -> None:
    class Search:
        """A searcher."""

        def find(self, text: str, limit: int = 3) -> None:
            """Find it."""

        def __call__(self, text: str) -> None:
            """Call it."""

    find = definition(Search().find)
    assert (find.name, find.description) == ("find", "Find it.")
    assert list(find.parameters["properties"]) == ["text", "limit"]
    bound = definition(functools.partial(Search().find, "x"))
    assert (bound.name, list(bound.parameters["properties"])) == ("find", ["limit"])
    called = definition(Search())
    assert (called.name, called.description) == ("Search", "Call it.")
    assert called.parameters["required"] == ["text"]


def test_a_decorated_function_is_what_it_wraps() -> None:
    def loud(function: Any) -> Any:
        @functools.wraps(function)
        def inner(*args: Any, **more: Any) -> Any:
            return function(*args, **more)

        return inner

    @loud
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    found = definition(add)
    assert (found.name, found.description, found.parameters["required"]) == (
        "add",
        "Add.",
        ["a", "b"],
    )


def test_name_and_description_can_be_given() -> None:
    found = definition(Place, name="place", description="A place.")
    assert (found.name, found.description) == ("place", "A place.")


def test_a_model_gives_its_own_schema_under_its_own_name() -> None:
    assert definition(Closed) == ToolDefinition(
        "Closed",
        "",
        {
            "additionalProperties": False,
            "properties": {
                "maxResults": {
                    "default": 10,
                    "minimum": 1,
                    "title": "Maxresults",
                    "type": "integer",
                }
            },
            "type": "object",
        },
        form="pydantic",
    )


def test_a_recursive_model_keeps_its_description() -> None:
    found = definition(Place)
    assert (found.name, found.description) == ("Place", "Where.")
    assert found.parameters["$ref"] == "#/$defs/Place"


def test_a_model_of_pydantic_1_is_read_too() -> None:
    assert definition(Old) == ToolDefinition(
        "Old",
        "As it was.",
        {
            "type": "object",
            "properties": {
                "city": {"title": "City", "type": "string"},
                "days": {"title": "Days", "default": 1, "type": "integer"},
            },
            "required": ["city"],
        },
        form="pydantic",
    )


@pytest.mark.parametrize(
    ("thing", "told", "parameters"),
    [
        (
            Point,
            "A point.",
            {
                "type": "object",
                "properties": {"x": {"type": "integer"}, "y": {"default": 0, "type": "integer"}},
                "required": ["x"],
            },
        ),
        (
            Silent,
            "",
            {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
        ),
        (
            Options,
            "What may be said.",
            {"type": "object", "properties": {"loud": {"type": "boolean"}}},
        ),
        (Numbers, "Some numbers.", {"type": "array", "items": {"type": "integer"}}),
    ],
)
def test_other_types_with_fields_are_read_too(
    thing: type[Any], told: str, parameters: dict[str, Any]
) -> None:
    found = definition(thing)
    assert found == ToolDefinition(thing.__name__, told, parameters, form="pydantic")


def test_a_model_is_never_changed_and_gives_the_same_each_time() -> None:
    before = Place.model_json_schema()
    assert definition(Place) == definition(Place)
    assert Place.model_json_schema() == before


def unresolved(a: Nowhere) -> None:  # type: ignore[name-defined]  # noqa: F821
    ...


def untold(a: typing.IO[str], b: object, c: type(pytest)) -> None:  # type: ignore[valid-type]
    ...


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        (3, "no definition can be made of 3: it is no model, no callable"),
        (int, "no definition can be made of the class 'int': it has no fields"),
        (unresolved, "'unresolved' has no JSON Schema: name 'Nowhere' is not defined"),
        (untold, "'untold' has no JSON Schema: Unable to generate pydantic-core schema for "),
    ],
)
def test_what_has_no_schema_is_told_in_one_line(thing: Any, reason: str) -> None:
    with pytest.raises(SchemaError) as caught:
        definition(thing)
    assert caught.value.pointer == ""
    assert caught.value.reason.startswith(reason)
    assert "\n" not in caught.value.reason


@pytest.mark.parametrize(
    ("text", "description", "arguments"),
    [
        ("", "", {}),
        ("Do it.", "Do it.", {}),
        ("Args:\n    a: first", "", {"a": "first"}),
        (
            "Do it.\n\nArgs:\n  a: one\n  *rest (tuple[int, ...]): more\n  **kw: other\n"
            "\nRaises:\n  E: no",
            "Do it.\n\nRaises:\n  E: no",
            {"a": "one", "rest": "more", "kw": "other"},
        ),
        (
            "Do.\n\nKeyword Arguments:\n    a:\n        one: two\n\n        three\n"
            "Note:\n    Args: none",
            "Do.\n\nNote:\n    Args: none",
            {"a": "one: two three"},
        ),
        ("Do.\n\nArgs:\n    it has no entries\n    a: one", "Do.", {"a": "one"}),
        ("Do.\nArgs: a, b", "Do.\nArgs: a, b", {}),
    ],
)
def test_a_docstring_is_taken_apart(text: str, description: str, arguments: dict[str, str]) -> None:
    assert Docstring.parse(text) == Docstring(description, arguments)
