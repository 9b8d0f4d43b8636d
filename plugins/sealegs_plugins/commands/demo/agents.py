"""The same task by a LangGraph agent: `langchain.agents.create_agent`, streamed, with a memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType]
from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import StructuredTool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr

from sealegs.jsons import Json
from sealegs_plugins.commands.demo.loops import ROUNDS
from sealegs_plugins.commands.demo.vault import QUESTIONS, SYSTEM, TOOLS, Tool, Vault

__all__ = ["KEY", "Agent", "anthropic_model", "chat_model", "responses_model"]

KEY: Final = "loopback"
"""The key that clients are given on loopback; no server asks for it."""


def chat_model(origin: str, model: str, parameters: Mapping[str, Json]) -> BaseChatModel:
    """Make a `ChatOpenAI` on chat completions."""
    return ChatOpenAI(
        model=model,
        base_url=f"{origin}/v1",
        api_key=SecretStr(KEY),
        extra_body=dict(parameters) or None,
        use_responses_api=False,
        max_retries=0,
        streaming=True,
    )


def responses_model(origin: str, model: str) -> BaseChatModel:
    """Make a `ChatOpenAI` on Responses, with its history at the client."""
    return ChatOpenAI(
        model=model,
        base_url=f"{origin}/v1",
        api_key=SecretStr(KEY),
        use_responses_api=True,
        store=False,
        include=["reasoning.encrypted_content"],
        max_retries=0,
        streaming=True,
    )


def anthropic_model(origin: str, model: str) -> BaseChatModel:
    """Make a `ChatAnthropic` with thinking enabled."""
    return ChatAnthropic(
        model_name=model,
        base_url=origin,
        api_key=SecretStr(KEY),
        thinking={"type": "enabled", "budget_tokens": 1024},
        max_tokens_to_sample=4096,
        max_retries=0,
        timeout=None,
        stop=None,
        streaming=True,
    )


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent with a checkpointer, asked in one thread.

    Attributes:
        model: the chat model.
        middleware: what `create_agent` is given as middleware.
    """

    model: BaseChatModel
    middleware: Sequence[Any] = ()

    def run(self, vault: Vault) -> str:
        """Ask the questions in one thread, and give the last answer."""
        agent: Any = create_agent(  # its type names a checkpointer without its parameter
            self.model,
            tools=[_tool(tool, vault) for tool in TOOLS],
            system_prompt=SYSTEM,
            middleware=self.middleware,
            checkpointer=InMemorySaver(),
        )
        config: RunnableConfig = {
            "configurable": {"thread_id": "demo"},
            "recursion_limit": 4 * ROUNDS,
        }
        answer = ""
        for question in QUESTIONS:
            state: Json = agent.invoke({"messages": [HumanMessage(question)]}, config)
            answer = str(state["messages"][-1].text)
        return answer


def _tool(tool: Tool, vault: Vault) -> StructuredTool:
    def use(**arguments: object) -> str:
        return vault.use(tool.name, arguments)

    return StructuredTool.from_function(
        use, name=tool.name, description=tool.description, args_schema=tool.schema
    )
