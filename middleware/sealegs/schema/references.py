"""Where references lead: documents, the resources in them, their anchors, and the dynamic scope."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, NamedTuple

from sealegs.errors import SchemaLimitError
from sealegs.jsons import Json, dump, parse
from sealegs.schema.drafts import UNNAMED, Draft, draft_of
from sealegs.schema.indexing import RECURSIVE, Document, Index, Resource, Scope, join_uri
from sealegs.schema.limits import Limits
from sealegs.schema.metaschemas import metaschema
from sealegs.schema.walking import at, joined, split

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Library", "Target", "has_references"]


def has_references(raw: bytes) -> bool:
    """Say whether anything in a schema may be a reference.

    >>> has_references(b'{"$ref":"#"}'), has_references(b'{"properties":{"ref":{}}}')
    (True, False)
    """
    return b'"$' in raw and (
        b'"$ref"' in raw or b'"$dynamicRef"' in raw or b'"$recursiveRef"' in raw
    )


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


class Library:
    """The documents that one schema's references reach.

    Args:
        root: the schema; the caller's own copy, for objects in it are known by their identity.
        limits: bounds on what is loaded.
        others: further documents by their URI; read only where a reference asks for them.
    """

    def __init__(self, root: Json, limits: Limits, others: Mapping[str, Json]) -> None:
        self._limits, self._others = limits, others
        self._documents: list[Document] = []
        self._index = Index(limits.depth, others)
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
        resource = self._locate(join_uri(base.uri, address), base) if address else base
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
        if uri not in self._index.by_uri and uri not in ("", base.uri):
            value = self._fetch(uri)
            if value is not None:
                self._add(value, uri, base.draft)
        return self._index.by_uri.get(uri)

    def _fetch(self, uri: str) -> Json:
        for spelled in (uri, uri + "#"):
            if spelled in self._others:
                value = self._others[spelled]
                return self._copied(value, uri)
        known = metaschema(uri)
        return None if known is None else self._copied(known, uri)

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
        self._index.add(whole, value, pointer, owner)
        return whole.resources[pointer]

    def _add(self, value: Json, uri: str, draft: Draft) -> None:
        document = Document(value, len(self._documents))
        self._documents.append(document)
        resource = Resource(uri, document.number, "", draft_of(value, draft, self._others))
        if uri:
            self._index.by_uri.setdefault(uri, resource)
        self._index.add(document, value, "", resource)
        own = document.resources[""]
        self._index.by_uri.setdefault(own.uri, own)
        if uri and own is not resource:
            self._index.by_uri[uri] = own
