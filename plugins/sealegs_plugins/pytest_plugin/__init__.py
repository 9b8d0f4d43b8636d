"""The pytest plugin: tests marked ``perturb`` run as trials of an agent, clean and disturbed.

    @pytest.mark.perturb("five-surfaces", cases=CASES, reps=3, gate=0.10)
    def test_booking(sealegs):
        assert book(sealegs.case["ask"]) == sealegs.case["booked"]

Without ``--perturb`` such a test runs once for each case, undisturbed, as any other test. With it
each case runs in both arms. An item passes when its trial ran and was written down, whatever the
agent did in it; what fails the run is the marker's verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from sealegs_plugins.pytest_plugin.options import Options, add_options

if TYPE_CHECKING:
    from sealegs_plugins.pytest_plugin.session import Session
    from sealegs_plugins.pytest_plugin.staging import Staged

__all__ = ["pytest_addoption", "pytest_configure", "pytest_generate_tests", "sealegs"]

_SESSION: pytest.StashKey[Session] = pytest.StashKey()

MARKER = (
    "perturb(profile, cases=None, reps=1, gate=0.1, split='', supplies=None): with --perturb, run "
    "the test as trials of an agent, clean and disturbed, and judge them (sealegs)"
)

XFAIL = (
    "xfail says nothing of a trial, which passes whatever the agent does; "
    "--perturb-allow FAIL lets a run pass in which an agent falls behind"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker; with ``--perturb`` load what a run needs, or refuse."""
    config.addinivalue_line("markers", MARKER)
    options = Options.of(config)
    if options is not None:
        from sealegs_plugins.pytest_plugin.session import Session

        session = Session.of(config, options)
        config.stash[_SESSION] = session
        config.pluginmanager.register(session, "sealegs-session")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test's trials: each case, repetition and arm is an item."""
    mark = metafunc.definition.get_closest_marker("perturb")
    if mark is None:
        return
    from sealegs_plugins.pytest_plugin.marking import Marked, refusal

    definition = metafunc.definition
    place, session = definition.nodeid, metafunc.config.stash.get(_SESSION, None)
    if "sealegs" not in metafunc.fixturenames:
        reason = "a test marked perturb takes the fixture sealegs, which says which case it is"
        raise refusal(place, reason)
    if session is not None and definition.get_closest_marker("xfail") is not None:
        raise refusal(place, XFAIL)
    marked = Marked.of(mark, place, definition.path.parent)
    specs = list(marked.specs({}, arms=False)) if session is None else session.specs(place, marked)
    metafunc.parametrize("sealegs", specs, ids=[spec.id for spec in specs], indirect=True)


@pytest.fixture
def sealegs(request: pytest.FixtureRequest) -> Iterator[Staged]:
    """The case of a test marked perturb, and the trial that it runs in."""
    from sealegs_plugins.pytest_plugin.marking import Spec
    from sealegs_plugins.pytest_plugin.staging import Staged

    spec: Spec = getattr(request, "param", Spec("", None))
    session = request.config.stash.get(_SESSION, None)
    if session is None or spec.arm is None:
        yield Staged(spec)
        return
    with session.stage(request.node) as staged:
        yield staged
