"""The frameworks under audit: what each environment installs and which driver runs it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FRAMEWORKS", "RELAY", "Framework"]


@dataclass(frozen=True, slots=True)
class Framework:
    """One framework, unmodified, in an environment of its own.

    Attributes:
        name: The name on the command line, and of the module in `drivers`.
        title: What the table calls it.
        requires: Requirements of the environment (current releases, wheels only).
        shown: The distribution whose version the table gives.
        hook: How sealegs is put in: the parameter of the framework that takes it.
        relayed: The framework takes only a base URL, so that sealegs stands in a loopback relay.
    """

    name: str
    title: str
    requires: tuple[str, ...]
    shown: str
    hook: str
    relayed: bool = False


FRAMEWORKS: tuple[Framework, ...] = (
    Framework(
        name="langchain_openai",
        title="LangChain agent, `ChatOpenAI`",
        requires=("langchain", "langgraph", "langchain-openai"),
        shown="langchain-openai",
        hook="`http_client=`, `http_async_client=`",
    ),
    Framework(
        name="langchain_deepseek",
        title="LangChain agent, `ChatDeepSeek`",
        requires=("langchain", "langgraph", "langchain-deepseek"),
        shown="langchain-deepseek",
        hook="`http_client=`, `http_async_client=`",
    ),
    Framework(
        name="langchain_openrouter",
        title="LangChain agent, `ChatOpenRouter`",
        requires=("langchain", "langgraph", "langchain-openrouter"),
        shown="langchain-openrouter",
        hook="`client=OpenRouter(client=)`",
    ),
    Framework(
        name="openai_agents",
        title="OpenAI Agents SDK, chat completions",
        requires=("openai-agents",),
        shown="openai-agents",
        hook="`AsyncOpenAI(http_client=)`",
    ),
    Framework(
        name="pydantic_ai",
        title="Pydantic AI, `OpenAIChatModel`",
        requires=("pydantic-ai-slim[openai]",),
        shown="pydantic-ai-slim",
        hook="`OpenAIProvider(http_client=)`",
    ),
    Framework(
        name="smolagents",
        title="smolagents, `OpenAIModel`",
        requires=("smolagents[openai]",),
        shown="smolagents",
        hook="`client_kwargs={'http_client': …}`",
    ),
    Framework(
        name="llama_index",
        title="LlamaIndex, `OpenAILike`",
        requires=("llama-index-core", "llama-index-llms-openai-like"),
        shown="llama-index-core",
        hook="`http_client=`, `async_http_client=`",
    ),
    Framework(
        name="crewai",
        title="CrewAI, native `openai/`",
        requires=("crewai",),
        shown="crewai",
        hook="base URL",
        relayed=True,
    ),
    Framework(
        name="agno",
        title="Agno, `OpenAILike`",
        requires=("agno", "openai"),
        shown="agno",
        hook="`http_client=`",
    ),
    Framework(
        name="litellm",
        title="LiteLLM loop, `completion()`",
        requires=("litellm", "mcp"),
        shown="litellm",
        hook="`client=OpenAI(http_client=)`",
    ),
    Framework(
        name="strands",
        title="Strands Agents, `OpenAIModel`",
        requires=("strands-agents[openai]",),
        shown="strands-agents",
        hook="`client=AsyncOpenAI(http_client=)`",
    ),
    Framework(
        name="google_adk",
        title="Google ADK, `LiteLlm`",
        requires=("google-adk", "litellm", "mcp"),
        shown="google-adk",
        hook="`LiteLlm(client=AsyncOpenAI(http_client=))`",
    ),
    Framework(
        name="agent_framework",
        title="Microsoft Agent Framework, chat completions",
        requires=("agent-framework-core", "agent-framework-openai"),
        shown="agent-framework-core",
        hook="`async_client=AsyncOpenAI(http_client=)`",
    ),
    Framework(
        name="haystack",
        title="Haystack, `OpenAIChatGenerator`",
        requires=("haystack-ai",),
        shown="haystack-ai",
        hook="`http_client_kwargs={'transport': …}`",
    ),
)

RELAY = Framework(
    name="relay",
    title="the relay",
    requires=("httpx2",),
    shown="httpx2",
    hook="",
)
"""The environment of the relay, for frameworks that take only a base URL."""
