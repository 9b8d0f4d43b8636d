"""Reads tool definitions from files, folders and standard input."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sealegs.errors import SchemaError, SealegsError
from sealegs.jsons import Json, parse
from sealegs.schema.forms import ToolForm
from sealegs.schema.reading import Found, LeftOut, read

__all__ = ["Given", "InputError", "Note", "Source", "add_files", "gather"]

STDIN: Final = "-"
SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".snap")

_BOM: Final = b"\xef\xbb\xbf"
_KINDS: Final = ", ".join(SUFFIXES)


class InputError(SealegsError):
    """A file cannot be read, or holds no tool definitions."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file, self.reason = file, reason


@dataclass(frozen=True, slots=True)
class Source:
    """A definition, and the file that it stands in."""

    file: str
    found: Found

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.file} {self.found.pointer}".rstrip()


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was passed over.

    Attributes:
        file: the file.
        pointer: where in it; empty: all of it.
        reason: why.
    """

    file: str
    pointer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Given:
    """All that was read, in the order of the files."""

    sources: tuple[Source, ...]
    notes: tuple[Note, ...]


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names the files."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=f"JSON or JSON Lines; a folder stands for its files {_KINDS}; - is standard input",
    )


def gather(names: Sequence[str], forms: Iterable[ToolForm], *, quiet: bool = False) -> Given:
    """Read the definitions of all files.

    Args:
        names: files, folders, ``-``. What a folder holds besides definitions is passed over with a
            note; a file that is named must hold some.
        forms: the forms that are known.
        quiet: show no progress.

    Raises:
        InputError: a file cannot be read, or there is no definition at all.
    """
    known = tuple(forms)
    files = [each for name in dict.fromkeys(names) for each in _files(name)]
    sources: list[Source] = []
    notes: list[Note] = []
    progress = not quiet and len(files) > 1 and sys.stderr.isatty()
    for number, (file, named) in enumerate(files, 1):
        if progress:
            print(f"\r{number}/{len(files)} ", end="", file=sys.stderr, flush=True)
        try:
            reading = read(_value(file), known)
        except SchemaError as error:
            if named:
                raise InputError(file, str(error)) from error
            notes.append(Note(file, error.pointer, error.reason))
        except InputError as error:
            if named:
                raise
            notes.append(Note(file, "", error.reason))
        else:
            sources += [Source(file, found) for found in reading.found]
            notes += [_left_out(file, tool) for tool in reading.left_out]
    if progress:
        print("\r", end="", file=sys.stderr)
    if not sources:
        more = f" ({notes[0].file}: {notes[0].reason})" if notes else ""
        raise InputError(", ".join(names), f"no tool definitions in it{more}")
    return Given(tuple(sources), tuple(notes))


def _left_out(file: str, tool: LeftOut) -> Note:
    return Note(file, tool.pointer, f"a tool that the provider runs itself ({tool.kind})")


def _files(name: str) -> Iterator[tuple[str, bool]]:
    """Give the files that a name stands for, and whether each was named itself."""
    path = Path(name)
    if name == STDIN or not path.is_dir():
        yield name, True
        return
    inside = sorted(file for file in path.rglob("*") if _may_hold(file.relative_to(path)))
    found = [str(file) for file in inside if file.is_file()]
    if not found:
        raise InputError(name, f"the folder has no files {_KINDS}; name others one by one")
    yield from ((file, False) for file in found)


def _may_hold(file: Path) -> bool:
    return file.suffix in SUFFIXES and not any(part.startswith(".") for part in file.parts)


def _value(file: str) -> Json:
    raw = _bytes(file).removeprefix(_BOM)
    if not raw.strip():
        raise InputError(file, "is empty")
    try:
        return parse(raw)
    except RecursionError as error:
        raise InputError(file, "is nested too deep") from error
    except ValueError as error:
        lines = _lines(file, raw)
        if lines is not None:
            return lines
        raise InputError(file, f"is neither JSON nor JSON Lines: {_told(error)}") from error


def _lines(file: str, raw: bytes) -> list[Json] | None:
    """Read JSON Lines; ``None`` where not even the first line is JSON."""
    values: list[Json] = []
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            values.append(parse(line))
        except (ValueError, RecursionError) as error:
            if not values:
                return None
            raise InputError(file, f"line {number} is not JSON: {_told(error)}") from error
    return values


def _told(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 (byte {error.start})"
    return str(error) or "nested too deep"


def _bytes(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise InputError(file, error.strerror or repr(error)) from error
