"""A LangChain agent that keeps its model's reasoning, also after a restart.

    python examples/langgraph_agent.py "What is the weather?"
    python examples/langgraph_agent.py "And now?"

The second run goes on where the first ended: the checkpointer brings the messages back, the store
the reasoning. ``MODEL`` names the model as LangChain does (``openai:gpt-5``,
``anthropic:claude-opus-4-5``); the endpoint and the key come from the usual environment variables.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from langchain.agents import create_agent
from langchain.chat_models import init_chat_model
from langchain_core.tools import tool
from langgraph.checkpoint.sqlite import SqliteSaver

from sealegs import Pipeline
from sealegs_adapters.langgraph import SealegsMiddleware

THINKING: dict[str, Any] = {
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "max_tokens": 4096,
}


@tool
def look(city: str) -> str:
    """Look out of the window in a city."""
    return f"sunny in {city}"


def main(question: str) -> None:
    """Ask one question in the thread ``example``."""
    name = os.environ.get("MODEL", "openai:gpt-5")
    model = init_chat_model(name, **(THINKING if name.startswith("anthropic:") else {}))
    with SqliteSaver.from_conn_string("messages.db") as checkpointer:
        pipeline = Pipeline.load(store="sqlite:///reasoning.db")
        agent: Any = create_agent(
            model,
            [look],
            middleware=[SealegsMiddleware(pipeline=pipeline)],
            checkpointer=checkpointer,
        )
        thread = {"configurable": {"thread_id": "example"}}
        state = agent.invoke({"messages": [{"role": "user", "content": question}]}, thread)
        print(state["messages"][-1].text)
        pipeline.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "What is the weather in Rome?")
