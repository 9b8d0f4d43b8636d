"""Gateways and hosts without a rule of their own: what arrived goes back as it arrived.

`recorded` says that recorded traffic shows it going back and being accepted; `reported` that only
the host and what it gives have been seen.
"""

from __future__ import annotations

from sealegs.knowledge import Provider

from .common import (
    ANTHROPIC,
    CHAT,
    CHECKED,
    FIELD_REFUSED,
    FOREIGN_SIGNATURE,
    REASONING_MISSING,
    RESPONSES,
    RESPONSES_REFUSALS,
)

__all__ = ["ROWS"]

_PYDANTIC = "pydantic/pydantic-ai:tests/models/cassettes"
_RIG = "0xPlaygrounds/rig:tests/cassettes"
_FANTASY = "charmbracelet/fantasy:providertests/testdata"
_UPSTREAM = (*REASONING_MISSING, *FIELD_REFUSED, *FOREIGN_SIGNATURE)

ROWS: tuple[Provider, ...] = (
    Provider(
        name="vercel-gateway",
        wires=CHAT,
        hosts=("ai-gateway.vercel.sh",),
        recoveries=_UPSTREAM,
        source=_FANTASY,
        checked=CHECKED,
        evidence="recorded",
    ),
    Provider(
        name="avian",
        wires=CHAT,
        hosts=("api.avian.io",),
        recoveries=_UPSTREAM,
        source=_FANTASY,
        checked=CHECKED,
        evidence="recorded",
    ),
    Provider(
        name="snowflake",
        wires=CHAT,
        hosts=("*.snowflakecomputing.com",),
        paths=("/api/v2/cortex/*",),
        recoveries=_UPSTREAM,
        source=f"{_PYDANTIC}/test_snowflake",
        checked=CHECKED,
        evidence="recorded",
    ),
    Provider(
        name="doubleword",
        wires=CHAT,
        hosts=("api.doubleword.ai",),
        recoveries=_UPSTREAM,
        source=f"{_RIG}/doubleword",
        checked=CHECKED,
        evidence="recorded",
    ),
    Provider(
        name="venice",
        wires=CHAT,
        hosts=("api.venice.ai",),
        recoveries=_UPSTREAM,
        source=f"{_RIG}/venice",
        checked=CHECKED,
        evidence="recorded",
    ),
    Provider(
        name="crusoe",
        wires=CHAT,
        hosts=("api.inference.crusoecloud.com",),
        recoveries=_UPSTREAM,
        source=f"{_PYDANTIC}/test_crusoe",
        checked=CHECKED,
        evidence="reported",
    ),
    Provider(
        name="huggingface",
        wires=CHAT,
        hosts=("router.huggingface.co",),
        recoveries=_UPSTREAM,
        source=f"{_FANTASY}/TestOpenAICompatibleCommon",
        checked=CHECKED,
        evidence="reported",
    ),
    Provider(
        name="perplexity",
        wires=CHAT,
        hosts=("api.perplexity.ai",),
        recoveries=_UPSTREAM,
        source="crmne/ruby_llm:spec/fixtures/vcr_cassettes",
        checked=CHECKED,
        evidence="reported",
    ),
    Provider(
        name="pydantic-gateway",
        wires=CHAT | RESPONSES | ANTHROPIC,
        hosts=("gateway.pydantic.dev",),
        recoveries=(*_UPSTREAM, *RESPONSES_REFUSALS),
        source="pydantic/logfire:tests/otel_integrations/cassettes",
        checked=CHECKED,
        evidence="reported",
    ),
)
