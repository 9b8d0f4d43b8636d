"""The Model Context Protocol: a tool as ``tools/list`` tells of it. It never travels to a model."""

from __future__ import annotations

from .envelope import Envelope

__all__ = ["MCP"]

MCP = Envelope(name="mcp", rank=20, schema="inputSchema", required=True)
