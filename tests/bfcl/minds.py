"""Scripted models of known character: what is right they know, and what is there they read.

A mind knows the gold calls of its task. Of each request it reads what a model would: the offered
definitions, what the user and the system prompt say, and the results. What it does about that is
its character.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bfcl.characters import ABSTAINS, CANARY, FLAW, NEEDS, SIGNED, WAITS, Character
from bfcl.reading import (
    Meant,
    alike,
    complete,
    equal,
    heard,
    leaf_at,
    leaves,
    matched,
    parsed,
)
from bfcl.tasks import AUDIT, Step, Task
from bfcl.values import sources, stands
from bfcl.worlds import Gold, GoldStep

__all__ = ["Mind"]

_NOT_RUN = re.compile(r"The call of .{1,120} was not run:")  # as the library itself says it
_MATCHED: dict[str, Mapping[str, Meant]] = {}


@dataclass(frozen=True, slots=True)
class _Pending:
    id: str
    step: int
    audit: bool = False


class Mind:
    """One model in one trial.

    Attributes:
        why: why it stopped; empty: it did not.
        seen: what it saw of each gold call's result, by turn and step.
        guessed: how many values it made up.
        made: the calls that it made, by name and arguments.
        looked: the calls of whose effect it made sure by another look.
    """

    def __init__(
        self, task: Task, gold: Gold, character: Character, *, parallel: bool = False
    ) -> None:
        self.task, self.gold, self.character, self.parallel = task, gold, character, parallel
        self.why = ""
        self.seen: dict[tuple[int, int], str] = {}
        self.guessed = 0
        self.made: list[tuple[str, Mapping[str, Any]]] = []
        self.looked: set[tuple[int, int]] = set()
        self._count = 0
        self._said: set[str] = set()
        self._canary = False
        self._matched: Mapping[str, Meant] = {}
        self._own: dict[str, set[str]] = {}
        self.begin(0)

    def begin(self, turn: int) -> None:
        """Come to the user's next turn."""
        self.turn = turn
        self.steps: Sequence[Step] = self.task.gold[turn]
        self._known = frozenset(self._said)
        self._done = [False] * len(self.steps)
        self._tries = [0] * len(self.steps)
        self._audits = self._looks = 0
        self._audited: int | None = None
        self._pending: list[_Pending] = []
        self._last: tuple[str, dict[str, Any]] = ("", {})
        self._understood = self._all_at_once = False

    def reply(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Say a model's message. The same request, asked again, gets the same one."""
        raw = json.dumps([request["messages"], request.get("tools")]).encode()
        key = hashlib.blake2b(raw, digest_size=16).hexdigest()
        if key != self._last[0]:
            self._hear(request, raw)
            self._take(request["messages"])
            self._last = (key, self._say(request))
        return self._last[1]

    # ------------------------------------------------------------------ what it reads

    def _hear(self, request: Mapping[str, Any], raw: bytes) -> None:
        self._canary = self._canary or CANARY.encode() in raw
        for message in request["messages"]:
            if message["role"] == "user":
                self._said.add(_text(message))
        systems = [_text(one) for one in request["messages"] if one["role"] == "system"]
        self._signs = SIGNED.findall("\n".join(systems))

    def _take(self, messages: Sequence[Any]) -> None:
        """Take the results of what was called last."""
        at = max(
            (i for i, one in enumerate(messages) if one.get("tool_calls")), default=len(messages)
        )
        results = [one for one in messages[at + 1 :] if one["role"] == "tool"]
        by_id = {one["tool_call_id"]: _text(one) for one in results}
        ids = [one.id for one in self._pending]
        newest = not any(one["role"] == "assistant" for one in messages[at + 1 :])
        rest = [_text(one) for one in results if newest and one["tool_call_id"] not in ids]
        for one in self._pending:
            text = by_id.get(one.id)
            if text is None and rest and len(results) == len(self._pending):
                text = rest.pop(0)
            if one.audit:
                self._learn_state(one.step, text or "")
            else:
                self._learn(one.step, text)
        self._pending = []

    def _learn(self, step: int, text: str | None) -> None:
        right = self.gold.steps[self.turn][step]
        not_run = bool(text and _NOT_RUN.match(text))
        if text is not None and not not_run and (right.failed or not text.startswith("Error:")):
            self.seen[self.turn, step] = text
            self._done[step] = not self.character.checks or self._accepts(step, text, right)
            if self._done[step]:
                return
        elif text is not None:
            self._learn_names(step, text)
        if self.character.goes_on or (text is None and not self.character.checks):
            self._done[step] = True
            return
        looks = self.character.checks and self.character.tries > 1
        if looks and not right.reads and not not_run:
            self._audited = step  # to look is not to fail
            return
        self._tries[step] += 1
        if self._tries[step] >= self.character.tries:
            self.why = f"{self.steps[step].tool} does not answer as it should"

    def _accepts(self, step: int, text: str, right: GoldStep) -> bool:
        """Say whether a result is whole; look where that does not show that a call had effect."""
        if right.drawn:
            return alike(text, right.text)
        if right.reads or self.character.tries == 1:
            return complete(text, right.text)
        told = any(leaf is not None for _, leaf in leaves(parsed(right.text)))
        return equal(text, right.text) and told and right.text != "None"

    def _learn_names(self, step: int, text: str) -> None:
        """Learn parameters' own names from an error that speaks of them."""
        mine = self.steps[step]
        words = set(re.findall(r"'(\w+)'", text))
        meant = self._matched.get(mine.tool)
        for own in mine.arguments:
            wrong = meant.parameters.get(own) if meant is not None else None
            if "TypeError" in text and (own in words or wrong in words):
                self._own.setdefault(mine.tool, set()).add(own)
        if len(self._own.get(mine.tool, ())) > 1:  # then none of the documented names holds
            self._own[mine.tool].update(mine.arguments)

    def _learn_state(self, step: int, text: str) -> None:
        right = self.gold.steps[self.turn][step]
        self._audited = None
        later = self.gold.steps[self.turn][step if self._all_at_once else len(self.steps) :]
        if right.after in text or any(one.after in text for one in later):
            self._done[step] = True
            self.looked.add((self.turn, step))
        elif right.before in text:
            self._tries[step] += 1
            if self._tries[step] >= self.character.tries:
                self.why = f"{self.steps[step].tool} has no effect"
        else:
            self._audited, self._looks = step, self._looks + 1
            if self._looks > 2 * self.character.tries:
                self.why = "it does not show whether a call had its effect"

    # ------------------------------------------------------------------ what it says

    def _say(self, request: Mapping[str, Any]) -> dict[str, Any]:
        tools = [one["function"] for one in request.get("tools") or ()]
        if self.why:
            return self._final(f"{ABSTAINS} {self.why}")
        if not self.steps:
            return self._final(NEEDS)
        if not self._reads_request():
            return self._final(f"{ABSTAINS} {self.why}")
        if self._audited is not None:
            return self._calls([self._call(AUDIT, {}, tools, _Pending("", self._audited, True))])
        left = [step for step, done in enumerate(self._done) if not done]
        if not left:
            return self._final("Done.")
        first = self.parallel and not any(self._tries) and len(left) == len(self.steps)
        self._all_at_once = self._all_at_once or first
        made = [self._step(step, tools) for step in (left if first else left[:1])]
        if self.why:
            return self._final(f"{ABSTAINS} {self.why}")
        if any(one is None for one in made):
            return {"role": "assistant", "content": WAITS}
        return self._calls([one for one in made if one is not None])

    def _final(self, text: str) -> dict[str, Any]:
        said = [text]
        if self._signs and self.character.reads_names and not self.character.goes_on:
            said.append(self._signs[-1] + ".")
        if self._canary and self.character.obeys:
            said.append(CANARY)
        return {"role": "assistant", "content": " ".join(said)}

    def _reads_request(self) -> bool:
        """Understand what the user asks for, once a turn."""
        if self._understood:
            return True
        asked = heard(self.task.says[self.turn])
        new = [text for text in self._said if text not in self._known] or list(self._said)
        said = {word for text in new for word in heard(text)}
        if len(asked) >= 3 and len(asked & said) < 0.2 * len(asked):
            self.why = "it is not for my tools, or I do not understand it"
        elif any(FLAW in text for text in new):
            self.why = "what is asked for takes for granted what is not so"
        self._understood = True
        if self.why and self.character.goes_on:  # it makes up what it may have been asked for
            self.why, self.guessed = "", self.guessed + 1
        return not self.why

    def _step(self, step: int, tools: Sequence[Any]) -> tuple[dict[str, Any], _Pending] | None:
        """Make the call of a step; ``None``: its tool is not there."""
        arguments = self._arguments(step)
        if self.why:
            return None
        return self._call(self.steps[step].tool, arguments, tools, _Pending("", step))

    def _call(
        self, own: str, arguments: Mapping[str, Any], tools: Sequence[Any], pending: _Pending
    ) -> tuple[dict[str, Any], _Pending] | None:
        if not self.character.reads_names:
            return {"name": own, "arguments": dict(arguments)}, pending
        meant = self._meant(tools).get(own)
        if meant is None and not self.character.goes_on:
            return None
        meant = meant or Meant(own)
        learnt = self._own.get(own, set())
        named = {
            key if key in learnt else meant.parameters.get(key, key): value
            for key, value in arguments.items()
        }
        return {"name": meant.name, "arguments": {**named, **meant.tokens}}, pending

    def _meant(self, tools: Sequence[Any]) -> Mapping[str, Meant]:
        raw = f"{self.task.name} {self.turn} {json.dumps(tools)}"
        key = hashlib.blake2b(raw.encode(), digest_size=16).hexdigest()
        if key not in _MATCHED:
            while len(_MATCHED) > 63:
                _MATCHED.pop(next(iter(_MATCHED)))
            _MATCHED[key] = matched(self.task.tools(self.turn), tools)
        self._matched = _MATCHED[key]
        return self._matched

    def _calls(self, made: Sequence[tuple[dict[str, Any], _Pending] | None]) -> dict[str, Any]:
        if any(one is None for one in made):
            return {"role": "assistant", "content": WAITS}
        calls = []
        for one in made:
            assert one is not None
            self._count += 1
            call_id = f"call_{self._count:04d}Zb2kQ7LmWx"
            self._pending.append(_Pending(call_id, one[1].step, one[1].audit))
            self.made.append((one[0]["name"], one[0]["arguments"]))
            arguments = json.dumps(one[0]["arguments"])
            function = {"name": one[0]["name"], "arguments": arguments}
            calls.append({"id": call_id, "type": "function", "function": function})
        return {"role": "assistant", "content": None, "tool_calls": calls}

    # ------------------------------------------------------------------ values

    def _arguments(self, step: int) -> dict[str, Any]:
        """Give a call's arguments, each value as far as it is known from what was read."""
        given: dict[str, Any] = json.loads(json.dumps(dict(self.steps[step].arguments)))
        for source in sources(self.task, self.gold)[self.turn][step]:
            if source.literal and not any(stands(source.literal, text) for text in self._said):
                if not self.character.goes_on:
                    self.why = f"nobody told me a value for {source.path[0]}"
                    return given
                self.guessed += 1
                _put(given, source.path, _guess(leaf_at(given, source.path)))
            elif source.step >= 0 and not self.character.checks:
                told = leaf_at(parsed(self.seen.get((source.turn, source.step), "")), source.leaf)
                if told is not None and not isinstance(told, dict | list):
                    _put(given, source.path, told)
        return given


def _guess(value: Any) -> Any:
    return "unknown" if isinstance(value, str) else 0


def _put(value: Any, path: Sequence[Any], new: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content or ""
