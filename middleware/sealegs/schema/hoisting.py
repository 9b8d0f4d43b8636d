"""What references lead to becomes the root's ``$defs``; what refers to itself at once is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.defnames import names
from sealegs.schema.references import Library, Target
from sealegs.schema.walking import subschemas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sealegs.schema.noting import Log

__all__ = ["hoist"]

_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")


def hoist(root: dict[str, Json], bodies: Mapping[Target, Json], library: Library, log: Log) -> None:
    """Give a root its ``$defs``, in the order of first use, and the references their names.

    Args:
        root: the schema, in which each ``$ref`` is a `Target`; changed in place.
        bodies: the definitions.
        library: knows the places that names are made of.
        log: takes the references that are cut.
    """
    _cut_loops(root, bodies, log)
    order: dict[Target, None] = {}
    linked: list[dict[str, Json]] = []
    waiting: list[Json] = [root]
    for body in waiting:
        for node in _objects(body):
            target = node.get("$ref")
            if isinstance(target, Target):
                linked.append(node)
                if target not in order:
                    order[target] = None
                    waiting.append(bodies[target])
            if is_object(node.get("discriminator")):
                linked.append(node)
    given = names(list(order), library)
    for node in linked:
        _name(node, given)
    if order:
        root["$defs"] = {given[target]: bodies[target] for target in order}


def _objects(body: Json) -> Iterator[dict[str, Json]]:
    return (sub.node for sub in subschemas(body) if is_object(sub.node))


def _name(node: dict[str, Json], given: Mapping[Target, str]) -> None:
    target = node.get("$ref")
    if isinstance(target, Target):
        node["$ref"] = f"#/$defs/{given[target]}"
    hint = node.get("discriminator")
    if is_object(hint) and is_object(hint.get("mapping")):
        mapping = {
            value: f"#/$defs/{given[to]}" if isinstance(to, Target) else to
            for value, to in hint["mapping"].items()
            if not isinstance(to, Target) or to in given
        }
        node["discriminator"] = {**hint, "mapping": mapping}


def _cut_loops(root: dict[str, Json], bodies: Mapping[Target, Json], log: Log) -> None:
    """Take out references that lead back to where they stand without a step into the instance.

    What such a schema means is not defined; whoever follows it might never end.
    """
    done: set[Target | None] = set()
    starts: list[tuple[Target | None, Json]] = [(None, root), *bodies.items()]
    for start, body in starts:
        if start in done:
            continue
        on_the_way: set[Target | None] = {start}
        stack: list[tuple[Target | None, Iterator[dict[str, Json]]]] = [(start, _at_once(body))]
        while stack:
            here, links = stack[-1]
            link = next(links, None)
            if link is None:
                stack.pop()
                on_the_way.discard(here)
                done.add(here)
            elif link["$ref"] in on_the_way:
                place = link.pop("$ref").pointer
                log.widened(link, "$ref", f"#{place}", "leads back to itself at once")
            elif link["$ref"] not in done:
                on_the_way.add(link["$ref"])
                stack.append((link["$ref"], _at_once(bodies[link["$ref"]])))


def _at_once(body: Json) -> Iterator[dict[str, Json]]:
    """Give the objects with references that speak of the very instance that a schema speaks of."""
    waiting: list[Json] = [body]
    for node in waiting:
        if not is_object(node):
            continue
        if isinstance(node.get("$ref"), Target):
            yield node
        for keyword in _IN_PLACE:
            held = node.get(keyword)
            waiting += held if is_array(held) else [held]
        schemas = node.get("dependentSchemas")
        waiting += list(schemas.values()) if is_object(schemas) else []
