"""The schemas that everybody is judged by, and where each comes from.

They lie beside the checkout (`../shared/data`), or where `SEALEGS_CORPUS` says; what is absent is
said on stderr and left out.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["CORPORA", "REPOSITORY", "Case", "load", "tools"]

REPOSITORY = Path(__file__).resolve().parents[2]
ROOT = Path(os.environ.get("SEALEGS_CORPUS") or REPOSITORY.parent / "shared" / "data")
_LATEST = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Case:
    """One schema with documents that it must accept and refuse, as its authors labelled them."""

    corpus: str
    name: str
    schema: Any
    valid: tuple[Any, ...] = ()
    invalid: tuple[Any, ...] = ()
    resources: dict[str, Any] = field(default_factory=dict)

    @property
    def tool_like(self) -> bool:
        """Whether a tool could have it as it stands: an object root, no draft 4, all in one."""
        return (
            isinstance(self.schema, dict)
            and self.schema.get("type") == "object"
            and "draft-04" not in str(self.schema.get("$schema"))
            and not self.resources
        )


def load(only: list[str] | None = None, *, share: int = 1, bfcl: Path | None = None) -> list[Case]:
    """Read the corpora; of each every `share`-th case."""
    cases = []
    for name, read in CORPORA.items():
        if (only and name not in only) or (name == "bfcl" and not bfcl):
            continue
        where = bfcl if name == "bfcl" else ROOT / "toolschema" / _PLACES[name]
        if where is None or not where.exists():
            print(f"{name}: nothing at {where} (set SEALEGS_CORPUS)", file=sys.stderr)
            continue
        cases += list(read(where))[::share]
    return cases


def tools() -> list[dict[str, Any]]:
    """Give the GitHub MCP server's tools as MCP defines them, in the order of their names."""
    return [json.loads(one.read_text()) for one in _snaps(ROOT / "toolschema" / _PLACES["mcp"])]


def _snaps(where: Path) -> list[Path]:
    return sorted(where.glob("github-mcp-server/**/*.snap"))


def _suite(where: Path) -> Iterator[Case]:
    remotes = _remotes(where / "remotes")
    for file in sorted((where / "tests" / "draft2020-12").glob("*.json")):
        for group in json.loads(file.read_text()):
            # resources are given where the file needs them, so that peers can be asked the rest
            resources = remotes if "localhost:1234" in json.dumps(group["schema"]) else {}
            rows = [(one["valid"], {"x": one["data"]}) for one in group["tests"]]
            yield Case(
                "suite",
                f"{file.stem}: {group['description']}",
                wrapped(group["schema"]),
                tuple(document for valid, document in rows if valid),
                tuple(document for valid, document in rows if not valid),
                resources,
            )


def _remotes(where: Path) -> dict[str, Any]:
    found = {}
    for file in sorted(where.rglob("*.json")):
        path = file.relative_to(where).as_posix()
        if not path.startswith(("v1/", "draft3/", "draft4/", "draft6/")):
            document = json.loads(file.read_text())
            if isinstance(document, dict) and path.startswith("draft2020-12"):
                document.setdefault("$schema", _LATEST)
            found[f"http://localhost:1234/{path}"] = document
    return found


def _schemastore(where: Path) -> Iterator[Case]:
    for line in gzip.decompress(where.read_bytes()).splitlines():
        row = json.loads(line)
        labelled = (tuple(row["valid"]), tuple(row["invalid"]))
        yield Case("schemastore", row["id"], row["schema"], *labelled)


def _mcp(where: Path) -> Iterator[Case]:
    for file in _snaps(where):
        yield Case("mcp", f"github {file.stem}", json.loads(file.read_text())["inputSchema"])
    for server in json.loads((where / "livemcpbench" / "tools.json").read_text()):
        for key, listed in server["tools"].items():
            for tool in listed["tools"]:
                yield Case("mcp", f"{key} {tool['name']}", tool["inputSchema"])


def _walle(where: Path) -> Iterator[Case]:
    for file in sorted(where.glob("testdata/validator_cases/*/*.jsonl")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            text = json.loads(line)["schema"] if file.stem == "invalid" else line
            try:
                schema = json.loads(text)
            except ValueError:
                continue  # some of the refused ones are no JSON
            yield Case("walle", f"{file.parent.name} {file.stem} {number}", schema)


def _features(where: Path) -> Iterator[Case]:
    for row in json.loads(where.read_text()):
        labelled = (tuple(row["valid"]), tuple(row["invalid"]))
        yield Case("features", row["id"], row["schema"], *labelled)


def _bfcl(where: Path) -> Iterator[Case]:
    documented = sorted(where.rglob("multi_turn_func_doc/*.json"))
    for file in (*sorted(where.rglob("BFCL_v*.json")), *documented):
        for number, line in enumerate(file.read_text("utf-8").splitlines()):
            try:
                row = json.loads(line)
            except ValueError:
                break  # an index of the others, over several lines
            if file in documented:
                row = {"function": [row]}
            for listed in row.get("function") or ():
                for function in listed if isinstance(listed, list) else [listed]:
                    name = f"{file.stem} {number} {function['name']}"
                    yield Case("bfcl", name, function["parameters"])


_PLACES = {
    "suite": "json-schema-test-suite",
    "schemastore": "schemastore.jsonl.gz",
    "mcp": "",
    "walle": "walle-mfjs",
    "features": "feature_cases.json",
}
CORPORA: dict[str, Callable[[Path], Iterator[Case]]] = {
    "suite": _suite,
    "schemastore": _schemastore,
    "mcp": _mcp,
    "walle": _walle,
    "features": _features,
    "bfcl": _bfcl,
}
