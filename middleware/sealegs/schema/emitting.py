"""The walk that makes the canonical form: each schema once, each reference to a definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sealegs.errors import SchemaLimitError
from sealegs.jsons import Json, dump, is_array, is_object
from sealegs.schema.bounding import Guard, Path
from sealegs.schema.drafts import UNNAMED, Draft, draft_of
from sealegs.schema.hoisting import hoist
from sealegs.schema.indexing import Resource, Scope
from sealegs.schema.keywords import KEYWORDS
from sealegs.schema.noting import Log
from sealegs.schema.placing import Made
from sealegs.schema.references import Library, Target, has_references
from sealegs.schema.report import Entry
from sealegs.schema.upgrading import REFERENCES, read_schema, upgrade
from sealegs.schema.walking import subschemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealegs.schema.limits import Limits

__all__ = ["Emission"]

_HELD = frozenset(
    name for name, row in KEYWORDS.items() if row.holds in ("schema", "schemas", "schema-map")
)
_LISTS = frozenset(name for name, row in KEYWORDS.items() if row.holds == "schemas")
_MAPS = frozenset(name for name, row in KEYWORDS.items() if row.holds == "schema-map")


class _Work(NamedTuple):
    """One object that waits for its turn: a shallow copy, already in its place.

    Those that an upgrade made come with all that it made, and need no upgrade themselves.
    """

    node: dict[str, Json]
    made: Made | None
    draft: Draft
    resource: Resource | None
    scope: Scope
    path: Path
    level: int


class Emission:
    """Makes the canonical form of one schema.

    Args:
        root: the schema, fresh from the parser.
        raw: the same as bytes.
        limits: how much work it may cause.
        others: further documents by their URI.
    """

    def __init__(
        self, root: dict[str, Json], raw: bytes, limits: Limits, others: Mapping[str, Json]
    ) -> None:
        self._limits, self._log, self._guard = limits, Log(), Guard(limits)
        self._library: Library | None = None
        self._stack: list[_Work] = []
        self._emitted: dict[Target, Json] = {}
        self._definitions: set[Target] = set()
        self._root = dict(root)
        path = Path(None, ())
        if has_references(raw) or raw.count(b'"$schema"') > 1:
            self._library = Library(root, limits, others)
            resource = self._library.resource(0, "")
            target = Target(0, "", resource.entered(()))
            self._emitted[target] = self._root
            self._push(self._root, resource, target.scope, path)
        else:
            draft = draft_of(root, UNNAMED, others)
            self._stack.append(_Work(self._root, None, draft, None, (), path, 0))

    def finished(self) -> tuple[dict[str, Json], tuple[Entry, ...]]:
        """Give the canonical schema, and what could not be read as it stood."""
        while self._stack:
            self._visit(self._stack.pop())
        if self._library is not None:
            self._settle(self._library)
        return self._root, self._entries() if self._log.notes else ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What holds for the whole schema."""
        return tuple(self._log.remarks)

    # -------------------------------------------------------------------------- one object

    def _push(self, node: dict[str, Json], resource: Resource, scope: Scope, path: Path) -> None:
        self._stack.append(_Work(node, None, resource.draft, resource, scope, path, 2))

    def _visit(self, work: _Work) -> None:
        node = work.node
        self._guard.look(node, work.path, work.level)
        made = work.made
        if made is None:
            made = upgrade(node, work.draft, self._log)
        if work.resource is not None:
            self._link(work, work.resource, made)
        for keyword in [key for key in node if key in _HELD]:
            value = node[keyword]
            if keyword in _MAPS and is_object(value):
                self._visit_properties(work, keyword, value)
                held: Json = dict(value)
                node[keyword] = held
                for name, child in value.items():
                    self._place(work, made, held, child, (keyword, name))
            elif keyword in _LISTS and is_array(value):
                held = list(value)
                node[keyword] = held
                for index, child in enumerate(value):
                    self._place(work, made, held, child, (keyword, index))
            else:
                self._place(work, made, node, value, (keyword,))

    def _visit_properties(self, work: _Work, keyword: str, properties: dict[str, Json]) -> None:
        """Read ``required: true``, which draft 3 has in the property itself."""
        if keyword != "properties":
            return
        new = [
            name
            for name, child in properties.items()
            if child.__class__ is dict and child.get("required") is True
        ]
        if new:
            work.node["required"] = list(dict.fromkeys([*work.node.get("required", ()), *new]))

    def _place(
        self,
        work: _Work,
        made: Made,
        holder: Json,
        child: Json,
        step: tuple[str] | tuple[str, str | int],
    ) -> None:
        """Put a subschema in its place, and have it visited."""
        slot = step[-1]
        schema = read_schema(child)
        what = child if len(step) == 1 else {str(slot): child}
        if isinstance(child, str) and schema is not None:
            self._log.reread(work.node, step[0], what, "a type's name in place of a schema")
        if not is_object(schema):
            if schema is None:
                self._log.widened(work.node, step[0], what, "no schema")
            holder[slot] = {} if schema is None else schema
            return
        path = Path(work.path, step, work.path.depth + 1)
        level = work.level + len(step)
        if any(schema is one for one in made):
            self._stack.append(work._replace(node=schema, made=made, path=path, level=level))
            return
        copy = dict(schema)
        resource, scope, draft = work.resource, work.scope, work.draft
        if self._library is not None and resource is not None:
            pointer = self._library.pointer(resource.document, schema)
            if pointer is not None:
                resource = self._library.resource(resource.document, pointer)
                scope, draft = resource.entered(scope), resource.draft
                target = Target(resource.document, pointer, scope)
                if target in self._emitted:
                    self._definitions.add(target)
                    holder[slot] = {"$ref": target}
                    return
                self._emitted[target] = copy
        holder[slot] = copy
        self._stack.append(_Work(copy, None, draft, resource, scope, path, level))

    # -------------------------------------------------------------------------- references

    def _link(self, work: _Work, resource: Resource, made: Made) -> None:
        """Make every reference one to a target; its name comes when all are known."""
        library, node = self._library, work.node
        if library is None:
            return
        if "discriminator" in node:
            self._hint(library, work, resource)
        for keyword in [key for key in REFERENCES if isinstance(node.get(key), str)]:
            reference = node[keyword]
            target = library.find(keyword, reference, resource, work.scope)
            if target is None:
                del node[keyword]
                self._log.widened(node, keyword, reference, "leads nowhere")
                continue
            self._reach(library, target)
            if keyword == "$ref":
                node["$ref"] = target
            elif "$ref" in node:
                del node[keyword]
                also: dict[str, Json] = {"$ref": target}
                made.append(also)
                node["allOf"] = [*node.get("allOf", ()), also]
            else:
                items = [("$ref", target) if k == keyword else (k, v) for k, v in node.items()]
                node.clear()
                node.update(items)

    def _hint(self, library: Library, work: _Work, resource: Resource) -> None:
        """Let OpenAPI's ``discriminator`` name the definitions that the references lead to."""
        hint = work.node["discriminator"]
        mapping = hint.get("mapping") if is_object(hint) else None
        if not is_object(mapping):
            return
        found: dict[str, Json] = {}
        for value, place in mapping.items():
            found[value] = place
            if isinstance(place, str) and "#" in place:
                found[value] = library.find("$ref", place, resource, work.scope) or place
        work.node["discriminator"] = {**hint, "mapping": found}

    def _reach(self, library: Library, target: Target) -> None:
        """See to it that a target is emitted, and is a definition."""
        self._definitions.add(target)
        if target in self._emitted:
            return
        value = read_schema(library.value(target))
        self._emitted[target] = dict(value) if is_object(value) else value
        if is_object(value):
            resource = library.resource(target.document, target.pointer)
            start = f"{library.uri(target.document)}#" if target.document else ""
            path = Path(None, (), 0, start + target.pointer)
            self._push(self._emitted[target], resource, target.scope, path)

    def _settle(self, library: Library) -> None:
        """Move what is referred to into ``$defs``, in the order of first use, and name it."""
        bodies: dict[Target, Json] = {}
        for target, node in self._emitted.items():
            if target not in self._definitions:
                continue
            bodies[target] = node
            if is_object(node):
                bodies[target] = dict(node)
                self._log.moved(node, bodies[target])
                node.clear()
                node["$ref"] = target
        hoist(self._root, bodies, library, self._log)
        if len(dump(self._root)) > self._limits.size:
            raise SchemaLimitError("", f"written out larger than {self._limits.size} bytes")

    # -------------------------------------------------------------------------- the report

    def _entries(self) -> tuple[Entry, ...]:
        places = {
            id(sub.node): (number, sub.pointer) for number, sub in enumerate(subschemas(self._root))
        }
        placed = [(places.get(id(note.node), (0, "")), note) for note in self._log.notes]
        placed.sort(key=lambda pair: pair[0][0])
        return tuple(
            Entry(place[1], note.keyword, note.value, note.change, note.enforced_by, note.reason)
            for place, note in placed
        )
