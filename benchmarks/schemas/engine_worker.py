"""Runs in an engine's environment: tool definitions come as JSON lines, verdicts go back likewise.

A line in is ``{"tool": …, "schema": …, "documents": […]}``, a line out ``{"error": …}`` or
``{"taken": […]}``: for each document, as text, whether the engine's grammar accepts it; empty where
the engine has no grammar.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import logging
import re
import signal
import sys
import types
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Check = Callable[[dict[str, Any]], list[bool]]

_PATIENCE = 20  # seconds for one schema; then the process ends, for not all of them can be stopped


def _xgrammar() -> Check:
    import tvm_ffi  # noqa: F401  (before torch is pretended to be there)

    sys.meta_path.insert(0, _Pretender())
    import xgrammar

    end = 256
    vocabulary = [bytes([byte]) for byte in range(end)] + [b"</s>"]
    tokens = xgrammar.TokenizerInfo(vocabulary, vocab_size=end + 1, stop_token_ids=[end])
    compiler = xgrammar.GrammarCompiler(tokens, max_threads=1, cache_enabled=False)

    def check(asked: dict[str, Any]) -> list[bool]:
        grammar = compiler.compile_json_schema(json.dumps(asked["schema"]))
        taken = []
        for text in asked["documents"]:
            matcher = xgrammar.GrammarMatcher(grammar)
            taken.append(matcher.accept_string(text) and matcher.accept_token(end))
        return taken

    return check


class _Pretender(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives an empty torch: xgrammar wants it for masks on a GPU, and none are made here."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] not in {"torch", "transformers", "triton"}:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Empty(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Do nothing."""


class _Empty(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__init__": lambda *_args, **_options: None})


def _llguidance() -> Check:
    from llguidance import LLMatcher, LLTokenizer

    tokenizer = LLTokenizer("byte")

    def check(asked: dict[str, Any]) -> list[bool]:
        grammar = LLMatcher.grammar_from_json_schema(json.dumps(asked["schema"]))
        matcher = LLMatcher(tokenizer, grammar, log_level=0)
        if problem := matcher.get_error():
            raise ValueError(problem)
        taken = []
        for text in asked["documents"]:
            matcher = LLMatcher(tokenizer, grammar, log_level=0)
            tokens = list(text.encode())
            taken.append(matcher.consume_tokens(tokens) and matcher.is_accepting())
        return taken

    return check


def _outlines() -> Check:
    from outlines_core.json_schema import build_regex_from_schema

    def check(asked: dict[str, Any]) -> list[bool]:
        pattern = re.compile(build_regex_from_schema(json.dumps(asked["schema"])))
        return [pattern.fullmatch(text) is not None for text in asked["documents"]]

    return check


def _botocore() -> Check:
    import botocore.session
    from botocore.model import ServiceModel
    from botocore.validate import ParamValidator

    loader = botocore.session.Session().get_component("data_loader")
    service = ServiceModel(loader.load_service_model("bedrock-runtime", "service-2"))
    shape = service.shape_for("ToolConfiguration")
    name = service.shape_for("ToolName").metadata["pattern"]

    def check(asked: dict[str, Any]) -> list[bool]:
        report = ParamValidator().validate({"tools": [asked["tool"]]}, shape)
        if report.has_errors():
            raise ValueError(report.generate_report())
        if not re.fullmatch(name, asked["tool"]["toolSpec"]["name"]):
            raise ValueError("name does not match the model's pattern")
        return []

    return check


def _genai() -> Check:
    from google.genai.types import FunctionDeclaration, Schema

    def check(asked: dict[str, Any]) -> list[bool]:
        made = FunctionDeclaration.model_validate(asked["tool"])
        if "parameters" in asked["tool"]:
            Schema.model_validate(asked["tool"]["parameters"])
            back = made.model_dump(mode="json", by_alias=True, exclude_unset=True)
            _kept(asked["tool"], back)
        return []

    return check


def _mistral() -> Check:
    from mistral_common.protocol.instruct.tool_calls import Tool
    from mistral_common.protocol.instruct.validator import MistralRequestValidator

    validator = MistralRequestValidator()

    def check(asked: dict[str, Any]) -> list[bool]:
        validator._validate_tools([Tool.from_openai(asked["tool"])])
        return []

    return check


def _typed(module: str, name: str, *, kept: bool = True) -> Callable[[], Check]:
    """Let a client's own type validate the definition, and see whether it keeps it whole."""

    def make() -> Check:
        from pydantic import TypeAdapter

        adapter = TypeAdapter(getattr(importlib.import_module(module), name))

        def check(asked: dict[str, Any]) -> list[bool]:
            made = adapter.validate_python(asked["tool"])
            back = adapter.dump_python(made, mode="json", by_alias=True, exclude_unset=True)
            if kept:
                _kept(asked["tool"], back)
            return []

        return check

    return make


_SAYING = frozenset({"$comment", "$schema", "default", "description", "examples", "title"})


def _kept(given: Any, back: Any) -> None:
    """Raise where the engine's own type would not send on all that constrains."""
    if isinstance(given, dict) and isinstance(back, dict):
        if missing := given.keys() - back.keys() - _SAYING:
            raise ValueError(f"accepted, and loses {', '.join(sorted(missing))}")
        for key in given.keys() & back.keys():
            _kept(given[key], back[key])
    elif isinstance(given, list) and isinstance(back, list) and len(given) == len(back):
        for one, other in zip(given, back, strict=True):
            _kept(one, other)
    elif isinstance(given, int | float) and isinstance(back, int | float):
        if float(given) != float(back):
            raise ValueError(f"accepted, and changes {given!r} to {back!r}")
    elif str(given).lower() != str(back).lower():
        raise ValueError(f"accepted, and changes {given!r} to {back!r}")


ENGINES: dict[str, Callable[[], Check]] = {
    "xgrammar": _xgrammar,
    "llguidance": _llguidance,
    "outlines-core": _outlines,
    "botocore": _botocore,
    "google-genai": _genai,
    "mistral-common": _mistral,
    "openai": _typed("openai.types.chat", "ChatCompletionFunctionToolParam"),
    "openai-responses": _typed("openai.types.responses", "FunctionToolParam"),
    "anthropic": _typed("anthropic.types", "ToolParam"),
    "cohere": _typed("cohere", "ToolV2"),
    "ollama": _typed("ollama", "Tool"),
}


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    check = ENGINES[sys.argv[1]]()
    for line in sys.stdin:
        signal.alarm(_PATIENCE)
        try:
            answer: dict[str, Any] = {"taken": check(json.loads(line))}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:400]}
        finally:
            signal.alarm(0)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
