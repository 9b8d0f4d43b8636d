"""Hold the conversations of one framework, in its environment: `python drive.py NAME < job.json`.

The job is `{"base": URL, "tapped": bool, "cells": [NAME, …]}`. The result goes to standard output
as JSON, one entry per cell; whatever the framework prints goes to standard error.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
import traceback
from typing import Any

from job import Job, NotOfferedError
from script import Cell

QUIET = {
    "AGNO_TELEMETRY": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_DISABLE_TRACKING": "true",
    "CREWAI_TRACING_ENABLED": "false",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
    "OPENAI_API_KEY": "none",
    "OTEL_SDK_DISABLED": "true",
}  # nothing but the loopback server is to be called


def main() -> None:
    """Run the job of standard input and print its results."""
    results_to, sys.stdout = sys.stdout, sys.stderr
    os.environ |= QUIET
    asked = json.load(sys.stdin)
    driver = importlib.import_module(f"drivers.{sys.argv[1]}")
    with asyncio.Runner() as runner:  # one loop: asynchronous clients must not outlive theirs
        results = [_cell(runner, driver, asked, Cell.named(name)) for name in asked["cells"]]
    json.dump(results, results_to)
    results_to.flush()
    os._exit(0)  # frameworks leave threads and loops behind


def _cell(runner: asyncio.Runner, driver: Any, asked: dict[str, Any], cell: Cell) -> dict[str, Any]:
    job = Job(f"{asked['base']}/{cell.name}/v1", cell, asked["tapped"])
    result: dict[str, Any] = {"cell": cell.name, "answers": [], "error": None, "offered": True}
    try:
        answers = driver.converse(job)
        result["answers"] = runner.run(answers) if inspect.iscoroutine(answers) else answers
    except NotOfferedError as reason:
        result |= {"offered": False, "error": str(reason)}
    except Exception as error:  # what a framework raises is a finding of the audit
        traceback.print_exc(file=sys.stderr)
        result["error"] = f"{type(error).__name__}: {error}"[:400]
    return result


if __name__ == "__main__":
    main()
