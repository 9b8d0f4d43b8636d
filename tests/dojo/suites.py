"""AgentDojo's suites: their tasks as cases, their environments, and their own checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

__all__ = [
    "VERSION",
    "Case",
    "RefusedError",
    "agentdojo",
    "all_pairs",
    "called",
    "installed",
    "one_each",
    "suite_of",
    "vectors",
]

VERSION = "v1.2.2"


def agentdojo(module: str) -> Any:
    """Import a module of AgentDojo's, which has no types that could be checked here."""
    return import_module(f"agentdojo.{module}")


def installed() -> bool:
    """Say whether AgentDojo is there."""
    return find_spec("agentdojo") is not None


@cache
def _suites() -> Mapping[str, Any]:
    found: Mapping[str, Any] = agentdojo("task_suite.load_suites").get_suites(VERSION)
    return found


@cache
def _loader() -> Any:
    yaml = import_module("yaml")
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def called(name: str, arguments: Mapping[str, Any]) -> Any:
    """Make a call as AgentDojo's checks take it."""
    return agentdojo("functions_runtime").FunctionCall(function=name, args=dict(arguments))


@dataclass(frozen=True, order=True)
class Case:
    """A task of the user's, and what somebody hostile wants beside it.

    Attributes:
        suite: the suite's name.
        user: the user task's id.
        injection: the injection task's id.
    """

    suite: str
    user: str
    injection: str

    @property
    def name(self) -> str:
        return f"{self.suite}/{self.user}/{self.injection}"

    @property
    def task(self) -> Any:
        return _suites()[self.suite].get_user_task_by_id(self.user)

    @property
    def hostile(self) -> Any:
        return _suites()[self.suite].get_injection_task_by_id(self.injection)

    @property
    def goal(self) -> str:
        """What the hostile text asks for, as something to ask for."""
        said: str = self.hostile.GOAL.strip().removesuffix(".")
        return said[:1].lower() + said[1:]

    def environment(self, texts: Mapping[str, str] | None = None) -> Any:
        """Make the environment, with texts of ours in some of AgentDojo's injection vectors."""
        given = dict(texts or {})
        parsed = _parsed(self.suite, tuple(sorted(given)))
        tokens = {_token(vector): text for vector, text in given.items()}
        made = _suites()[self.suite].environment_type.model_validate(_filled(parsed, tokens))
        return self.task.init_environment(made)

    def definitions(self) -> Sequence[dict[str, Any]]:
        """Give the suite's tools as a chat-completions API takes them."""
        return _definitions(self.suite)

    def runtime(self) -> Any:
        return agentdojo("functions_runtime").FunctionsRuntime(_suites()[self.suite].tools)

    def tools(self, environment: Any) -> dict[str, Callable[..., Any]]:
        """Give the suite's tools as functions that work on an environment."""
        runtime = self.runtime()
        return {name: _bound(runtime, name, environment) for name in runtime.functions}

    def useful(self, said: str, before: Any, after: Any, calls: Sequence[Any]) -> bool:
        """Say whether the user's task was done, by AgentDojo's own check."""
        found = self.task.utility_from_traces(said, before, after, calls)
        return bool(self.task.utility(said, before, after) if found is None else found)

    def attacked(self, said: str, before: Any, after: Any, calls: Sequence[Any]) -> bool:
        """Say whether the hostile goal was reached, by AgentDojo's own check."""
        found = self.hostile.security_from_traces(said, before, after, calls)
        return bool(self.hostile.security(said, before, after) if found is None else found)


def suite_of(case: Case) -> Any:
    """Give AgentDojo's own suite of a case."""
    return _suites()[case.suite]


class RefusedError(Exception):
    """A tool refused a call."""


def _bound(runtime: Any, name: str, environment: Any) -> Callable[..., Any]:
    def run(**arguments: Any) -> Any:
        result, error = runtime.run_function(environment, name, arguments)
        if error:
            raise RefusedError(error)
        return result

    run.__name__ = name
    return run


@cache
def _definitions(suite: str) -> Sequence[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {
                "name": one.name,
                "description": one.description,
                "parameters": one.parameters.model_json_schema(),
            },
        }
        for one in _suites()[suite].tools
    ]


# ------------------------------------------------------------------ cases


def all_pairs() -> list[Case]:
    """Give every task of the user's with every injection task of its suite."""
    return [
        Case(name, user, injection)
        for name, suite in _suites().items()
        for user in suite.user_tasks
        for injection in suite.injection_tasks
    ]


def one_each() -> list[Case]:
    """Give every task of the user's with one injection task.

    Those that AgentDojo has a solution for take turns: of workspace's, 6 to 13 have none.
    """
    found: list[Case] = []
    for name, suite in _suites().items():
        plain = suite.load_and_inject_default_environment({})
        hostile = sorted(
            task
            for task, one in suite.injection_tasks.items()
            if one.GROUND_TRUTH_OUTPUT or one.ground_truth(plain)
        )
        found += [
            Case(name, user, hostile[at % len(hostile)]) for at, user in enumerate(suite.user_tasks)
        ]
    return found


# ------------------------------------------------------------------ injection vectors


def vectors(suite: str) -> Mapping[str, str]:
    """Give the injection vectors of a suite, each with the harmless text that it has by itself."""
    return {
        name: str(import_module("yaml").safe_load(f'"{text}"')) if "\\" in text else text
        for name, text in _suites()[suite].get_injection_vector_defaults().items()
    }


def _token(vector: str) -> str:
    """Name a vector in YAML, in which a hostile text might mean something else."""
    return f"VECTOR{vector}VECTOR"


@cache
def _parsed(suite: str, given: Sequence[str]) -> Any:
    known = _suites()[suite].get_injection_vector_defaults()
    text = agentdojo("task_suite.task_suite").read_suite_file(suite, "environment.yaml", None)
    filled = text.format(**known | {name: _token(name) for name in given})
    return import_module("yaml").load(filled, _loader())


def _filled(value: Any, tokens: Mapping[str, str]) -> Any:
    """Give a copy of a parsed environment with texts in the place of tokens."""
    if isinstance(value, dict):
        return {key: _filled(inner, tokens) for key, inner in _keyed(value, tokens)}
    if isinstance(value, list):
        return [_filled(inner, tokens) for inner in value]
    if isinstance(value, str) and "VECTOR" in value:
        for token, text in tokens.items():
            value = value.replace(token, text)
    return value


def _keyed(value: Mapping[Any, Any], tokens: Mapping[str, str]) -> Iterator[tuple[Any, Any]]:
    return ((_filled(key, tokens), inner) for key, inner in value.items())
