"""Which files an operator disturbs, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from sealegs.perturbation.operators import About
from sealegs.perturbation.world import World

__all__ = ["beside", "chosen", "split", "text_of"]


def chosen(world: World, about: About, fits: Callable[[str], bool] | None = None) -> Sequence[str]:
    """Choose files: as many as ``count``, among those that fit the globs in ``files``.

    Those that a recorded clean run named come first, for they are the ones that an agent meets; of
    a larger count a smaller one is a part.
    """
    globs: Sequence[str] = about.parameters.get("files", ("*",))
    databases = frozenset(world.databases)
    beside_databases = tuple(f"{name}{end}" for name in world.databases for end in _BESIDE)
    found = [
        path
        for path in world.files
        if path not in databases
        and path not in beside_databases
        and any(fnmatchcase(path, glob) for glob in globs)
    ]
    found.sort(key=lambda path: (not about.literals.spans(path), about.draw.sub(path).unit()))
    count = int(about.parameters.get("count", 1))
    taken: list[str] = []
    for path in found:
        if len(taken) == count:
            break
        if fits is None or fits(path):
            taken.append(path)
    return sorted(taken)


_BESIDE = ("-wal", "-shm", "-journal")


def text_of(world: World, path: str) -> str | None:
    """Read a file of text; ``None``: it holds something else, or nothing."""
    try:
        text = world.read(path).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text or not text.strip() else text


def split(path: str) -> tuple[str, str, str]:
    """Take a path apart: the folder with its slash, the stem, the ending with its dot.

    >>> split("a/b.tar.gz"), split("Makefile"), split(".env")
    (('a/', 'b', '.tar.gz'), ('', 'Makefile', ''), ('', '.env', ''))
    """
    folder, slash, name = path.rpartition("/")
    stem, dot, ending = name[1:].partition(".")
    return folder + slash, name[:1] + stem, dot + ending


def beside(world: World, path: str, name: str) -> str:
    """Give a path in the same folder that is free, for a name like another; empty: none is."""
    folder, _, ending = split(path)
    tried = [folder + name + ending, *(f"{folder}{name}-{n}{ending}" for n in range(2, 10))]
    taken = {one.casefold() for one in world.files if one != path}
    return next((one for one in tried if one.casefold() not in taken and one != path), "")
