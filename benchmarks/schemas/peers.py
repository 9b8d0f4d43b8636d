"""The converters that people use today: what to install for each, and what it aims at."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ENVIRONMENTS", "PEERS", "Environment", "Peer"]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment; named and filled as `mutation_audit.environments` expects it."""

    name: str
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """One converter.

    Attributes:
        name: In the table, and of its function in `peer_worker.py`.
        environment: Where it is installed.
        shown: The distribution whose version the table gives.
        dialect: Ours, by whose lint its output is read.
        openapi: Its output says types in capitals, and null by ``nullable``.
    """

    name: str
    environment: str
    shown: str
    dialect: str
    openapi: bool = False


_PYDANTIC = (
    "pydantic",
    "pydantic-core",
    "annotated-types",
    "typing-extensions",
    "typing-inspection",
)
ENVIRONMENTS = {
    one.name: one
    for one in (
        Environment("openai", ("openai",)),
        Environment("openai-agents", ("openai-agents",)),
        Environment("langchain", ("langchain-core", "langchain-google-genai")),
        Environment("pydantic-ai", ("pydantic-ai-slim[openai,google]",)),
        Environment("litellm", ("litellm",)),
        Environment("google-adk", ("google-adk",)),
        Environment("google-genai", ("google-genai",)),
        Environment("anthropic", ("anthropic",)),
        Environment("bfcl", ("--no-deps", "bfcl-eval")),
        Environment("grammars", ("llguidance", "outlines-core")),
        # torch, which it wants for masks on a GPU, is some gigabytes, and is not needed here
        Environment("xgrammar", ("--no-deps", "xgrammar", "apache-tvm-ffi", "numpy", *_PYDANTIC)),
        Environment("botocore", ("botocore",)),
        Environment("clients", ("mistral-common", "cohere", "ollama")),
    )
}
_STRICT, _OPEN = "openai-chat-strict", "openai-chat"
_GEMINI, _GEMINI_JSON = "gemini-parameters", "gemini"
PEERS = (
    Peer("openai strict", "openai", "openai", _STRICT),
    Peer("openai-agents strict", "openai-agents", "openai-agents", _STRICT),
    Peer("langchain-core", "langchain", "langchain-core", _OPEN),
    Peer("langchain-core strict", "langchain", "langchain-core", _STRICT),
    Peer("pydantic-ai strict", "pydantic-ai", "pydantic-ai-slim", _STRICT),
    Peer("pydantic-ai auto", "pydantic-ai", "pydantic-ai-slim", _STRICT),
    Peer("pydantic-ai google", "pydantic-ai", "pydantic-ai-slim", _GEMINI_JSON),
    Peer("langchain-google-genai", "langchain", "langchain-google-genai", _GEMINI, openapi=True),
    Peer("google-adk", "google-adk", "google-adk", _GEMINI, openapi=True),
    Peer("google-genai", "google-genai", "google-genai", _GEMINI, openapi=True),
    Peer("litellm vertex", "litellm", "litellm", _GEMINI, openapi=True),
    Peer("litellm bedrock", "litellm", "litellm", "bedrock-converse"),
    Peer("litellm anthropic", "litellm", "litellm", "anthropic"),
    Peer("anthropic transform", "anthropic", "anthropic", "anthropic-strict"),
)
