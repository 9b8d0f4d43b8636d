"""Ollama's server, by its own API and by its OpenAI-style one.

Its Python client is narrower: its model of a property has ``type``, ``items``, ``description`` and
``enum``, and drops everything else without a word (ollama 0.6.3; ollama/ollama-python#724). What
goes through sealegs on the wire is not touched by it; what an application gives to that client is.
"""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Dialect, Shape

from .common import CHAT, CHECKED, KEPT, NAME_64, WRITTEN_OUT, each

__all__ = ["DIALECTS"]

_SERVER = Dialect(
    name="ollama",
    form="ollama",
    wires=frozenset({"ollama"}),
    keywords=each(
        ("type", "description", "properties", "required", "items", "enum", "anyOf"), KEPT
    ),
    # Its own types hold nothing else, so nothing else reaches the template.
    otherwise="ignored",
    unknown="ignored",
    shape=Shape(booleans=False),
    references=WRITTEN_OUT,
    names=NAME_64,
    # A grammar is made of these, by llama.cpp's rules.
    answers={"format": "llama.cpp", "schema": "llama.cpp"},
    source="ollama/ollama: api/types.go, ollama/ollama-python#724, ollama/ollama-python#429",
    checked=CHECKED,
    doubts="Versions differ in which members of a property they keep.",
)

DIALECTS: tuple[Dialect, ...] = (
    _SERVER,
    replace(
        _SERVER,
        name="ollama-openai",
        form="openai-chat",
        wires=CHAT,
        providers=("ollama-openai",),
    ),
)
