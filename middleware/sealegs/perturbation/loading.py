"""Loads a profile by its name or from a file, and checks it against the operators there are."""

from __future__ import annotations

import difflib
import inspect
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel

from sealegs.errors import ProfileError
from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.operators import Need, Operator
from sealegs.perturbation.profiles import Budget, Profile, Scope, Use, nearest, parse_profile

if TYPE_CHECKING:
    from sealegs.catalog import Catalog

__all__ = ["check_profile", "load_profile", "profile_schema"]

_EXTENDS = 8
"""How many profiles may stand upon each other."""

_TOOLLESS = frozenset({"system_prompt", "user_prompt", "transport"})


def load_profile(source: str | Path | Profile, catalog: Catalog) -> Profile:
    """Load a profile, and check that it can do what it says.

    In a file, ``extends = "smoke"`` puts the file's own uses behind those of another profile; an
    operator that it names again is used as the file says, and what else it says goes before.

    Args:
        source: the name of a contributed profile, a TOML file, or a profile made in code.
        catalog: the contributed profiles and operators.

    Raises:
        ProfileError: there is none of that name, the file cannot be read, a key is unknown, a value
            does not fit, or an operator or one of its parameters is unknown. It names the source,
            the dotted key and the nearest known name.
    """
    if isinstance(source, Profile):
        profile, name = source, f"profile {source.name}"
    elif _is_path(source):
        profile, name = _from_file(Path(source), catalog), str(source)
    else:
        profile, name = _by_name(str(source), catalog), f"profile {source}"
    check_profile(profile, catalog.perturbations, name)
    return profile


def check_profile(profile: Profile, operators: Mapping[str, Operator], source: str) -> None:
    """Check a profile against the operators there are.

    Raises:
        ProfileError: it names an operator or a parameter that there is not, gives one a value of
            another kind, limits to tools what knows none, or requires what it never disturbs.
    """
    surfaces: set[str] = set()
    for index, use in enumerate(profile.uses):
        place = f"uses.{index}"
        operator = operators.get(use.operator)
        if operator is None:
            reason = f"there is no operator {use.operator!r}{nearest(use.operator, operators)}"
            raise ProfileError(source, f"{place}.operator", reason)
        _check_use(use, operator, source, place)
        surfaces.add(operator.sheet.surface)
    for surface in profile.required or ():
        if surface not in surfaces:
            reason = f"{surface!r} is required, and no operator of the profile is on it"
            raise ProfileError(source, "required", reason)


def profile_schema(operators: Mapping[str, Operator] | None = None) -> dict[str, Json]:
    """Give the JSON Schema of a profile's file, for editors.

    Args:
        operators: all that are known, so that an editor offers their names and parameters.
    """
    schema = Profile.model_json_schema()
    for model in (Use, Scope, Budget):
        _describe(schema["$defs"][model.__name__], model)
    _describe(schema, Profile)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["extends"] = {"type": "string", "title": "Extends"}
    del schema["required"]  # the name is the file's, if it says none
    if operators:
        use = schema["$defs"]["Use"]
        use["properties"]["operator"] = {"enum": sorted(operators)}
        use["allOf"] = [_parameters(name, operators[name]) for name in sorted(operators)]
    return schema


def _describe(schema: Json, model: type[BaseModel]) -> None:
    """Put what a model's docstring says of its attributes into its schema."""
    summary, _, attributes = (inspect.getdoc(model) or "").partition("Attributes:")
    schema["description"] = summary.strip()
    for name, text in re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE):
        schema["properties"][name]["description"] = " ".join(text.split())


def _parameters(name: str, operator: Operator) -> Json:
    known = sorted(_known(operator))
    properties: dict[str, Json] = {key: {} for key in known}
    closed: Json = {"properties": properties, "additionalProperties": False}
    return {
        "if": {"properties": {"operator": {"const": name}}, "required": ["operator"]},
        "then": {"properties": {"parameters": closed}},
    }


def _is_path(source: str | Path) -> bool:
    return isinstance(source, Path) or source.endswith(".toml") or "/" in source or "\\" in source


def _by_name(name: str, catalog: Catalog) -> Profile:
    found = catalog.profiles.get(name)
    if found is None:
        reason = f"there is no such profile{nearest(name, catalog.profiles)}"
        if Path(f"{name}.toml").is_file():
            reason += f"; the file is loaded as '{name}.toml'"
        raise ProfileError(f"profile {name}", "", reason)
    return found


def _from_file(path: Path, catalog: Catalog, level: int = 1) -> Profile:
    table = _table(path)
    extends = table.pop("extends", None)
    own = parse_profile({"name": path.stem, **table}, str(path))
    if extends is None:
        return own
    if not isinstance(extends, str):
        raise ProfileError(str(path), "extends", "should be the name of a profile, or a file")
    if level == _EXTENDS:
        raise ProfileError(str(path), "extends", f"is the {_EXTENDS}th: is it a circle?")
    if _is_path(extends):
        return _extended(_from_file(path.parent / extends, catalog, level + 1), own)
    return _extended(_by_name(extends, catalog), own)


def _table(path: Path) -> dict[str, Json]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise ProfileError(str(path), "", f"cannot be read: {error}") from error


def _extended(base: Profile, own: Profile) -> Profile:
    again = {use.operator for use in own.uses}
    uses = (*(use for use in base.uses if use.operator not in again), *own.uses)
    said = {key: getattr(own, key) for key in own.model_fields_set}
    return base.model_copy(update={**said, "uses": uses})


def _check_use(use: Use, operator: Operator, source: str, place: str) -> None:
    sheet = operator.sheet
    for key, value in use.parameters.items():
        levels = [level[key] for level in (*sheet.parameters, sheet.further) if key in level]
        if not levels:
            known = _known(operator)
            reason = f"{use.operator!r} has no such parameter{nearest(key, known)}"
            raise ProfileError(source, f"{place}.parameters.{key}", reason)
        kinds = {_kind(level) for level in levels}
        if _kind(value) not in kinds and "null" not in kinds:
            reason = f"should be a {' or '.join(sorted(kinds))}, such as {levels[0]!r}"
            raise ProfileError(source, f"{place}.parameters.{key}", reason)
    _check_supplies(use, source, place)
    if use.scope.tools and sheet.surface in _TOOLLESS:
        reason = f"{use.operator!r} disturbs the {sheet.surface}, where there are no tools"
        raise ProfileError(source, f"{place}.scope.tools", reason)


def _known(operator: Operator) -> set[str]:
    sheet = operator.sheet
    return {key for level in (*sheet.parameters, sheet.further) for key in level}


def _check_supplies(use: Use, source: str, place: str) -> None:
    """Refuse what is nearly a need's name; operators may know further names of their own."""
    for key in use.supplies:
        near = difflib.get_close_matches(key, get_args(Need), 1, 0.8)
        if near and near[0] != key:
            reason = f"no operator needs this; did you mean {near[0]!r}?"
            raise ProfileError(source, f"{place}.supplies.{key}", reason)


def _kind(value: Json) -> str:
    if isinstance(value, bool):
        return "truth value"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    if is_object(value):
        return "table"
    return "list" if is_array(value) or isinstance(value, tuple) else "null"
