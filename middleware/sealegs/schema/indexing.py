"""Which schemas a document holds, which have a URI or an anchor, and of which draft each is.

Whatever may be a schema in any draft is noted, for a reference may lead to it.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sealegs.errors import SchemaLimitError
from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.drafts import Draft, draft_of
from sealegs.schema.walking import joined

__all__ = ["RECURSIVE", "Document", "Index", "Resource", "Scope", "join_uri"]

Scope: TypeAlias = "tuple[tuple[str, int, str], ...]"
"""For each dynamic anchor of the resources that were entered on the way here, by its name: the
document and the pointer of the outermost that has it. That is all of the way that matters."""

RECURSIVE = "\0"
"""The dynamic anchor that ``$recursiveAnchor`` is: no other can have this name."""

_MAPS = ("properties", "patternProperties", "dependencies", "dependentSchemas", "$defs")
_HOLDERS = (
    *("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "items", "prefixItems", "contains"),
    *("additionalItems", "additionalProperties", "propertyNames", "contentSchema", "type"),
    *("unevaluatedItems", "unevaluatedProperties", "extends", "disallow"),
)
_INDEXED = frozenset((*_MAPS, *_HOLDERS, "definitions", "components"))


@dataclass(slots=True)
class Resource:
    """A schema with a URI of its own.

    Attributes:
        uri: its URI; empty where it has none.
        document: the number of its document.
        pointer: where it stands in it.
        draft: the draft by which it is read.
        anchors: the pointers of its anchors, by name.
        dynamic: those that are dynamic.
    """

    uri: str
    document: int
    pointer: str
    draft: Draft
    anchors: dict[str, str] = field(default_factory=dict[str, str])
    dynamic: dict[str, str] = field(default_factory=dict[str, str])

    def entered(self, scope: Scope) -> Scope:
        """Give the dynamic scope within this resource."""
        if not self.dynamic:
            return scope
        known = {name for name, _, _ in scope}
        new = [(n, self.document, p) for n, p in self.dynamic.items() if n not in known]
        return tuple(sorted((*scope, *new))) if new else scope


@dataclass(slots=True)
class Document:
    """One document, and where the schemas in it are.

    Attributes:
        value: the whole of it.
        number: the order in which it came.
        resources: the resource of each schema, by its pointer.
        pointers: the pointer of each object that is a schema, by its identity.
    """

    value: Json
    number: int
    resources: dict[str, Resource] = field(default_factory=dict[str, Resource])
    pointers: dict[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, slots=True)
class Index:
    """The resources of all documents.

    Attributes:
        depth: how deep schemas may be nested.
        others: documents by their URI, among which meta-schemas may be.
        by_uri: the resources by their URI.
    """

    depth: int
    others: Mapping[str, Json]
    by_uri: dict[str, Resource] = field(default_factory=dict[str, Resource])

    def add(self, document: Document, top: Json, start: str, owner: Resource) -> None:
        """Note every schema from a place on, in the resource that it belongs to."""
        stack: list[tuple[str, Json, Resource, int]] = [(start, top, owner, 0)]
        while stack:
            pointer, node, resource, depth = stack.pop()
            if pointer in document.resources and pointer != "":
                continue
            if depth > self.depth:
                raise SchemaLimitError(pointer, f"nested deeper than {self.depth} schemas")
            if is_object(node):
                resource = self._identified(node, resource, document.number, pointer)
                document.pointers[id(node)] = pointer
                stack += [
                    (joined(pointer, *step), child, resource, depth + 1)
                    for step, child in held(node)
                ]
            document.resources[pointer] = resource

    def _identified(
        self, node: dict[str, Json], outer: Resource, document: int, pointer: str
    ) -> Resource:
        """Give the resource of an object, which may be one of its own, and note its anchors."""
        resource, draft = outer, outer.draft
        identifier = node.get("$id", node.get("id") if draft.year <= 4 else None)
        if isinstance(identifier, str) and not (draft.year <= 7 and "$ref" in node):
            address, _, fragment = identifier.partition("#")
            uri = join_uri(outer.uri, address)
            if address and uri != outer.uri:
                resource = Resource(uri, document, pointer, draft_of(node, draft, self.others))
                self.by_uri.setdefault(uri, resource)
            if fragment and not fragment.startswith("/"):
                resource.anchors.setdefault(fragment, pointer)
        for keyword in ("$anchor", "$dynamicAnchor"):
            name = node.get(keyword)
            if isinstance(name, str):
                resource.anchors.setdefault(name, pointer)
                if keyword == "$dynamicAnchor":
                    resource.dynamic.setdefault(name, pointer)
        if node.get("$recursiveAnchor") is True and pointer == resource.pointer:
            resource.dynamic[RECURSIVE] = pointer
        return resource


def held(node: dict[str, Json]) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Give whatever may be a schema below an object, in any draft."""
    for keyword, value in node.items():
        if keyword not in _INDEXED:
            continue
        if keyword == "components":
            schemas = value.get("schemas") if is_object(value) else None
            for name, child in schemas.items() if is_object(schemas) else ():
                yield ("components", "schemas", name), child
        elif is_array(value):
            for index, child in enumerate(value):
                if isinstance(child, (dict, bool)):
                    yield (keyword, index), child
        elif is_object(value) and keyword in ("definitions", *_MAPS):
            for name, child in value.items():
                if isinstance(child, (dict, bool)):
                    yield (keyword, name), child
        elif isinstance(value, (dict, bool)):
            yield (keyword,), value


def join_uri(base: str, address: str) -> str:
    """Resolve an address against a base URI.

    >>> join_uri("http://example.com/a/b.json", "c.json"), join_uri("urn:x:y", "urn:z")
    ('http://example.com/a/c.json', 'urn:z')
    """
    try:
        return urllib.parse.urljoin(base, address)
    except ValueError:
        return address
