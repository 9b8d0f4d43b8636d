"""GitHub Copilot. Its token lives for minutes, so the host stands for the account."""

from __future__ import annotations

from dataclasses import replace

from sealegs.knowledge import Provider

from .anthropic import CLASSIC, PRESERVED
from .common import CHAT, CHECKED, FIELD_REFUSED, RESPONSES, RESPONSES_REFUSALS
from .openai import ENCRYPTED

__all__ = ["ROWS"]

_HOSTS = ("*.githubcopilot.com", "copilot-api.*.ghe.com")
_PROVIDER = "pydantic-ai-slim 2.68.0: providers/github_copilot.py"

ROWS: tuple[Provider, ...] = (
    Provider(
        name="copilot",
        wires=CHAT,
        hosts=_HOSTS,
        out=("reasoning_text",),
        account="host",
        recoveries=FIELD_REFUSED,
        source=_PROVIDER,
        checked=CHECKED,
        evidence="reported",
    ),
    Provider(
        name="copilot-responses",
        wires=RESPONSES,
        hosts=_HOSTS,
        out=("reasoning_items",),
        account="host",
        parameters=(ENCRYPTED,),
        recoveries=RESPONSES_REFUSALS,
        source="caozhiyuan/copilot-api#363, 0xPlaygrounds/rig:tests/cassettes/copilot",
        checked=CHECKED,
        evidence="recorded",
    ),
    replace(
        CLASSIC,
        name="copilot-anthropic",
        hosts=_HOSTS,
        account="host",
        source=_PROVIDER,
        evidence="reported",
    ),
    replace(PRESERVED, name="copilot-anthropic-preserved", hosts=_HOSTS, account="host"),
)
