"""Definitions of Python things: pydantic models, dataclasses, typed dictionaries, functions.

from sealegs.schema.introspection import definition

definition(search)      # a function, sync or async, with type hints and a docstring
definition(SearchArgs)  # a pydantic model
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any, cast

from sealegs.errors import SchemaError
from sealegs.jsons import Json, is_object
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.docstrings import Docstring

__all__ = ["definition", "model_definition"]


def definition(thing: object, *, name: str = "", description: str = "") -> ToolDefinition:
    """Give the definition of a model, a dataclass, a typed dictionary or a callable.

    A function's parameters become properties, in order, those with a default optional; keyword-only
    and positional-only ones are told like the others, as a model names all of its arguments.
    ``*args`` cannot be named and is left out; ``**kwargs`` lets the object take further properties,
    of the type that is annotated. What has no annotation accepts anything. The docstring is the
    description, but for its section ``Args:``, which describes the properties.

    Args:
        thing: the model, the type or the callable.
        name: in place of the thing's own name.
        description: in place of the docstring.

    Raises:
        SchemaError: it is none of these, or one of its types has no JSON Schema.

    >>> def search(query: str, limit: int = 10) -> list[str]:
    ...     '''Search the archive.
    ...
    ...     Args:
    ...         query: what to look for
    ...     '''
    >>> found = definition(search)
    >>> found.name, found.description
    ('search', 'Search the archive.')
    >>> found.parameters["properties"]
    {'query': {'type': 'string', 'description': 'what to look for'}, 'limit': {'default': 10, \
'type': 'integer'}}
    >>> found.parameters["required"]
    ['query']
    """
    if isinstance(thing, type):
        found = model_definition(cast("type[Any]", thing), name=name)
    elif callable(thing):
        found = _of_callable(thing, name)
    else:
        raise SchemaError(
            "", f"no definition can be made of {thing!r}: it is no model, no callable"
        )
    return dataclasses.replace(found, description=description) if description else found


def model_definition(model: type[Any], *, name: str = "") -> ToolDefinition:
    """Give the definition of a pydantic model (of version 1 too) or of another type with fields.

    Raises:
        SchemaError: the type has no JSON Schema.
    """
    name = name or model.__name__
    if hasattr(model, "model_json_schema"):
        schema: Json = _made(name, model.model_json_schema)
    elif hasattr(model, "__fields__") and hasattr(model, "schema"):  # pydantic 1
        schema = _made(name, model.schema)
    elif dataclasses.is_dataclass(model) or hasattr(model, "__total__"):
        schema = _made(name, lambda: _generated(model))
        doc = inspect.cleandoc(model.__doc__ or "")
        if not doc.startswith(f"{model.__name__}("):  # what a dataclass says of itself
            schema.setdefault("description", doc)
    else:
        raise SchemaError("", f"no definition can be made of the class {name!r}: it has no fields")
    told = {key: value for key, value in schema.items() if key not in ("title", "description")}
    return ToolDefinition(name, _description(schema), told, form="pydantic")


def _of_callable(function: Callable[..., Any], name: str) -> ToolDefinition:
    core, own = _core(function)
    name = name or own
    docstring = Docstring.parse(inspect.getdoc(core) or "")
    schema = _made(name, lambda: _generated(_stand_in(function, core)))
    properties: Mapping[str, Json] = schema.get("properties") or {}
    described = {
        key: {**value, "description": docstring.arguments[key]}
        if docstring.arguments.get(key) and is_object(value) and "description" not in value
        else value
        for key, value in properties.items()
    }
    parameters = {"type": "object", "properties": described}
    parameters |= {key: value for key, value in schema.items() if key not in parameters}
    return ToolDefinition(name, docstring.description, parameters, form="callable")


def _core(function: Callable[..., Any]) -> tuple[Callable[..., Any], str]:
    """Give what has the annotations and the docstring of a callable, and the callable's name."""
    core: Any = function
    while isinstance(core, functools.partial):
        core = core.func
    if inspect.isroutine(core):
        return core, core.__name__
    return core.__call__, type(core).__name__


def _stand_in(function: Callable[..., Any], core: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of the same signature, in which every parameter can be named."""
    hints = typing.get_type_hints(core, include_extras=True)
    hints.pop("return", None)
    signature = inspect.signature(function)
    parameters = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
        else one
        for one in signature.parameters.values()
        if one.kind is not one.VAR_POSITIONAL
    ]

    def stand_in() -> None: ...

    stand_in.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    stand_in.__annotations__ = {one.name: hints.get(one.name, Any) for one in parameters}
    return stand_in


def _generated(thing: Any) -> dict[str, Json]:
    """Have pydantic write the schema, without titles that only repeat the properties' names."""
    from pydantic import TypeAdapter
    from pydantic.json_schema import GenerateJsonSchema

    class Quiet(GenerateJsonSchema):
        ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

        def field_title_should_be_set(self, schema: Any) -> bool:
            return False

    return TypeAdapter(thing).json_schema(schema_generator=Quiet)


def _made(name: str, make: Callable[[], dict[str, Json]]) -> dict[str, Json]:
    """Make a schema; what pydantic cannot express is told in one line."""
    from pydantic.errors import PydanticUserError

    try:
        return make()
    except (PydanticUserError, NameError, TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise SchemaError("", f"{name!r} has no JSON Schema: {reason}") from error


def _description(schema: Mapping[str, Json]) -> str:
    """Give a model's description, which a recursive one has in its definition."""
    target = schema.get("$ref")
    if isinstance(target, str):
        where, _, key = target[2:].partition("/")
        known = schema.get(where)
        schema = known.get(key, {}) if is_object(known) else {}
    told = schema.get("description")
    return told if isinstance(told, str) else ""
