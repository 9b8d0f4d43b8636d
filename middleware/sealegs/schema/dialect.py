"""What one provider accepts in a tool's JSON Schema, as data.

A rule of a provider is a value in one of these classes, in a file of
``plugins/sealegs_plugins/dialects`` with its source and date. Lowering (`sealegs.schema.lowering`)
and the linter (`sealegs.schema.linting`) read the same values, and know no provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sealegs.jsons import Json
from sealegs.knowledge import Evidence

__all__ = [
    "Budget",
    "Dialect",
    "Keyword",
    "NameRule",
    "References",
    "SchemaBounds",
    "Shape",
    "Siblings",
    "Treatment",
]

Treatment: TypeAlias = Literal["kept", "ignored", "refused"]
"""``kept``: shown to the model, or enforced; ``ignored``: harmless and without effect (it is left
out, and told in the description); ``refused``: the request fails."""

Siblings: TypeAlias = Literal["all", "annotations", "none"]
"""What may stand beside a keyword: anything, only annotations such as ``title``, or nothing."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """How a dialect takes one keyword.

    Attributes:
        treatment: of a value that fits.
        values: the only values that are taken (``minItems``: 0, 1); ``None``: any.
        pattern: regular expression that the value's text must match in full to be taken; for a
            ``format``, say; empty: any.
        unless: regular expression; a value in whose text it is found is not taken (look-around in
            a ``pattern``).
        compiles: its text must be a regular expression that Python's ``re`` compiles.
    """

    treatment: Treatment = "kept"
    values: tuple[Json, ...] | None = None
    pattern: str = ""
    unless: str = ""
    compiles: bool = False


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a name (of a tool, of a property) or an id must look like.

    Attributes:
        pattern: regular expression for a whole legal name; empty: any text.
        max_length: in characters.
        fill: stands for each character that is not legal.
        first: what a name is begun with whose first character is not legal there.
        reserved: names that are not legal although they fit the pattern.
    """

    pattern: str = ""
    max_length: int = 64
    fill: str = "_"
    first: str = "t_"
    reserved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class References:
    """What a dialect makes of ``$ref``. Canonical ones are ``#/$defs/NAME`` only.

    Attributes:
        kept: whether references are taken at all; otherwise they are written out.
        recursion: ``kept``; ``finite``: only where some way down from the root ends: through one
            of an object's required properties, an array's items, one branch of ``anyOf``;
            ``optional``: only where the way round passes a property that is not required;
            ``refused``: it is unrolled.
        siblings: what may stand beside ``$ref``.
        distinct: what stands beside ``$ref`` must not stand in its target too.
        pattern: regular expression for a whole ``$ref``, which must then lead somewhere; empty: any
            text, and nobody looks where it leads.
        names: of definitions.
        keys: of properties inside definitions, where they are more than `Shape.keys`.
        unroll: how often a recursive definition is written out, where it must be.
    """

    kept: bool = True
    recursion: Literal["kept", "finite", "optional", "refused"] = "kept"
    siblings: Siblings = "all"
    distinct: bool = False
    pattern: str = ""
    names: NameRule = field(default_factory=lambda: NameRule(max_length=1_000_000))
    keys: NameRule = field(default_factory=lambda: NameRule(max_length=1_000_000))
    unroll: int = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """What every subschema must look like.

    Attributes:
        root_object: the root must say ``type: object`` itself.
        root_combinators: the root may hold ``anyOf``, ``oneOf``, ``allOf``, ``enum``, ``not``.
        typed: every subschema must have ``type``, ``$ref``, a union, ``enum`` or ``const``.
        typed_values: ``enum`` and ``const`` do not stand in for ``type``.
        type_lists: ``type`` may be a list.
        list_siblings: what may stand beside a list of several types; an ``enum`` may beside one
            type and null.
        union_type: ``type`` may stand beside ``anyOf``.
        union_siblings: what else may stand beside ``anyOf``.
        matching: keywords must fit the ``type`` beside them: those about another type are refused,
            ``enum`` values and ``default`` must be of it, and no minimum above its maximum.
        root_only: keywords that may stand at the root alone.
        items: an array must say its ``items``.
        booleans: a subschema may be ``true`` or ``false``; as switches for further properties and
            items they always may.
        anything: a subschema below the root may accept any JSON (``{}``); one that is the value
            of ``additionalProperties`` says no more than ``true``, and always may.
        null: how null is said: as a ``type``, or by ``nullable: true`` (OpenAPI 3.0).
        upper_types: types are in capitals.
        enums: which values an ``enum`` may hold: ``any``; ``scalars``: no objects and arrays;
            ``alike``: scalars of one type; ``strings``: strings that are not empty.
        closed: every object must say ``additionalProperties: false``.
        all_required: every property must be required; one that is optional is made nullable.
        maps: ``additionalProperties`` may be a schema.
        open: objects whose ``additionalProperties`` is absent accept more properties.
        filled_objects: an object below the root must declare at least one property.
        declared: every required name must be declared.
        keys: what property names must look like.
    """

    root_object: bool = True
    root_combinators: bool = False
    typed: bool = False
    typed_values: bool = False
    type_lists: bool = True
    list_siblings: Siblings = "all"
    union_type: bool = True
    union_siblings: Siblings = "all"
    matching: bool = False
    root_only: frozenset[str] = frozenset()
    items: bool = False
    booleans: bool = True
    anything: bool = True
    null: Literal["type", "nullable"] = "type"
    upper_types: bool = False
    enums: Literal["any", "scalars", "alike", "strings"] = "any"
    closed: bool = False
    all_required: bool = False
    maps: bool = True
    open: bool = True
    filled_objects: bool = False
    declared: bool = False
    keys: NameRule = field(default_factory=lambda: NameRule(max_length=1_000_000))


@dataclass(frozen=True, slots=True)
class SchemaBounds:
    """Limits of one schema; ``None``: none is known.

    Attributes:
        properties: in all objects together.
        depth: levels of nested objects and arrays, the root being the first.
        values: enum values, all together.
        characters: of property names, definition names, enum values and constants, together.
        long_enum: the most characters of one string enum with more than 250 values.
        branches: of one ``anyOf``.
        size: characters of the whole schema as compact JSON.
        required: the fewest required properties at the root.
        optional: optional properties, in all objects together.
        unions: properties with a union type (``anyOf`` or a list of types).
    """

    properties: int | None = None
    depth: int | None = None
    values: int | None = None
    characters: int | None = None
    long_enum: int | None = None
    branches: int | None = None
    size: int | None = None
    required: int | None = None
    optional: int | None = None
    unions: int | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one request; ``None``: none is known.

    Attributes:
        tools: how many tools.
        strict_tools: how many of them strict.
        optional: optional properties in all strict tools.
        unions: properties with a union type (``anyOf`` or a list of types) in all strict tools.
        fields: properties in all strict tools.
    """

    tools: int | None = None
    strict_tools: int | None = None
    optional: int | None = None
    unions: int | None = None
    fields: int | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """One provider's rules for tool schemas, in one mode.

    Attributes:
        name: such as ``openai-chat-strict``.
        form: the form in which it takes definitions, such as ``openai-chat``.
        wires: the wire formats whose requests it is for.
        providers: glob patterns of providers' names (`sealegs.knowledge.Provider`).
        models: glob patterns of model families.
        rank: lower is asked first.
        strict: the name of the dialect of its strict mode; empty where it has none.
        presumes_strict: strict mode holds where a definition says nothing of it.
        answers: the dialects of schemas for answers (``response_format``), by the last member of
            the path at which the schema stands; where there is none, this dialect, or that of
            strict mode where the request asks for it.
        enforced: whether the provider makes the model keep to the schema.
        recases: the model may change the case of enum values and constants.
        keywords: how single keywords are taken.
        otherwise: how the other keywords of JSON Schema are taken.
        unknown: how keywords are taken that JSON Schema does not know (``x-…``).
        shape: what subschemas must look like.
        references: what it makes of ``$ref``.
        bounds: limits of one schema.
        budget: limits of one request.
        names: of tools.
        ids: of calls; ``None``: any text.
        described: a tool's description, where there is one, must not be empty.
        parameterless: how a tool without parameters is taken: with an ``object`` schema that has no
            properties, with the schema ``absent``, or ``any`` of the two.
        source: where the rules stand.
        checked: the date on which the source was read (ISO).
        evidence: how good the source is.
        doubts: what its sources contradict each other in, or nobody has verified.
    """

    name: str
    form: str
    wires: frozenset[str]
    providers: tuple[str, ...] = ("*",)
    models: tuple[str, ...] = ("*",)
    rank: int = 100
    strict: str = ""
    presumes_strict: bool = False
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    enforced: bool = False
    recases: bool = False
    keywords: Mapping[str, Keyword] = field(default_factory=dict[str, Keyword])
    otherwise: Treatment = "kept"
    unknown: Treatment = "kept"
    shape: Shape = field(default_factory=Shape)
    references: References = field(default_factory=References)
    bounds: SchemaBounds = field(default_factory=SchemaBounds)
    budget: Budget = field(default_factory=Budget)
    names: NameRule = field(default_factory=lambda: NameRule(r"[a-zA-Z0-9_-]+"))
    ids: NameRule | None = None
    described: bool = False
    parameterless: Literal["any", "object", "absent"] = "any"
    source: str = ""
    checked: str = ""
    evidence: Evidence = "documented"
    doubts: str = ""
