"""``import sealegs`` stays light; what is heavy comes at its first use."""

from __future__ import annotations

import subprocess
import sys

import pytest

import sealegs

HEAVY = ("anthropic", "httpx", "httpx2", "langchain_core", "msgspec", "openai", "opentelemetry",
         "pluggy", "pydantic", "sealegs_adapters", "sealegs_plugins")  # fmt: skip


def loaded_by(code: str) -> set[str]:
    """Run code in a fresh interpreter, and give the packages that it has loaded."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_importing_sealegs_loads_nothing_heavy() -> None:
    assert loaded_by("import sealegs").isdisjoint(HEAVY)


def test_a_session_loads_nothing_heavy() -> None:
    code = "import sealegs\nwith sealegs.session('a') as s: s.wrap(print); s.headers"
    assert loaded_by(code).isdisjoint(HEAVY)


def test_settings_load_neither_plugins_nor_telemetry() -> None:
    loaded = loaded_by("import sealegs; sealegs.Settings")
    assert "pydantic" in loaded
    assert loaded.isdisjoint({"pluggy", "opentelemetry", "sealegs_plugins", "httpx", "httpx2"})


def test_a_pipeline_loads_no_client() -> None:
    loaded = loaded_by("import sealegs; sealegs.Pipeline.load()")
    assert "sealegs_plugins" in loaded
    assert loaded.isdisjoint({"anthropic", "httpx", "httpx2", "langchain_core", "openai"})


@pytest.mark.parametrize("name", sealegs.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(getattr(sealegs, name), "__name__", "hookimpl") == name


def test_the_public_names_are_few() -> None:
    assert len(sealegs.__all__) <= 23


def test_the_version_is_the_distributions() -> None:
    from importlib.metadata import version

    assert getattr(sealegs, "__version__") == version("sealegs")  # noqa: B009 - it is made lazily


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'sealegs' has no attribute 'sesion'"):
        getattr(sealegs, "sesion")  # noqa: B009 - a type checker would refuse it
