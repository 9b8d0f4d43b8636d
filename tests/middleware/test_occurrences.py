"""What is told of an exchange: what became of tools and calls, and never what was said."""

from __future__ import annotations

from typing import Any

from sealegs.exchange import Exchange, Failure, MendedCall, Retention, ToolUse
from sealegs.occurrences import Count, Occurrence, attributes, counts, occurrences
from sealegs.schema.report import Entry, Report


def exchange(**more: Any) -> Exchange:
    given: dict[str, Any] = {
        "id": "x1",
        "adapter": "http",
        "wire": "openai-chat",
        "provider": "openai",
        "model": "m",
        "session": "",
        "status": 200,
        "ending": "complete",
        "streamed": False,
        "attempts": 1,
        "seconds": 0.1,
        "usage": {},
        "retention": None,
        "failures": (),
    }
    return Exchange(**{**given, **more})


def report(tool: str, *entries: Entry) -> Report:
    return Report(tool, tool, "openai-chat", False, "not asked for", entries)


LOST = Entry("/x", "pattern", "secret", "widened", "nobody")
CHECKED = Entry("/x", "minimum", 1, "runtime-checked", "runtime")


def test_where_nothing_happened_nothing_is_told() -> None:
    for tools in (None, ToolUse(), ToolUse("openai-chat")):
        one = exchange(tools=tools)
        assert list(attributes(one)) == []
        assert list(occurrences(one)) == []
        assert list(counts(one)) == []


def test_tools_that_went_out_as_they_came_are_counted_and_no_event() -> None:
    one = exchange(tools=ToolUse("openai-chat", (report("a"), report("b", CHECKED))))
    assert dict(attributes(one)) == {
        "sealegs.tool_schema.dialect.target": "openai-chat",
        "sealegs.tool_schema.tool.count": 2,
        "sealegs.tool_schema.rewrite.count": 0,
        "sealegs.tool_schema.loss.count": 0,
    }
    assert list(occurrences(one)) == []


def test_rewritten_tools_are_an_event_and_a_loss_is_a_warning_that_names_the_tool() -> None:
    reports = (report("a", CHECKED), report("b", LOST))
    use = ToolUse("openai-chat", reports, rewritten=2, lossy=("b",))
    one = exchange(tools=use)
    assert list(occurrences(one)) == [
        Occurrence(
            "sealegs.tool_schema.rewritten",
            True,
            {
                "sealegs.tool_schema.dialect.target": "openai-chat",
                "sealegs.tool_schema.rewrite.count": 2,
                "sealegs.tool_schema.lossy.tool.names": ["b"],
            },
        )
    ]
    assert list(counts(one)) == [
        Count(
            "sealegs.tool_schema.rewrites",
            2,
            {
                "sealegs.tool_schema.dialect.target": "openai-chat",
                "gen_ai.provider.name": "openai",
            },
        )
    ]
    lossless = exchange(tools=ToolUse("d", (report("a", CHECKED),), rewritten=1))
    assert [event.warns for event in occurrences(lossless)] == [False]


def test_each_call_that_was_not_clean_is_an_event() -> None:
    calls = (
        MendedCall("a", "clean"),
        MendedCall("a", "mended", True, ("trailing comma",), "lossless"),
        MendedCall("b", "refused", False, (), "none", ("/count",)),
        MendedCall("c", "unknown"),
    )
    one = exchange(tools=ToolUse("openai-chat", calls=calls, retries=1))
    assert dict(attributes(one)) == {
        "sealegs.tool_call.count": 4,
        "sealegs.tool_call.mended.count": 1,
        "sealegs.tool_call.refused.count": 1,
        "sealegs.tool_call.retry.count": 1,
    }
    told = [
        (event.name, event.warns, event.attributes["gen_ai.tool.name"])
        for event in occurrences(one)
    ]
    assert told == [
        ("sealegs.tool_call.mended", False, "a"),
        ("sealegs.tool_call.kept", True, "b"),
        ("sealegs.tool_call.kept", True, "c"),
    ]
    mended, refused, _ = occurrences(one)
    assert mended.attributes == {
        "gen_ai.tool.name": "a",
        "sealegs.tool_call.outcome": "mended",
        "sealegs.tool_call.from_text": True,
        "sealegs.tool_call.repair.names": ["trailing comma"],
        "sealegs.tool_call.repair.class": "lossless",
        "sealegs.tool_call.problem.pointers": [],
    }
    assert refused.attributes["sealegs.tool_call.problem.pointers"] == ["/count"]
    assert [(count.number, count.attributes) for count in counts(one)] == [
        (1, {"sealegs.tool_call.outcome": outcome, "gen_ai.provider.name": "openai"})
        for outcome in ("clean", "mended", "refused", "unknown")
    ]


def test_an_event_names_no_more_than_a_few() -> None:
    reports = tuple(report(f"t{n}", LOST) for n in range(200))
    problems = tuple(f"/{n}" for n in range(200))
    use = ToolUse(
        "d",
        reports,
        rewritten=200,
        calls=(MendedCall("a", "refused", problems=problems),),
        lossy=tuple(one.tool for one in reports),
    )
    rewritten, kept = occurrences(exchange(tools=use))
    assert len(list[Any](rewritten.attributes["sealegs.tool_schema.lossy.tool.names"])) == 64  # type: ignore[arg-type]
    assert len(list[Any](kept.attributes["sealegs.tool_call.problem.pointers"])) == 64  # type: ignore[arg-type]


def test_all_attributes_together_are_fewer_than_twenty() -> None:
    kept = Retention(
        ("restored",),
        hidden_tokens=1,
        hidden_bytes=4,
        recovered="strip",
        gaps=((0, "expired"),),  # type: ignore[arg-type]
    )
    use = ToolUse("d", (report("a", LOST),), ("b",), 1, 1, (MendedCall("a", "mended"),), 1)
    one = exchange(tools=use, retention=kept, failures=(Failure("tools", "read", "x"),))
    told = dict(attributes(one))
    assert len(told) < 20
    assert all(name.startswith("sealegs.") for name in told)


def test_values_of_the_schema_and_arguments_are_never_told() -> None:
    use = ToolUse("d", (report("a", LOST),), rewritten=1, calls=(MendedCall("a", "mended"),))
    one = exchange(tools=use, failures=(Failure("tools", "read", "secret"),))
    everything = repr((list(attributes(one)), list(occurrences(one)), list(counts(one))))
    assert "secret" not in everything
