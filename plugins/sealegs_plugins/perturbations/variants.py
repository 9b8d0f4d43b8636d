"""Texts that somebody has reviewed, in the place of texts that no rule can write."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeGuard

from sealegs.errors import PerturbationError
from sealegs.jsons import Json, is_object
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.operators import About, Supplier
from sealegs_plugins.perturbations.keeping import KEPT, lost

__all__ = ["variant"]


def variant(
    text: str, about: About, draw: Draw, *, key: str = "", names: Collection[str] = ()
) -> str | None:
    """Choose a variant of a text from ``supplies["variants"]``.

    These are: a callable that makes variants of a text; a table of variants, by a key or by the
    text itself; or a list, for any text. One variant may stand without a list.

    Args:
        text: the text.
        about: what an operator is told; ``keep`` among its parameters says what of numbers,
            quotes, negations and names a variant must keep, by default all of it; ``choice`` says
            the how-manieth variant it is (or the last one), by default a drawn one.
        draw: chooses.
        key: what the text is called in a table.
        names: of tools and parameters.

    Returns:
        A variant; ``None`` where there is none of this text.

    Raises:
        PerturbationError: there are some, and each of them loses something.
    """
    found = [one for one in _supplied(about.supplies["variants"], text, key) if one != text]
    kinds: Collection[str] = about.parameters.get("keep", KEPT)
    losses = [lost(text, one, literals=about.literals, names=names, kinds=kinds) for one in found]
    good = [one for one, gone in zip(found, losses, strict=True) if not gone]
    if found and not good:
        reason = f"no variant of {key or text[:60]!r} keeps all of it: {losses[0][0]} is lost"
        raise PerturbationError(reason)
    choice: int | None = about.parameters.get("choice")
    if not good:
        return None
    return draw.pick(good, "variant") if choice is None else good[min(choice, len(good) - 1)]


def _supplied(given: Json, text: str, key: str) -> Sequence[str]:
    if _is_supplier(given):
        return list(given(text)) if text else []
    if is_object(given):
        given = given.get(key, given.get(text, ())) if key else given.get(text, ())
    return [given] if isinstance(given, str) else list(given)


def _is_supplier(given: Json) -> TypeGuard[Supplier]:
    return callable(given)
