"""Acceptance by real engines: our lint is a claim about itself, these are not.

What a dialect's lowering makes of every case is given to the engines and clients that can be had:
grammar engines compile it, and must then accept valid documents after encoding (with properties in
the schema's order, which grammars insist on); the service model of Bedrock, Gemini's types,
Mistral's validator and the clients' own types must take the definition, and send on all of it.
`as is` is the same engine on the same cases without sealegs, where these are tool-like. Ollama's
client is told as it is: its own types drop what they do not know, in silence.

    python benchmarks/schemas/engines.py --quick
    python benchmarks/schemas/engines.py --engine xgrammar --engine llguidance --json engines.json

Columns: `schemas` lowered; `accepted`, in percent; `documents` encoded, and `taken` by the grammar,
in percent. Reasons stand below, the commonest first. Environments are made under `--envs` with uv,
from wheels; nothing but a package index is called. The exit status is 1 where an engine refuses
what was lowered for it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpora import REPOSITORY, Case, load
from oracle import Oracle
from ordering import ordered
from peers import ENVIRONMENTS
from tables import plain, share

from sealegs.errors import SchemaError
from sealegs.schema.canonical import canonical
from sealegs.schema.dialect import Dialect
from sealegs.schema.lowering import lower
from sealegs_plugins.dialects import ALL
from sealegs_plugins.forms import ALL as FORMS

sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from mutation_audit import environments

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: where it is installed, its distribution, and the dialects that are for it."""

    name: str
    environment: str
    shown: str
    dialects: str
    grammar: bool = False


ENGINES = (
    Engine("xgrammar", "xgrammar", "xgrammar", "xgrammar|sglang|vllm", grammar=True),
    Engine("llguidance", "grammars", "llguidance", "llguidance", grammar=True),
    Engine("outlines-core", "grammars", "outlines-core", "outlines", grammar=True),
    Engine("botocore", "botocore", "botocore", "bedrock-converse.*"),
    Engine("google-genai", "google-genai", "google-genai", "gemini|gemini-parameters"),
    Engine("mistral-common", "clients", "mistral-common", "mistral.*"),
    Engine("openai", "openai", "openai", "openai-chat(-strict)?"),
    Engine("openai-responses", "openai", "openai", "openai-responses(-strict)?"),
    Engine("anthropic", "anthropic", "anthropic", "anthropic(-strict)?"),
    Engine("cohere", "clients", "cohere", "cohere.*"),
    Engine("ollama", "clients", "ollama", "ollama"),
)
_HEADS = ("engine", "dialect", "schemas", "accepted", "documents", "taken", "as is", "taken")
_DOCUMENTS = 6
_LENGTH = 20_000


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    cases = [
        case
        for case in load(options.corpus, share=20 if options.quick else options.share)
        if not Oracle(case).problem
    ]
    chosen = [one for one in ENGINES if not options.engine or one.name in options.engine]
    interpreters = {one.name: _environment(one, options) for one in chosen}
    jobs = [
        (engine, dialect)
        for engine in chosen
        for dialect in ALL
        if re.fullmatch(engine.dialects, dialect.name)
    ]
    with ThreadPoolExecutor(options.processes) as pool:
        rows = list(pool.map(lambda job: _row(*job, cases, interpreters[job[0].name]), jobs))
    print(plain(_HEADS, [_line(row) for row in rows]))
    for row in rows:
        for arm in ("lowered", "as is"):
            for reason, count in row[arm]["reasons"][:3]:
                print(f"{row['engine']}, {row['dialect']}, {arm}: {count} × {reason}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return int(any(row["lowered"]["refused"] for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="every 20th case")
    parser.add_argument("--share", type=int, default=1, metavar="N", help="every Nth case")
    parser.add_argument("--corpus", action="append", metavar="NAME", help="repeatable")
    parser.add_argument("--engine", action="append", choices=[one.name for one in ENGINES])
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--envs", type=Path, default=environments.default_root().with_name("sealegs-schemas")
    )
    parser.add_argument("--python", default="3.11", help="the environments' Python")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured")
    return parser.parse_args()


def _environment(engine: Engine, options: argparse.Namespace) -> Path:
    wanted = ENVIRONMENTS[engine.environment]
    return environments.make(options.envs, wanted, python=options.python, sealegs=None)


def _row(engine: Engine, dialect: Dialect, cases: list[Case], interpreter: Path) -> dict[str, Any]:
    lowered = [asked for case in cases if (asked := _lowered(case, dialect))]
    bare = [_asked(case.schema, dialect, _documents(case)) for case in cases if case.tool_like]
    row = {
        "engine": f"{engine.name} {environments.versions(interpreter)[engine.shown]}",
        "dialect": dialect.name,
        "grammar": engine.grammar,
        "lowered": _counted(engine, interpreter, lowered),
        "as is": _counted(engine, interpreter, bare),
    }
    print(f"{row['engine']}: {dialect.name}", file=sys.stderr, flush=True)
    return row


def _lowered(case: Case, dialect: Dialect) -> dict[str, Any] | None:
    try:
        made = lower(canonical(case.schema, resources=case.resources).schema, dialect)
    except SchemaError:
        return None
    narrowed = any(entry.change == "narrowed" for entry in made.entries)
    documents = [] if narrowed else [made.codec.encode(one) for one in _documents(case)]
    return _asked(made.schema, dialect, documents) | {"name": f"{case.corpus} {case.name}"}


def _documents(case: Case) -> list[Any]:
    return Oracle(case).valid[:_DOCUMENTS]


def _asked(schema: Any, dialect: Dialect, documents: list[Any]) -> dict[str, Any]:
    form = next(form for form in FORMS if form.name == dialect.form)
    strict = True if dialect.name.endswith("-strict") else None
    if strict is None and dialect.presumes_strict:
        strict = False
    tool = form.write(
        name="tool", description="A tool.", parameters=schema, strict=strict, base=None
    )
    texts = [json.dumps(ordered(one, schema), ensure_ascii=False) for one in documents]
    return {
        "tool": tool,
        "schema": schema,
        "documents": [text for text in texts if len(text) <= _LENGTH],
    }


def _counted(engine: Engine, interpreter: Path, asked: list[dict[str, Any]]) -> dict[str, Any]:
    answers = _answers(engine, interpreter, asked)
    errors = [answer["error"] for answer in answers if "error" in answer]
    taken = [one for answer in answers for one in answer.get("taken", ())]
    missed = [
        (question.get("name"), text)
        for question, answer in zip(asked, answers, strict=True)
        for text, one in zip(question["documents"], answer.get("taken", ()), strict=False)
        if not one
    ]
    return {
        "schemas": len(asked),
        "refused": len(errors),
        "documents": len(taken),
        "taken": sum(taken),
        "reasons": Counter(re.sub(r"\s+", " ", one)[:160] for one in errors).most_common(20),
        "refusals": [
            (question.get("name"), answer["error"], question["schema"])
            for question, answer in zip(asked, answers, strict=True)
            if "error" in answer
        ][:20],
        "documents refused": missed[:20],
    }


def _answers(
    engine: Engine, interpreter: Path, asked: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Ask an engine; one that dies of a schema is started again after it."""
    answers: list[dict[str, Any]] = []
    while len(answers) < len(asked):
        lines = [json.dumps(one) for one in asked[len(answers) :]]
        done = subprocess.run(
            [str(interpreter), str(HERE / "engine_worker.py"), engine.name],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
        given = [json.loads(line) for line in done.stdout.splitlines()]
        answers += given
        if done.returncode and not given:
            print(f"{engine.name}: {done.stderr.strip()[-400:]}", file=sys.stderr)
        if len(answers) < len(asked):
            answers.append({"error": f"the process ended with {done.returncode}"})
    return answers


def _line(row: dict[str, Any]) -> tuple[Any, ...]:
    one, bare = row["lowered"], row["as is"]
    return (
        row["engine"],
        row["dialect"],
        one["schemas"],
        share(one["schemas"] - one["refused"], one["schemas"]),
        one["documents"] if row["grammar"] else "–",
        share(one["taken"], one["documents"]) if row["grammar"] else "–",
        share(bare["schemas"] - bare["refused"], bare["schemas"]),
        share(bare["taken"], bare["documents"]) if row["grammar"] else "–",
    )


if __name__ == "__main__":
    sys.exit(main())
