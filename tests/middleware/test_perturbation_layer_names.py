"""Names of tools and parameters: edits chained, mentions, and both ways of a call."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from calling import chat_tool
from sealegs.calls.saying import SaidCall
from sealegs.perturbation.edits import AddedTool, Spliced, ToolChange, ToolsEdit
from sealegs.perturbation.requests.hearing import Hearer
from sealegs.perturbation.requests.mentions import Mentions
from sealegs.perturbation.requests.recalling import Recalled
from sealegs.perturbation.requests.renaming import Renaming
from sealegs.perturbation.requests.splicing import spliced, with_splices
from sealegs.perturbation.requests.toolsets import Toolset
from sealegs_plugins.forms.openai import CHAT, FUNCTIONS

FORMS = (CHAT, FUNCTIONS)
TRIP: Any = {
    "type": "object",
    "properties": {"start_date": {"type": "string"}, "city": {"type": "string"}},
    "required": ["start_date"],
}


def toolset(*names: str, **more: Any) -> Toolset:
    return Toolset.read([chat_tool(name, **more) for name in names], FORMS)


def names(tools: Toolset) -> list[str]:
    return [tool.name for tool in tools.tools]


def descriptions(tools: Toolset) -> list[str]:
    return [tool.definition.description for tool in tools.tools]


def renames(**names: str) -> ToolsEdit:
    return ToolsEdit({old: ToolChange(name=new) for old, new in names.items()})


def listed(tools: Toolset, raw: list[Any]) -> list[Any]:
    return [one.get("function", {}).get("name") or one for one in tools.written(raw, FORMS)]


# ------------------------------------------------------------------ mentions

TOOLS = ["get_weather", "search", "find", "get_weather_now", "a", "files.read", "x y", "the_x"]
BETWEEN = ["`", "(", ")", " ", ".", "-", "the ", "The ", " tool", " function", "functions.", "/"]
OTHERS = ["tools.", "w", "\n", ", ", "get_weat", "toolx", "@", "é", ""]
PARTS = st.sampled_from([*TOOLS, *BETWEEN, *OTHERS])
NAMES = {
    "get_weather": "gt_wether",
    "search": "find",
    "find": "search",
    "get_weather_now": "x1",
    "a": "b",
    "files.read": "files_rd",
    "the_x": "get_weather",
    "x y": "x_y",
    "é": "f_e",
}


@settings(max_examples=400)
@given(st.lists(PARTS, max_size=12), st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_a_text_in_pieces_of_any_size_gets_the_names_that_it_gets_whole(
    parts: list[str], sizes: list[int]
) -> None:
    text, mentions = "".join(parts), Mentions(NAMES)
    pieces, out, at, step = mentions.pieces(), "", 0, 0
    while at < len(text):
        size = sizes[step % len(sizes)]
        out += pieces.feed(text[at : at + size])
        at, step = at + size, step + 1
    assert out + pieces.close() == mentions.replaced(text)


def test_whole_identifiers_are_renamed_wherever_they_stand_and_parts_of_others_nowhere() -> None:
    mentions = Mentions({"get_weather": "W"})
    for text, want in {
        "get_weather": "W",
        "Use get_weather.": "Use W.",
        "(get_weather), 'get_weather': get_weather()": "(W), 'W': W()",
        "functions.get_weather": "functions.W",
        "my.get_weather": "my.get_weather",
        "get_weather.py and get_weather_now": "get_weather.py and get_weather_now",
        "/srv/get_weather/x and @get_weather": "/srv/get_weather/x and @get_weather",
        "forget_weather": "forget_weather",
        "get_weather-based": "get_weather-based",
        "get_weather - it": "W - it",
    }.items():
        assert mentions.replaced(text) == want


def test_a_name_that_is_a_word_as_well_is_renamed_only_where_it_is_surely_the_name() -> None:
    mentions = Mentions({"search": "W"})
    for text, want in {
        "search for it": "search for it",
        "call `search`": "call `W`",
        "search(query)": "W(query)",
        "the search tool": "the W tool",
        "a search toolbox, research(x)": "a search toolbox, research(x)",
    }.items():
        assert mentions.replaced(text) == want


def test_names_that_change_places_do_so_at_once() -> None:
    mentions = Mentions({"a_1": "b_1", "b_1": "a_1"})
    assert mentions.replaced("a_1 then b_1") == "b_1 then a_1"


def test_text_without_a_name_is_never_held() -> None:
    pieces = Mentions({"get_weather": "gt"}).pieces()
    assert [pieces.feed(piece) for piece in ("I ", "get", "ting ", "g", "et_wea", "ther", "!")] == [
        "I ",
        "",
        "getting ",
        "",
        "",
        "",
        "gt!",
    ]


# ------------------------------------------------------------------ toolsets


def test_edits_see_what_the_one_before_has_made_and_their_way_back_is_one() -> None:
    first = renames(get_weather="gt_wether", send_mail="snd")
    second = ToolsEdit(
        {
            "gt_wether": ToolChange(
                name="weather", parameters=_renamed("arg_1"), arguments={"arg_1": "city"}
            )
        }
    )
    third = ToolsEdit(
        {
            "weather": ToolChange(
                parameters=_renamed("town"), arguments={"town": "arg_1"}, dropped=("token",)
            )
        }
    )
    last = toolset("get_weather", "send_mail").edited(first).edited(second).edited(third)
    assert names(last) == ["weather", "snd"]
    one = Renaming(last)
    call = SaidCall("weather", '{"town": "Oslo", "token": "x"}', "1")
    assert one.back(call) == SaidCall("get_weather", '{"city": "Oslo"}', "1")
    assert one.sent(SaidCall("get_weather", '{"city": "Oslo"}', "1")) == SaidCall(
        "weather", '{"town": "Oslo"}', "1"
    )


def _renamed(name: str) -> Any:
    return {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}


def test_descriptions_of_all_tools_follow_a_rename() -> None:
    raw = [
        chat_tool("get_weather", description="As get_weather does."),
        chat_tool("b", {"type": "object", "properties": {"x": {"description": "of get_weather"}}}),
    ]
    last = Toolset.read(raw, FORMS).edited(renames(get_weather="gt_w"))
    assert descriptions(last) == ["As gt_w does.", "The tool b."]
    assert last.tools[1].definition.parameters["properties"]["x"]["description"] == "of gt_w"
    assert raw[0]["function"]["name"] == "get_weather"


def test_a_new_name_that_is_in_use_gets_a_number_and_a_permutation_does_not() -> None:
    tools = toolset("a", "b", "c")
    assert names(tools.edited(renames(a="b"))) == ["b_2", "b", "c"]
    assert names(tools.edited(renames(a="b", b="a"))) == ["b", "a", "c"]
    assert names(tools.edited(renames(a="d", b="d"))) == ["d", "d_2", "c"]
    assert names(tools.edited(ToolsEdit(removed=("c",))).edited(renames(a="c"))) == ["c_2", "b"]


def test_a_new_name_is_none_of_a_tool_that_the_provider_runs() -> None:
    raw = [chat_tool("a"), {"type": "web_search_20250305", "name": "web_search"}]
    last = Toolset.read(raw, FORMS).edited(renames(a="web_search"))
    assert listed(last, raw) == ["web_search_2", raw[1]]


def test_what_an_edit_says_of_tools_that_are_not_there_is_left_out() -> None:
    tools = toolset("a", "b")
    assert tools.settled(ToolsEdit(renames(x="y").changes, (), ("z",), ("a", "b"))) is None
    assert tools.edited(renames(x="y")) is tools


def test_tools_that_the_request_demands_stay_and_so_does_the_last_one() -> None:
    tools = toolset("a", "b")
    assert names(tools.edited(ToolsEdit(removed=("a",)), ["a"])) == ["a", "b"]
    assert names(tools.edited(ToolsEdit(removed=("a", "b")))) == ["b"]
    assert toolset("a").settled(ToolsEdit(removed=("a",))) is None


def test_tools_are_added_removed_and_ordered_around_what_is_none_of_them() -> None:
    hosted = {"type": "web_search"}
    raw = [chat_tool("a"), hosted, chat_tool("b")]
    added = AddedTool("c", "Does c.", TRIP)
    tools = Toolset.read(raw, FORMS)
    assert listed(tools.edited(ToolsEdit(added=(added,))), raw) == ["a", hosted, "b", "c"]
    assert listed(tools.edited(ToolsEdit(order=("b", "a"))), raw) == ["b", hosted, "a"]
    assert listed(tools.edited(ToolsEdit(removed=("a",))), raw) == ["b", hosted]
    whole = ToolsEdit(renames(a="x").changes, (added,), ("b",), ("c", "a"))
    assert tools.edited(whole).written(raw, FORMS) == [
        {
            "type": "function",
            "function": {"name": "c", "description": "Does c.", "parameters": TRIP},
        },
        hosted,
        chat_tool("x", description="The tool a."),
    ]
    assert raw == [chat_tool("a"), hosted, chat_tool("b")]


def test_a_tool_that_does_not_change_stays_the_very_object() -> None:
    raw = [chat_tool("a", strict=True, extra={"x": 1}), chat_tool("b")]
    assert Toolset.read(raw, FORMS).edited(renames(b="c")).written(raw, FORMS)[0] is raw[0]


def test_a_schema_of_any_depth_follows_a_rename() -> None:
    deep: Any = {"type": "string", "description": "get_weather"}
    for _ in range(400):
        deep = {"type": "object", "properties": {"x": deep}}
    last = Toolset.read([chat_tool("get_weather"), chat_tool("b", deep)], FORMS)
    last = last.edited(renames(get_weather="gt"))
    found = last.tools[1].definition.parameters
    while "properties" in found:
        found = found["properties"]["x"]
    assert found == {"type": "string", "description": "gt"}
    assert len(last.digest) == 16


# ------------------------------------------------------------------ calls and texts


def trip() -> Renaming:
    schema = {**TRIP, "properties": {"arg_1": {}, "arg_2": {}}, "required": ["arg_1"]}
    change = ToolChange(
        name="trp",
        parameters=schema,
        arguments={"arg_1": "start_date", "arg_2": "city"},
    )
    raw = [chat_tool("plan_trip", TRIP), chat_tool("b")]
    return Renaming(Toolset.read(raw, FORMS).edited(ToolsEdit({"plan_trip": change})))


def test_a_call_of_the_history_goes_and_one_of_the_reply_comes_under_the_other_names() -> None:
    one = trip()
    own = SaidCall("plan_trip", '{"start_date": "x", "other": [1]}', "i")
    said = SaidCall("trp", '{"arg_1": "x", "other": [1]}', "i")
    assert (one.sent(own), one.back(said)) == (said, own)


def test_a_call_under_the_old_name_passes_unchanged() -> None:
    old = SaidCall("plan_trip", '{"start_date": "x"}', "i")
    assert trip().back(old) is old


def test_a_tool_whose_name_the_model_was_not_told_cannot_be_called_by_it() -> None:
    came = Toolset.read([chat_tool("a"), chat_tool("b"), chat_tool("c")], FORMS)
    told = came.edited(ToolsEdit({"a": ToolChange(name="x")}, removed=("b",)))
    one = Renaming(told, came=came)
    given = [one.back(SaidCall(name, "{}")).name for name in ("x", "a", "b", "c", "d")]
    assert given == ["a", "a (not among the tools)", "b (not among the tools)", "c", "d"]
    assert one.changes


def test_tools_that_only_swap_names_can_all_be_called() -> None:
    came = Toolset.read([chat_tool("a"), chat_tool("b")], FORMS)
    one = Renaming(came.edited(renames(a="b", b="a")), came=came)
    assert [one.back(SaidCall(name, "{}")).name for name in "ab"] == ["b", "a"]


def test_arguments_that_are_no_object_stay_as_they_are() -> None:
    for arguments in ("", "[1]", '{"arg_1": ', "null"):
        assert trip().back(SaidCall("trp", arguments)) == SaidCall("plan_trip", arguments)


def test_an_argument_under_both_names_counts_as_the_model_was_told_to_say_it() -> None:
    call = SaidCall("trp", '{"arg_1": "new", "start_date": "old"}')
    assert json.loads(trip().back(call).arguments) == {"start_date": "new"}


def test_why_a_call_must_not_run_stays_behind_the_own_name() -> None:
    call = SaidCall("trp (not run: its arguments were cut off)", "{}")
    assert trip().back(call).name == "plan_trip (not run: its arguments were cut off)"


def test_parameters_are_mentioned_by_the_new_name_where_only_one_can_be_meant() -> None:
    one = trip()
    assert one.said.replaced("start_date of plan_trip, `city`") == "arg_1 of trp, `city`"
    both = Toolset.read([chat_tool("plan_trip", TRIP), chat_tool("other", TRIP)], FORMS)
    change = ToolChange(parameters=_renamed("x_1"), arguments={"x_1": "start_date"})
    unsure = Renaming(both.edited(ToolsEdit({"plan_trip": change})))
    assert unsure.said.replaced("start_date") == "start_date"


def test_a_twin_runs_the_tool_that_it_stands_for() -> None:
    twin = AddedTool("weather_2", "Likewise.", TRIP, runs="get_weather")
    last = toolset("get_weather").edited(renames(get_weather="gt"))
    last = last.edited(ToolsEdit(added=(AddedTool("twin", "x", TRIP, runs="gt"), twin)))
    assert Renaming(last).back(SaidCall("twin", "{}")).name == "get_weather"
    assert Renaming(last).back(SaidCall("weather_2", "{}")).name == "weather_2"


def test_an_added_tool_with_the_name_of_another_never_takes_its_calls() -> None:
    double = AddedTool("a", "Another.", TRIP, answer="no")
    last = toolset("a").edited(ToolsEdit(added=(double,)))
    assert Renaming(last).answer("a") == ""


# ------------------------------------------------------------------ replies


def heard(one: Renaming, text: str, *calls: SaidCall) -> tuple[str, list[SaidCall], Recalled]:
    recalled = Recalled()
    hearer = Hearer(one, recalled)
    given = hearer.text(0, text).text + hearer.text_end(0).text
    return given, [hearer.call(0, call) for call in calls], recalled


def test_what_has_no_exact_way_forth_again_is_recalled_word_by_word() -> None:
    given, _, recalled = heard(Renaming(toolset("search").edited(renames(search="x_1"))), "x_1!")
    assert (given, recalled.text(given)) == ("search!", "x_1!")
    given, _, recalled = heard(trip(), "`trp`, arg_1")
    assert (given, recalled.text(given)) == ("`plan_trip`, start_date", None)


def test_an_argument_that_was_taken_off_is_said_again_with_the_call() -> None:
    change = ToolChange(parameters=TRIP, dropped=("token",))
    one = Renaming(toolset("a").edited(ToolsEdit({"a": change})))
    said = SaidCall("a", '{"token": "t", "city": "Oslo"}', "1")
    _, given, recalled = heard(one, "", said)
    assert given == [SaidCall("a", '{"city": "Oslo"}', "1")]
    again = SaidCall("a", '{"city":"Oslo"}', "1")
    assert recalled.call(again) == said
    assert recalled.call(SaidCall("a", '{"city":"Rome"}', "2")) is None


@given(st.text("ab\n"), st.text("ab\n"))
def test_a_splice_makes_the_new_text_of_the_old_one(old: str, new: str) -> None:
    assert with_splices(old, spliced(old, new)) == new


def test_several_splices_are_made_by_where_they_stood() -> None:
    splices = (Spliced(4, 5, "E"), Spliced(0, 0, "> "), Spliced(1, 3, ""))
    assert with_splices("abcde!", splices) == "> adE!"
