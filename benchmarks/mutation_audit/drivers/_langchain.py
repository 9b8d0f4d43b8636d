"""A LangChain agent with a checkpointer, over whatever chat model it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk
from langgraph.checkpoint.memory import InMemorySaver
from script import RESULT

if TYPE_CHECKING:
    from job import Job
    from langchain_core.language_models import BaseChatModel

__all__ = ["talk"]


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    del city
    return RESULT


def talk(model: BaseChatModel, job: Job) -> list[str]:
    """Hold the conversation, token by token where the job says so."""
    agent = create_agent(model, [get_weather], checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "one"}}
    answers = []
    for question in job.questions:
        given = {"messages": [{"role": "user", "content": question}]}
        if job.streamed:
            stream = agent.stream(given, config, stream_mode="messages")
            assert any([isinstance(chunk, AIMessageChunk) for chunk, _ in stream])  # noqa: C419
            state = agent.get_state(config).values
        else:
            state = agent.invoke(given, config)
        answers.append(state["messages"][-1].text)
    return answers
