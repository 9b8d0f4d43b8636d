"""The tools of real MCP servers, and arguments that their schemas accept."""

from __future__ import annotations

import functools
import json
from typing import Any

from corpus import corpus

_SAMPLES = {
    "string": "a text",
    "integer": 3,
    "number": 2.5,
    "boolean": True,
    "null": None,
}


@functools.cache
def real_tools() -> list[tuple[str, Any]]:
    """Every tool with the schema of its arguments."""
    found: list[tuple[str, Any]] = []
    for server in json.loads(corpus("toolschema", "livemcpbench", "tools.json").read_text()):
        for group in server["tools"].values():
            found += [(tool["name"], tool["inputSchema"]) for tool in group["tools"]]
    folder = corpus("toolschema", "github-mcp-server", "pkg", "github", "__toolsnaps__")
    for file in sorted(folder.glob("*.snap")):
        tool = json.loads(file.read_text())
        found.append((tool["name"], tool["inputSchema"]))
    return found


def sample(schema: Any) -> Any:
    """Make a value of a plain schema: of each declared type the first, bounds not minded."""
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return sample(schema[union][0])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind if isinstance(kind, str) else kind[0]
    if kind == "object":
        return {name: sample(one) for name, one in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema["items"])] if "items" in schema else []
    if kind in ("integer", "number"):
        return schema.get("minimum", _SAMPLES[kind])
    return _SAMPLES[kind]
