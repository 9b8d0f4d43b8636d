"""A graph by hand: a bare chat model in a node, made to keep its reasoning by one line.

    MODEL=deepseek-reasoner OPENAI_BASE_URL=https://api.deepseek.com OPENAI_API_KEY=... \
        python examples/plain_graph.py "What is the weather in Rome?"
"""

from __future__ import annotations

import os
import sys
from typing import Any

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from sealegs_adapters.langgraph import enable


@tool
def look(city: str) -> str:
    """Look out of the window in a city."""
    return f"sunny in {city}"


def build(model: ChatOpenAI) -> Any:
    """Build the graph: the model, then tools as long as it calls any."""
    bound = model.bind_tools([look])

    def think(state: MessagesState) -> dict[str, Any]:
        return {"messages": [bound.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode([look]))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition)
    graph.add_edge("tools", "think")
    return graph.compile(checkpointer=InMemorySaver())


def main(questions: list[str]) -> None:
    """Ask questions in one thread."""
    model = enable(ChatOpenAI(model=os.environ.get("MODEL", "deepseek-reasoner")))
    graph = build(model)
    thread = {"configurable": {"thread_id": "example"}}
    for question in questions:
        state = graph.invoke({"messages": [{"role": "user", "content": question}]}, thread)
        print(state["messages"][-1].text)


if __name__ == "__main__":
    main(sys.argv[1:] or ["What is the weather in Rome?", "And what should I wear?"])
