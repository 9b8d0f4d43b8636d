"""OpenAI: reasoning items in Responses, nothing in Chat Completions."""

from __future__ import annotations

from sealegs.knowledge import Parameter, Provider

from .common import CHAT, CHECKED, OPENAI_REASONING, RESPONSES, RESPONSES_REFUSALS

__all__ = ["ENCRYPTED", "ROWS"]

ENCRYPTED = Parameter(
    path="include",
    asks=True,
    value=["reasoning.encrypted_content"],
    models=OPENAI_REASONING,
    unless={"store": (None, True)},
)
"""Without storage only the sealed content brings reasoning back. Storage is the default."""

ROWS: tuple[Provider, ...] = (
    Provider(
        name="openai-responses",
        wires=RESPONSES,
        hosts=("api.openai.com", "*.api.openai.com"),
        out=("reasoning_items",),
        demand="tool_loop",
        parameters=(ENCRYPTED,),
        recoveries=RESPONSES_REFUSALS,
        source="openai-python 3.54: types/responses, continuedev/continue#8933",
        checked=CHECKED,
        evidence="recorded",
    ),
    # Chat Completions gives no reasoning and knows no field for it: what a framework brings along
    # from elsewhere is taken out.
    Provider(
        name="openai",
        wires=CHAT,
        hosts=("api.openai.com", "*.api.openai.com"),
        send="never",
        source="openai-python 3.54: types/chat, which have no field for reasoning",
        checked=CHECKED,
    ),
    # The token of a ChatGPT login changes by the hour, so the host stands for the account.
    Provider(
        name="openai-codex",
        wires=RESPONSES,
        hosts=("chatgpt.com",),
        paths=("/backend-api/codex/*",),
        out=("reasoning_items",),
        demand="tool_loop",
        account="host",
        parameters=(ENCRYPTED,),
        recoveries=RESPONSES_REFUSALS,
        source="openai/codex#8145, 0xPlaygrounds/rig:tests/cassettes/chatgpt",
        checked=CHECKED,
        evidence="recorded",
    ),
)
