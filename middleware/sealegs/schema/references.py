"""Where references lead: documents, the resources in them, their anchors, and the dynamic scope."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sealegs.errors import SchemaLimitError
from sealegs.jsons import Json, dump, is_array, is_object, parse
from sealegs.schema.drafts import UNNAMED, Draft, draft_of
from sealegs.schema.limits import Limits
from sealegs.schema.metaschemas import metaschema
from sealegs.schema.walking import at, joined, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Library", "Resource", "Scope", "Target"]

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


class Target(NamedTuple):
    """One schema as it is reached: what it is may depend on the dynamic scope.

    Attributes:
        document: the number of its document.
        pointer: where it stands in it.
        scope: what its dynamic references will find.
    """

    document: int
    pointer: str
    scope: Scope


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
class _Document:
    value: Json
    number: int
    resources: dict[str, Resource] = field(default_factory=dict[str, Resource])
    pointers: dict[int, str] = field(default_factory=dict[int, str])  # by the object's identity


class Library:
    """The documents that one schema's references reach.

    Args:
        root: the schema; the caller's own copy, for objects in it are known by their identity.
        limits: bounds on what is loaded.
        others: further documents by their URI; read only where a reference asks for them.
    """

    def __init__(self, root: Json, limits: Limits, others: Mapping[str, Json]) -> None:
        self._limits, self._others = limits, others
        self._documents: list[_Document] = []
        self._by_uri: dict[str, Resource] = {}
        self._size = 0
        self._add(root, "", UNNAMED)

    def value(self, target: Target) -> Json:
        """Give the schema at a target."""
        return at(self._documents[target.document].value, target.pointer)

    def resource(self, document: int, pointer: str) -> Resource:
        """Give the resource that a place belongs to."""
        return self._documents[document].resources[pointer]

    def pointer(self, document: int, node: Json) -> str | None:
        """Give where an object stands in its document; ``None`` where it is not from there."""
        return self._documents[document].pointers.get(id(node))

    def uri(self, document: int) -> str:
        """Give a document's URI."""
        return self._documents[document].resources[""].uri

    def find(self, keyword: str, reference: str, base: Resource, scope: Scope) -> Target | None:
        """Give what a reference leads to; ``None`` where it cannot be known.

        Args:
            keyword: ``$ref``, ``$dynamicRef`` or ``$recursiveRef``.
            reference: what it says.
            base: the resource in which it stands.
            scope: the dynamic scope there.
        """
        found = self._resolve(reference, base)
        if found is None:
            return None
        resource, pointer, anchor = found
        if keyword == "$recursiveRef":
            anchor = RECURSIVE
        if keyword != "$ref" and anchor in resource.dynamic:
            for name, document, place in scope:
                if name == anchor:
                    return self._target(document, place, scope)
        return self._target(resource.document, pointer, scope)

    def _target(self, document: int, pointer: str, scope: Scope) -> Target | None:
        owner = self._owner(document, pointer)
        return Target(document, pointer, owner.entered(scope)) if owner else None

    # ------------------------------------------------------------------------- resolving

    def _resolve(self, reference: str, base: Resource) -> tuple[Resource, str, str] | None:
        """Give the resource, the pointer in its document, and the name of the anchor, if any."""
        address, _, fragment = reference.partition("#")
        resource = self._locate(_join(base.uri, address), base) if address else base
        if resource is None:
            return None
        for name in dict.fromkeys((urllib.parse.unquote(fragment), fragment)):
            if not name:
                return resource, resource.pointer, ""
            if name in resource.anchors:
                return resource, resource.anchors[name], name
            if name.startswith("/"):
                pointer = joined(resource.pointer, *split(name))
                if self._owner(resource.document, pointer):
                    return resource, pointer, ""
        return None

    def _locate(self, uri: str, base: Resource) -> Resource | None:
        if uri not in self._by_uri and uri not in ("", base.uri):
            value = self._fetch(uri)
            if value is not None:
                self._add(value, uri, base.draft)
        return self._by_uri.get(uri)

    def _fetch(self, uri: str) -> Json:
        for spelled in (uri, uri + "#"):
            if spelled in self._others:
                value = self._others[spelled]
                return self._copied(value, uri)
        return metaschema(uri)

    def _copied(self, value: Json, uri: str) -> Json:
        raw = dump(value)
        self._size += len(raw)
        if self._size > self._limits.size:
            raise SchemaLimitError("", f"with {uri} larger than {self._limits.size} bytes")
        return parse(raw)

    def _owner(self, document: int, pointer: str) -> Resource | None:
        """Give the resource of a place; what stands outside of all keywords is indexed now."""
        whole = self._documents[document]
        if pointer in whole.resources:
            return whole.resources[pointer]
        try:
            value = at(whole.value, pointer)
        except KeyError:
            return None
        if not isinstance(value, (dict, bool)):
            return None
        above = pointer
        while above not in whole.resources:
            above = above.rpartition("/")[0]
        owner = whole.resources[above]
        self._index(whole, value, pointer, owner)
        return whole.resources[pointer]

    # -------------------------------------------------------------------------- indexing

    def _add(self, value: Json, uri: str, draft: Draft) -> None:
        document = _Document(value, len(self._documents))
        self._documents.append(document)
        resource = Resource(uri, document.number, "", draft_of(value, draft, self._others))
        if uri:
            self._by_uri.setdefault(uri, resource)
        self._index(document, value, "", resource)
        own = document.resources[""]
        self._by_uri.setdefault(own.uri, own)
        if uri and own is not resource:
            self._by_uri[uri] = own

    def _index(self, document: _Document, top: Json, start: str, owner: Resource) -> None:
        stack: list[tuple[str, Json, Resource, int]] = [(start, top, owner, 0)]
        while stack:
            pointer, node, resource, depth = stack.pop()
            if pointer in document.resources and pointer != "":
                continue
            if depth > self._limits.depth:
                raise SchemaLimitError(pointer, f"nested deeper than {self._limits.depth} schemas")
            if is_object(node):
                resource = self._identified(node, resource, document.number, pointer)
                document.pointers[id(node)] = pointer
                stack += [
                    (joined(pointer, *step), child, resource, depth + 1)
                    for step, child in _held(node)
                ]
            document.resources[pointer] = resource
        if len(document.resources) > 10 * self._limits.nodes:
            raise SchemaLimitError(start, f"more than {self._limits.nodes} schemas")

    def _identified(
        self, node: dict[str, Json], outer: Resource, document: int, pointer: str
    ) -> Resource:
        """Give the resource of an object, which may be one of its own, and note its anchors."""
        resource, draft = outer, outer.draft
        identifier = node.get("$id", node.get("id") if draft.year <= 4 else None)
        if isinstance(identifier, str) and not (draft.year <= 7 and "$ref" in node):
            address, _, fragment = identifier.partition("#")
            uri = _join(outer.uri, address)
            if address and uri != outer.uri:
                resource = Resource(uri, document, pointer, draft_of(node, draft, self._others))
                self._by_uri.setdefault(uri, resource)
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


def _held(node: dict[str, Json]) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Give whatever may be a schema below an object, in any draft."""
    for keyword, value in node.items():
        if keyword not in _INDEXED:
            continue
        if keyword == "components":
            value = value.get("schemas") if is_object(value) else None
            if is_object(value):
                for name, child in value.items():
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


def _join(base: str, address: str) -> str:
    """Resolve an address against a base URI.

    >>> _join("http://example.com/a/b.json", "c.json"), _join("urn:x:y", "urn:z")
    ('http://example.com/a/c.json', 'urn:z')
    """
    try:
        return urllib.parse.urljoin(base, address)
    except ValueError:
        return address
