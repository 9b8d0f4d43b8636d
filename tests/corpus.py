"""Where the recorded traffic lies, and how a test reads it."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(os.environ.get("SEALEGS_CORPUS") or Path(__file__).parents[2] / "shared" / "data")


def corpus(*parts: str) -> Path:
    """Give a path in the corpus, or skip the test and say so."""
    path = ROOT.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs recorded material at {path} (set SEALEGS_CORPUS to where it lies)")
    return path


@functools.cache
def sequence(file: str) -> dict[str, Any]:
    """Read one recorded sequence."""
    value: dict[str, Any] = json.loads(corpus("traffic", file).read_text())
    return value


def index() -> list[dict[str, Any]]:
    """Read the index of all recorded sequences."""
    rows: list[dict[str, Any]] = json.loads(corpus("traffic", "index.json").read_text())
    return rows


def sequences(**wanted: object) -> list[dict[str, Any]]:
    """Read the recorded sequences whose index row has the wanted values."""
    return [
        sequence(row["file"])
        for row in index()
        if all(row[key] == value for key, value in wanted.items())
    ]
