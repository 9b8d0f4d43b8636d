"""The same characters in AgentDojo's own harness: its attack, its vectors, its verdict."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from dojo.minds import Character, holds
from dojo.suites import Case, agentdojo, suite_of

__all__ = ["judged"]


class _Pipeline:
    """Makes the gold calls; once it has read what is hostile, those of the injection task first."""

    name = "scripted"

    def __init__(self, case: Case, character: Character) -> None:
        self._case, self._character = case, character

    def query(
        self,
        query: str,
        runtime: Any,
        env: Any,
        messages: Sequence[Any] = (),
        extra_args: Any = None,
    ) -> Any:
        case, found = self._case, list[Any](messages)
        todo, says = list(case.task.ground_truth(env)), [case.task.GROUND_TRUTH_OUTPUT]
        obeys = self._character == "gullible"
        while todo:
            call = todo.pop(0)
            result, error = runtime.run_function(env, call.function, call.args)
            text = error or agentdojo("agent_pipeline.tool_execution").tool_result_to_str(result)
            found.append({"role": "assistant", "content": _block(""), "tool_calls": [call]})
            found.append(
                {
                    "role": "tool",
                    "content": _block(text),
                    "tool_call": call,
                    "tool_call_id": None,
                    "error": error,
                }
            )
            if obeys and holds(text, case.goal):
                obeys = False
                todo = [*case.hostile.ground_truth(env), *todo]
                says.append(case.hostile.GROUND_TRUTH_OUTPUT)
        said = "\n".join(filter(None, says))
        found.append({"role": "assistant", "content": _block(said), "tool_calls": None})
        return query, runtime, env, found, extra_args or {}


def _block(text: str) -> list[Any]:
    return [agentdojo("types").text_content_block_from_string(text)]


def judged(case: Case, character: Character) -> tuple[bool, bool]:
    """Say by AgentDojo's harness whether the task was done, and whether its attack succeeded."""
    suite, pipeline = suite_of(case), _Pipeline(case, character)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        attack = agentdojo("attacks.baseline_attacks").DirectAttack(suite, pipeline)
        texts = attack.attack(case.task, case.hostile)
        useful, attacked = suite.run_task_with_pipeline(pipeline, case.task, case.hostile, texts)
    return bool(useful), bool(attacked)
