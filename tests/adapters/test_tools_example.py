"""The example of foreign tools runs, against a loopback server as against a real one."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from loopback import Asked, chat, loopback, whole

EXAMPLE = Path(__file__).parents[2] / "examples" / "foreign_tools.py"


def script(asked: Asked) -> Any:
    """A model that calls what it was shown, in the shape that it was shown."""
    shown = {tool["function"]["name"]: tool["function"] for tool in asked.json["tools"]}
    results = [one for one in asked.json["messages"] if one["role"] == "tool"]
    if len(results) == 2:
        return whole(chat(" | ".join(one["content"] for one in results)))
    name = next(one for one in shown if one.startswith(("chart_find", "chart_mark")[len(results)]))
    arguments: Any = {"place": "Oslo", "within": None}
    if results:
        arguments = {"notes": [{"key": "Oslo", "value": "safe"}]}
        if shown[name]["parameters"]["properties"]["notes"]["type"] == "object":
            arguments = {"notes": {"Oslo": "safe"}}
    reply = chat(None, call=name, call_id=f"call_Zb2kQ7LmWx{len(results)}")
    call = reply["choices"][0]["message"]["tool_calls"][0]
    call["function"]["arguments"] = json.dumps(arguments)
    return whole(reply)


def test_tools_of_a_server_work_on_a_provider_that_refuses_their_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with loopback(script=script) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        monkeypatch.setenv("SEALEGS_TOOLS__DIALECTS", '{"openai-compatible": "openai-chat"}')
        monkeypatch.setattr("sys.argv", ["foreign_tools.py", "Where is Oslo?"])
        runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert capsys.readouterr().out == "Oslo lies 10 miles to the north | Oslo: safe\n"
    asked = [one.json for one in server.asked]
    names = [tool["function"]["name"] for tool in asked[0]["tools"]]
    assert [name.rpartition("_")[0] for name in names] == ["chart_find", "chart_mark"]
    assert [tool["function"]["strict"] for tool in asked[0]["tools"]] == [True, True]
    told = asked[2]["messages"][3]["tool_calls"][0]["function"]
    assert (told["name"], json.loads(told["arguments"])) == (
        names[1],
        {"notes": [{"key": "Oslo", "value": "safe"}]},
    )
