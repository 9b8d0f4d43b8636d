"""The names of definitions: their own where they can have it, and never two alike."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from sealegs.schema.walking import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sealegs.schema.references import Library, Target

__all__ = ["names"]

_ODD = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST = 64


def names(targets: Sequence[Target], library: Library) -> dict[Target, str]:
    """Give each definition a name.

    A definition of the root document's own ``$defs`` keeps its name. Another one has the last part
    of its pointer, or of its document's URI, for a name; where several would have the same, a hash
    of the whole place is added to each. So a name does not depend on what else is defined.
    """
    wishes = {target: _wish(target, library) for target in targets}
    takers: dict[str, list[Target]] = {}
    for target, wish in wishes.items():
        takers.setdefault(wish, []).append(target)
    given: dict[Target, str] = {}
    for wish, rivals in takers.items():
        own = [target for target in rivals if _keeps(target, wish)]
        for target in rivals:
            alone = len(rivals) == 1 or own == [target]
            given[target] = wish if alone else f"{wish[:_LONGEST]}_{_hash(target, library)}"
    return _distinct(given)


def _distinct(given: dict[Target, str]) -> dict[Target, str]:
    """Mend names that somebody chose to look like one of ours."""
    taken: set[str] = set()
    for target, name in given.items():
        while given[target] in taken:
            given[target] = f"{name}_{len(taken)}"
        taken.add(given[target])
    return given


def _keeps(target: Target, wish: str) -> bool:
    return target.document == 0 and not target.scope and target.pointer == f"/$defs/{wish}"


def _wish(target: Target, library: Library) -> str:
    segments = split(target.pointer)
    if not segments:
        last = library.uri(target.document).rstrip("/#").rpartition("/")[2].removesuffix(".json")
        name = last if target.document else "root"
    elif segments[-1].isdecimal() and len(segments) > 1:
        name = f"{segments[-2]}_{segments[-1]}"
    else:
        name = segments[-1]
    plain = _ODD.sub("_", name)
    if plain == name and 0 < len(name) <= _LONGEST + 9:
        return name
    return f"{plain[:_LONGEST]}_{_hash(target, library)}"


def _hash(target: Target, library: Library) -> str:
    scope = [[name, library.uri(document), pointer] for name, document, pointer in target.scope]
    whole = repr((library.uri(target.document), target.pointer, scope))
    return hashlib.blake2b(whole.encode(errors="surrogatepass"), digest_size=4).hexdigest()
