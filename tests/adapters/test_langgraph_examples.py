"""The examples run, against a loopback server as against a real one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chat_models import QUESTIONS, blank, whole
from model_server import ANSWER, chat, serving

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["plain_graph.py", "openai_loop.py"])
@pytest.mark.parametrize("off", [True, False], ids=["without", "with"])
def test_an_example_keeps_reasoning_unless_sealegs_is_off(
    name: str, off: bool, tmp_path: Path
) -> None:
    with serving(chat()) as server:
        given = {
            "MODEL": "m",
            "OPENAI_BASE_URL": f"{server.origin}/v1",
            "OPENAI_API_KEY": "loopback",
            "SEALEGS_OFF": str(int(off)),
            "LANGSMITH_TRACING": "false",
        }
        done = subprocess.run(
            [sys.executable, str(EXAMPLES / name), *QUESTIONS],
            env={**os.environ, **given},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stdout.split("\n")) == (0, [ANSWER, ANSWER, ""]), done.stderr
        assert len(server.requests) == 4
        assert server.kept() == (blank(server) if off else whole(server))
