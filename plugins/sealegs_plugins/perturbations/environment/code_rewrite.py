"""E6: the same program, with other names, without comments, in another place."""

from __future__ import annotations

import ast
import builtins
import io
import re
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import is_object
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.world import Change, World
from sealegs_plugins.perturbations.environment.choosing import chosen, split, text_of

__all__ = ["CodeRewrite"]

_SHEET: Final = Sheet(
    name="code-rewrite",
    code="E6",
    surface="environment",
    label="invariant",
    summary="Python files without comments, with other names, in other places; they do the same",
    parameters=(
        {"files": ["*.py"], "count": 1000, "comments": "strip", "names": {}, "move": 0},
        {"files": ["*.py"], "count": 1000, "comments": "strip", "names": "given", "move": 0},
        {"files": ["*.py"], "count": 1000, "comments": "strip", "names": "given", "move": 1},
    ),
    finds="Python files that can be parsed, with comments or names to be changed",
    source="RepoMirage (reported): identifiers, files, comments; the rules of safety are own",
    needs=frozenset({"world"}),
)

_TOLD: Final = re.compile(
    r"#\s*(?:!|-\*-|coding|type:|noqa|pragma|pylint|mypy|pyright|fmt|ruff|isort)"
)
_TAKEN: Final = frozenset(dir(builtins)).union(
    *(dir(kind) for kind in (str, bytes, list, dict, set, tuple, int, float, object))
)


@dataclass(frozen=True, slots=True)
class CodeRewrite:
    """Rewrites Python files so that they do the same.

    A name is changed only where nothing but these files can tell: functions and classes that are
    defined there, in all files at once, and only where neither name stands in a text, in a file of
    another kind, or among Python's own. A file moves only where no other file names it.

    Parameters: ``files``, globs; ``comments``, ``strip`` or empty; ``names``, old to new, or
    ``given``: those of ``supplies["names"]``; ``move``, how many files.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> rewrite = CodeRewrite()
    >>> told = about(rewrite, parameters={"names": {"tax": "levy"}})
    >>> rewrite.changes(SAMPLE, told)[0].values["text"].splitlines()[3:]
    ['def levy(amount):', '', '    return amount * 0.25']
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say how the files are written, and where they go."""
        paths = chosen(world, about, lambda path: _parsed(text_of(world, path)) is not None)
        texts = {path: text_of(world, path) or "" for path in paths}
        names = _safe(_names(about), texts, world)
        found: list[Change] = []
        for path, text in texts.items():
            new = _rewritten(text, names, strip=bool(about.parameters["comments"]))
            if new != text:
                found.append(Change("write", path, {"text": new, "was": digest(world.read(path))}))
        return [*found, *_moves(world, texts, about)]


def _names(about: About) -> Mapping[str, str]:
    given = about.parameters["names"]
    if given == "given":
        given = about.supplies.get("names")
    return given if is_object(given) else {}


def _parsed(text: str | None) -> ast.Module | None:
    if text is None:
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _safe(names: Mapping[str, str], texts: Mapping[str, str], world: World) -> Mapping[str, str]:
    """Keep the names that can be changed without anybody's noticing."""
    if not names:
        return {}
    defined: set[str] = set()
    used: set[str] = set()
    said: list[str] = [text_of(world, path) or "" for path in world.files if path not in texts]
    for text in texts.values():
        tree = _parsed(text)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                defined.add(node.name)
        for token in _tokens(text):
            if token.type == tokenize.NAME:
                used.add(token.string)
            elif token.type == tokenize.STRING:
                said.append(token.string)
    words = {word for text in said for word in re.findall(r"\w+", text)}
    return {
        old: new
        for old, new in names.items()
        if old in defined
        and old not in words | _TAKEN
        and new.isidentifier()
        and new not in used | words | _TAKEN
    }


def _rewritten(text: str, names: Mapping[str, str], *, strip: bool) -> str:
    """Write a file anew; as it was where that would change what it does."""
    lines = text.splitlines(keepends=True)
    for token in reversed(_tokens(text)):
        row, start = token.start[0] - 1, token.start[1]
        line = lines[row] if row < len(lines) else ""
        if token.type == tokenize.NAME and token.string in names:
            lines[row] = line[:start] + names[token.string] + line[token.end[1] :]
        elif strip and token.type == tokenize.COMMENT and not _TOLD.match(token.string):
            lines[row] = line[:start].rstrip() + line[token.end[1] :]
    new = "".join(lines)
    before, after = _parsed(text), _parsed(new)
    if before is None or after is None or _shape(before, names) != _shape(after, {}):
        return text
    return new


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    try:
        return list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return []


def _shape(tree: ast.Module, names: Mapping[str, str]) -> str:
    """Write a program down without regard to its lines, with names as they will be."""
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if isinstance(value, str) and value in names and not isinstance(node, ast.Constant):
                setattr(node, field, names[value])
            elif isinstance(value, list) and isinstance(node, ast.Global | ast.Nonlocal):
                setattr(node, field, [names.get(one, one) for one in node.names])
    return ast.dump(tree)


def _moves(world: World, texts: Mapping[str, str], about: About) -> list[Change]:
    """Say which files go elsewhere: such as no other file names."""
    everything = {path: text_of(world, path) or "" for path in world.files}
    free = [
        path
        for path in texts
        if not split(path)[1].startswith(("__", "test", "conftest", "setup"))
        and not any(
            re.search(rf"\b{re.escape(split(path)[1])}\b", text)
            for other, text in everything.items()
            if other != path
        )
        and not re.search(r"^\s*from\s+\.|__file__", texts[path], re.MULTILINE)
    ]
    moved = sorted(free, key=lambda path: about.draw.sub("move", path).unit())
    found: list[Change] = []
    for path in moved[: int(about.parameters["move"])]:
        folder, stem, ending = split(path)
        to = f"{folder}lib/{stem}{ending}"
        if to not in world.files:
            found.append(Change("rename", path, {"to": to}))
    return found
