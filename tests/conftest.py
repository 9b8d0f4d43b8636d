"""What holds for all tests: the same examples in every run, and no setting of whoever runs them.

``pytest --hypothesis-profile dev`` looks at other examples each time.
"""

from __future__ import annotations

import os

import hypothesis
import pytest

hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.register_profile("dev", deadline=None, print_blob=True)
hypothesis.settings.load_profile("same")

TESTS_OWN = {"SEALEGS_CORPUS"}


@pytest.fixture(autouse=True)
def _settings_are_the_tests_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("SEALEGS_") and name not in TESTS_OWN:
            monkeypatch.delenv(name)
