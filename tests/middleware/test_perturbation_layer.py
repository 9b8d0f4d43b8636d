"""The layer alone: what it sends, what it tells the trial, and when it sleeps."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from calling import Says, chat_message, chat_said, chat_tool
from disturbing import (
    STAGING,
    Conversing,
    Failing,
    Retooling,
    Spoiling,
    Wording,
    delivered,
    place,
    receipts,
    renaming,
    shouting,
    trial,
)
from flows import COLOURS, WIRES, Colour, Port, answered, drive, head
from sealegs.catalog import Catalog
from sealegs.errors import BudgetError, GuardError, PerturbationError
from sealegs.exchange import Injected, Ledger, Missed, Perturbed
from sealegs.flow import Call, Reply
from sealegs.perturbation.edits import AddedTool, ToolChange, ToolsEdit
from sealegs.perturbation.profiles import Budget, Scope
from sealegs.perturbation.requests.layer import PerturbationLayer
from sealegs.schema.definition import ToolDefinition
from sealegs.session import session
from sealegs.wire import RequestHead
from web import Bench, asked, compact, installed

LAYER = PerturbationLayer(installed(), STAGING)
WEATHER = chat_tool("get_weather")
ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Is it warm?"}]
LOOKED = [*ASKED, chat_message(Says("get_weather")), {"role": "tool", "tool_call_id": "call_1"}]


def looked(result: str = "mild", *more: Any) -> list[Any]:
    return [*ASKED, chat_message(Says("get_weather")), answer(result), *more]


def answer(result: str, call_id: str = "call_1") -> Any:
    return {"role": "tool", "tool_call_id": call_id, "content": result}


def call_of(messages: Sequence[Any] = ASKED, at: RequestHead | None = None, **more: Any) -> Call:
    wire = WIRES["openai-chat"]
    where = at or head()
    document = wire.read(compact(asked(list(messages), **more)), where)
    return Call(where, wire, document, document, None, Ledger())


def said(text: str = "Fine.", *calls: Says) -> Reply:
    return answered(compact(chat_said(*calls, text=text)))


def exchanged(call: Call, *script: Reply | Exception, colour: Colour = "sync") -> tuple[Any, Port]:
    port = Port(list(script) or [said()])
    return drive(LAYER.model(call), port, colour), port


def sent(call: Call) -> Any:
    return json.loads(exchanged(call)[1].sent[0])


def contents(request: Any) -> list[Any]:
    return [message.get("content") for message in request["messages"]]


# ------------------------------------------------------------------ without anything to do


@pytest.mark.parametrize("colour", COLOURS)
def test_without_a_trial_the_request_goes_out_as_the_very_bytes(colour: Colour) -> None:
    call = call_of(tools=[WEATHER])
    assert LAYER.dormant()
    reply, port = exchanged(call, said(), colour=colour)
    assert port.sent == [call.original.encode()]
    assert reply.finishers == []
    assert call.ledger.perturbation is None


def test_in_the_clean_arm_nothing_changes_and_the_costs_are_told() -> None:
    running = trial(shouting("user_prompt"), renaming({"get_weather": "x_1"}), arm="clean")
    bench = Bench(layers=(LAYER,), settings=STAGING)
    with running:
        assert not LAYER.dormant()
        body = compact(asked(ASKED, tools=[WEATHER]))
        begun = bench.pipeline.begin(head(), body, adapter="test")
        assert begun is not None
        port = Port([said()])
        drive(begun.exchange(), port, "sync")
    assert port.sent == [body]
    record = running.record()
    assert (record.requests, record.tokens) == (1, 12)
    assert bench.exchanges[0].perturbation == Perturbed()


def test_what_tools_are_called_with_is_told_to_a_trial_that_listens() -> None:
    bench = Bench(layers=(LAYER,), settings=STAGING)
    with trial(shouting("user_prompt"), arm="clean", listens=True) as running:
        begun = bench.pipeline.begin(head(), compact(asked(ASKED)), adapter="test")
        assert begun is not None
        drive(begun.exchange(), Port([said("", Says("get_weather"))]), "sync")
    assert running.finish("passed").used == ("Oslo",)


def test_a_layer_that_sleeps_is_left_out_and_one_that_does_not_runs() -> None:
    bench = Bench(layers=(LAYER,), settings=STAGING)
    call = compact(asked())
    begun = bench.pipeline.begin(head(), call, adapter="test")
    assert begun is not None
    assert begun.layers == ()
    with trial():
        begun = bench.pipeline.begin(head(), call, adapter="test")
        assert begun is not None
        assert begun.layers == (LAYER,)


def test_an_operator_that_finds_nothing_leaves_the_very_bytes() -> None:
    call = call_of(tools=[WEATHER])
    quiet = [Wording("words", "user_prompt"), Retooling("tools"), Spoiling("results")]
    with trial(*quiet):
        _, port = exchanged(call)
    assert port.sent == [call.original.encode()]


def test_a_host_that_looks_live_gets_no_disturbed_request() -> None:
    url = "https://prod.example.com/v1/chat/completions"
    live = RequestHead("POST", url, "prod.example.com", "/v1/chat/completions")
    with trial(shouting("user_prompt")), pytest.raises(GuardError):
        exchanged(call_of(at=live))
    with trial(shouting("user_prompt"), arm="clean"):
        exchanged(call_of(at=live))


# ------------------------------------------------------------------ texts


def test_texts_of_each_surface_are_edited_by_its_own_operators_alone() -> None:
    messages = looked("mild", {"role": "user", "content": [{"type": "text", "text": "and now?"}]})
    with trial(shouting("user_prompt")):
        assert contents(sent(call_of(messages))) == [
            "Be brief.",
            "IS IT WARM?",
            None,
            "mild",
            [{"type": "text", "text": "AND NOW?"}],
        ]
    with trial(shouting("system_prompt")):
        assert contents(sent(call_of(messages)))[:2] == ["BE BRIEF.", "Is it warm?"]


def test_several_operators_edit_one_after_the_other_at_a_place_that_the_framework_made() -> None:
    first = Wording("first", "user_prompt", edit=lambda text: text + "!")
    with trial(first, shouting("user_prompt", "second")) as running:
        assert contents(sent(call_of()))[1] == "IS IT WARM?!"
    assert {one.injection.operator: one.injection.site.place for one in receipts(running)} == {
        "first": place("Is it warm?"),
        "second": place("Is it warm?"),
    }


def test_the_same_text_gets_the_same_edit_wherever_it_stands_later() -> None:
    noise = Wording("noise", "user_prompt")
    with trial(noise) as running:
        noise.edit = lambda text: f"{noise.asked} {text}"
        first = contents(sent(call_of()))
        later = contents(sent(call_of(looked("mild", {"role": "user", "content": "again"}))))
        compacted = contents(sent(call_of([{"role": "user", "content": "Is it warm?"}])))
    assert first == ["Be brief.", "1 Is it warm?"]
    assert later[:2] == first
    assert later[-1] == "2 again"
    assert compacted == first[1:]
    assert delivered(running) == {"noise": [True, True]}


def test_every_request_begins_as_the_one_before_it_ended() -> None:
    noise = Wording("noise", "user_prompt")
    noise.edit = lambda text: f"{noise.asked} {text}"
    spoil = Spoiling("spoil")
    spoil.edit = lambda call, value: (f"{spoil.asked} {value}",)
    known: list[Any] = []
    messages = list(ASKED)
    with trial(noise, spoil, renaming({"get_weather": "gt_w"})):
        for number in range(6):
            now = sent(call_of(messages, tools=[WEATHER]))["messages"]
            assert now[: len(known)] == known
            known = now
            messages += [
                chat_message(Says("get_weather", id=f"c{number}")),
                answer("x", f"c{number}"),
            ]
            messages.append({"role": "user", "content": f"more {number}"})
    assert len(known) == 17


def test_the_turn_of_a_text_says_how_many_turns_the_model_had_had() -> None:
    scoped = {"shouting-user_prompt": Scope(turns=(1,))}
    with trial(shouting("user_prompt"), scopes=scoped):
        messages = looked("mild", {"role": "user", "content": "and now?"})
        assert contents(sent(call_of(messages)))[1::3] == ["Is it warm?", "AND NOW?"]


def test_an_operator_that_fails_ends_the_call_and_the_trial() -> None:
    def fail(text: str) -> str:
        raise RuntimeError(text)

    with trial(Wording("broken", "user_prompt", edit=fail)) as running:
        with pytest.raises(PerturbationError, match="broken"):
            exchanged(call_of())
        assert running.record().failure


# ------------------------------------------------------------------ results


def test_results_are_given_as_values_and_go_back_as_text_in_their_own_style() -> None:
    spoil = Spoiling("spoil", edit=lambda call, value: ({**value, "t": None},))
    with trial(spoil):
        assert contents(sent(call_of(looked('{"t": 7, "unit": "é"}'))))[-1] == (
            '{"t": null, "unit": "é"}'
        )
    assert [(call.tool, call.arguments) for call in spoil.calls] == [
        ("get_weather", {"city": "Oslo"})
    ]


def test_a_result_is_known_by_its_call_and_by_how_many_were_like_it() -> None:
    messages = looked("one", chat_message(Says("get_weather", id="b"), Says("other", id="c")))
    messages += [answer("other", "c"), answer("two", "b")]
    with trial(Spoiling("spoil", edit=lambda call, value: (value + "!",))) as running:
        assert contents(sent(call_of(messages)))[3::1] == ["one!", None, "other!", "two!"]
    sites = sorted(
        (one.injection.site.tool, one.injection.site.occurrence, one.injection.site.turn)
        for one in receipts(running)
    )
    assert sites == [("get_weather", 0, 1), ("get_weather", 1, 2), ("other", 0, 2)]


def test_results_of_a_tool_that_is_disturbed_where_it_runs_are_left_alone() -> None:
    with trial(Spoiling("spoil", edit=lambda call, value: ("no",)), Failing("fail")) as running:
        running.tapped("get_weather")
        assert contents(sent(call_of(looked())))[-1] == "mild"
    assert delivered(running) == {}
    reasons = [[*use.reasons] for use in running.record().uses]
    assert reasons[0] == ["no tool was called in the trial: give it a task that needs one"]
    assert reasons[1] == ["no tapped tool was called in the trial: tap the tools where they run"]


def test_where_no_tool_is_tapped_operators_that_need_it_are_told_of_once() -> None:
    with trial(Failing("fail")) as running:
        exchanged(call_of(looked()))
        call = call_of(looked())
        exchanged(call)
    reasons = [use.reasons for use in running.record().uses]
    assert [list(each.values()) for each in reasons] == [[1]]
    assert next(iter(reasons[0])).startswith("no tool tap: ")


def test_what_could_not_fire_stands_in_the_record_of_the_exchange() -> None:
    call = call_of(looked())
    with trial(Failing("fail")):
        exchanged(call)
    assert call.ledger.perturbation is not None
    missed = call.ledger.perturbation.missed
    assert missed == (
        Missed("fail", "tool_response", "invariant", 2, missed[0].reason, "get_weather"),
    )


def test_of_a_wire_format_that_nobody_can_read_the_trial_is_told_once() -> None:
    bare = SimpleNamespace(tool_forms=installed().tool_forms, tool_lenses={}, text_lenses={})
    layer = PerturbationLayer(cast("Catalog", bare), STAGING)
    operators = (
        shouting("user_prompt"),
        Spoiling("spoil"),
        Conversing("turns"),
        renaming({"get_weather": "gt_w"}),
    )
    with trial(*operators) as running:
        for _ in range(2):
            call, port = call_of(looked(), tools=[WEATHER]), Port([said()])
            drive(layer.model(call), port, "sync")
            assert port.sent == [call.original.encode()]
    words = "nobody knows where this wire format keeps what is said"
    tools = "nobody knows where this wire format keeps its tools"
    assert [use.reasons for use in running.record().uses] == [*[{words: 1}] * 3, {tools: 1}]


# ------------------------------------------------------------------ receipts


def test_an_injection_is_delivered_by_the_reply_and_seen_by_the_next_request() -> None:
    with trial(shouting("user_prompt")) as running:
        exchanged(call_of())
        assert [(one.delivered, one.evidence, one.seen) for one in receipts(running)] == [
            (True, "HTTP 200", False)
        ]
        exchanged(call_of(looked()))
        assert [one.seen for one in receipts(running)] == [True]


def test_a_request_without_a_reply_delivers_nothing_and_a_later_one_does() -> None:
    with trial(shouting("user_prompt")) as running:
        call = call_of()
        with pytest.raises(OSError, match="down"):
            exchanged(call, OSError("down"))
        assert [(one.delivered, one.reason) for one in receipts(running)] == [
            (False, "no reply: OSError")
        ]
        assert call.ledger.perturbation is not None
        assert [one.applied for one in call.ledger.perturbation.injected] == [False]
        exchanged(call_of(), answered(b"{}", 503))
        assert [one.reason for one in receipts(running)] == ["HTTP 503"]
        exchanged(call_of())
        assert [one.delivered for one in receipts(running)] == [True]


def test_the_record_of_an_exchange_names_what_it_was_the_first_to_carry() -> None:
    with trial(shouting("user_prompt"), renaming({"get_weather": "gt_w"})) as running:
        first, second = call_of(tools=[WEATHER]), call_of(tools=[WEATHER])
        exchanged(first)
        exchanged(second)
    known = {one.injection.operator: one.injection for one in receipts(running)}
    words = known["shouting-user_prompt"]
    assert first.ledger.perturbation is not None
    assert second.ledger.perturbation is not None
    assert first.ledger.perturbation.injected[1] == Injected(
        words.id,
        "shouting-user_prompt",
        "user_prompt",
        "invariant",
        2,
        before=words.before,
        after=words.after,
    )
    assert second.ledger.perturbation.injected == ()
    assert second.ledger.perturbation.carried == 2
    assert second.ledger.perturbation.operators == ("renaming", "shouting-user_prompt")


def test_a_budget_that_is_used_up_ends_the_call_before_it_is_sent() -> None:
    with trial(profile={"budget": Budget(requests=1)}):
        exchanged(call_of())
        port = Port()
        with pytest.raises(BudgetError):
            drive(LAYER.model(call_of()), port, "sync")
    assert port.sent == []


def test_sites_name_the_agent_and_not_the_conversation() -> None:
    with trial(shouting("user_prompt")) as running:
        with session("thread-5ab1"), session("x", agent="writer"):
            exchanged(call_of())
        assert [one.injection.site.agent for one in receipts(running)] == ["writer"]


def test_a_dry_run_decides_and_changes_nothing() -> None:
    call = call_of(tools=[WEATHER])
    dry = {"dry_run": True}
    with trial(shouting("user_prompt"), renaming({"get_weather": "gt"}), profile=dry) as running:
        _, port = exchanged(call)
    assert port.sent == [call.original.encode()]
    assert len(receipts(running)) == 2


# ------------------------------------------------------------------ tools


def test_tools_of_a_forced_choice_are_renamed_there_and_never_removed() -> None:
    choice = {"type": "function", "function": {"name": "get_weather"}}
    call = call_of(tools=[WEATHER, chat_tool("b_1")], tool_choice=choice)
    gone = Retooling("gone", edit=lambda tools: ToolsEdit(removed=("gt_w", "b_1")))
    with trial(renaming({"get_weather": "gt_w"}), gone):
        request = sent(call)
    assert [tool["function"]["name"] for tool in request["tools"]] == ["gt_w"]
    assert request["tool_choice"] == {"type": "function", "function": {"name": "gt_w"}}


def test_a_request_without_tools_gets_none() -> None:
    more = Retooling("more", edit=lambda tools: ToolsEdit(added=(AddedTool("x", "", {}),)))
    with trial(more):
        assert "tools" not in sent(call_of())
    assert more.asked == 0


def test_the_old_form_of_tools_is_disturbed_as_well() -> None:
    functions = [WEATHER["function"]]
    with trial(renaming({"get_weather": "gt_w"})):
        request = sent(call_of(functions=functions, function_call={"name": "get_weather"}))
    assert [one["name"] for one in request["functions"]] == ["gt_w"]
    assert request["function_call"] == {"name": "gt_w"}


def test_tools_that_nest_deep_are_renamed_like_any_other() -> None:
    deep: Any = {"type": "string"}
    for _ in range(400):
        deep = {"type": "object", "properties": {"x": deep}}
    with trial(renaming({"get_weather": "gt_w"})):
        request = sent(call_of(tools=[chat_tool("get_weather", deep)]))
    assert request["tools"] == [chat_tool("gt_w", deep)]


# ------------------------------------------------------------------ answers in a tool's place

DECOY = AddedTool("get_tides", "Tells tides.", {"type": "object"}, answer="No tides today.")


def decoys() -> Retooling:
    return Retooling("decoy", edit=lambda tools: ToolsEdit(added=(DECOY,)))


def test_a_call_of_a_tool_that_is_not_there_is_answered_without_the_framework() -> None:
    call = call_of(tools=[WEATHER])
    with trial(decoys()) as running:
        reply, port = exchanged(
            call, said("", Says("get_tides", "{}", "t1")), said("", Says("get_weather"))
        )
    assert json.loads(reply.body)["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == (
        "get_weather"
    )
    assert json.loads(port.sent[1])["messages"][-2:] == [
        chat_message(Says("get_tides", "{}", "t1"), text=""),
        answer("No tides today.", "t1"),
    ]
    assert call.ledger.perturbation is not None
    assert call.ledger.perturbation.answered == 1
    assert running.record().tokens == 12  # what the driver here does not finish is told by taps


def test_what_was_answered_so_stands_in_every_later_request() -> None:
    with trial(decoys()):
        exchanged(
            call_of(tools=[WEATHER]),
            said("", Says("get_tides", "{}", "t1")),
            said("", Says("get_weather")),
        )
        aside = [
            chat_message(Says("get_tides", "{}", "t1"), text=""),
            answer("No tides today.", "t1"),
        ]
        again = sent(call_of(looked(), tools=[WEATHER]))["messages"]
        assert again == [*ASKED, *aside, *looked()[2:]]
        assert sent(call_of(tools=[WEATHER]))["messages"] == ASKED
        shortened = sent(call_of(looked()[1:], tools=[WEATHER]))["messages"]
        assert shortened == looked()[1:]


def test_a_call_beside_one_that_is_answered_is_to_be_made_again() -> None:
    with trial(decoys()):
        _, port = exchanged(
            call_of(tools=[WEATHER]),
            said("", Says("get_weather", id="w"), Says("get_tides", "{}", "t1")),
            said(),
        )
    results = json.loads(port.sent[1])["messages"][-2:]
    assert [one["content"] for one in results] == [
        "Not run. Make this call again.",
        "No tides today.",
    ]


def test_a_model_that_asks_for_nothing_else_is_answered_a_few_times_only() -> None:
    tides = [said("", Says("get_tides", "{}", f"t{n}")) for n in range(9)]
    with trial(decoys()):
        reply, port = exchanged(call_of(tools=[WEATHER]), *tides)
    assert len(port.sent) == 5
    assert "get_tides" in reply.body.decode()
    assert len(port.closed) == 0  # the machine closes, not the layer


def test_an_operator_is_shown_the_tools_in_its_scope_and_the_others_stay() -> None:
    seen: list[str] = []

    def edit(tools: Sequence[ToolDefinition]) -> ToolsEdit:
        seen.extend(tool.name for tool in tools)
        changes = {"get_weather": ToolChange(name="gt_w"), "get_tides": ToolChange(name="book")}
        return ToolsEdit(changes, (AddedTool("book", "x", {}),), (), ("get_tides", "get_weather"))

    tools = [chat_tool(name) for name in ("get_weather", "book", "get_tides")]
    scoped = {"scoped": Scope(tools=("get_*",))}
    with trial(Retooling("scoped", edit=edit), scopes=scoped):
        names = [tool["function"]["name"] for tool in sent(call_of(tools=tools))["tools"]]
    assert seen == ["get_weather", "get_tides"]
    assert names == ["book_3", "book", "gt_w", "book_2"]


def test_calls_of_a_tool_that_is_there_no_more_keep_the_name_that_they_had() -> None:
    """Whether the framework takes it out, leaves all tools out, or an operator removes it."""
    tides = chat_tool("get_tides")
    with trial(renaming({"get_weather": "gt_w"})):
        exchanged(call_of(tools=[WEATHER, tides]))
        known = sent(call_of(looked(), tools=[WEATHER, tides]))["messages"]
        assert known[2]["tool_calls"][0]["function"]["name"] == "gt_w"
        assert sent(call_of(looked(), tools=[tides]))["messages"] == known
        assert sent(call_of(looked()))["messages"] == known
        reply, _ = exchanged(call_of(looked(), tools=[tides]), said("", Says("gt_w")))
        assert '"get_weather"' in reply.body.decode()
        another = sent(call_of(looked()[1:]))["messages"]
        assert another == looked()[1:]
    gone = Retooling("gone", edit=lambda tools: ToolsEdit(removed=("get_weather",)))
    scoped = {"gone": Scope(turns=(1,))}
    with trial(gone, renaming({"get_weather": "gt_w"}), scopes=scoped):
        exchanged(call_of(tools=[WEATHER, tides]))
        request = sent(call_of(looked(), tools=[WEATHER, tides]))
    assert request["messages"] == known
    assert request["tools"] == [tides]


def test_a_trial_that_is_over_leaves_nothing_behind() -> None:
    layer = PerturbationLayer(installed(), STAGING)
    running = trial(shouting("user_prompt"), renaming({"get_weather": "gt_w"}))
    with running:
        drive(layer.model(call_of(looked(), tools=[WEATHER])), Port([said()]), "sync")
    gone = weakref.ref(running)
    del running
    gc.collect()
    assert gone() is None


def test_of_several_choices_none_is_answered() -> None:
    both = chat_said(Says("get_tides", "{}", "t1"))
    both["choices"].append({**both["choices"][0], "index": 1})
    with trial(decoys()):
        reply, port = exchanged(call_of(tools=[WEATHER], n=2), answered(compact(both)))
    assert len(port.sent) == 1
    assert json.loads(reply.body) == both


# ------------------------------------------------------------------ the surface of turns


def test_an_operator_on_turns_is_asked_at_every_request() -> None:
    turns = Conversing("turns")
    with trial(turns):
        exchanged(call_of())
        exchanged(call_of(looked()))
    assert turns.asked == 2


def test_a_profile_that_changes_a_description_keeps_what_else_a_tool_says() -> None:
    strict = chat_tool("get_weather", strict=True)
    told = ToolChange(description="Tells weather.")
    with trial(Retooling("told", edit=lambda tools: ToolsEdit({"get_weather": told}))):
        request = sent(call_of(tools=[strict]))
    assert request["tools"] == [chat_tool("get_weather", strict=True, description="Tells weather.")]
