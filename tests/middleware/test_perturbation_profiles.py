"""Profiles: by name or from a file, checked before anything runs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealegs import Catalog, hookimpl
from sealegs.errors import PluginError, ProfileError
from sealegs.perturbation.loading import check_profile, load_profile, profile_schema
from sealegs.perturbation.profiles import Budget, Profile, Scope, Use, parse_profile
from sites import OPERATORS, using


class Contributing:
    """A plugin of operators and profiles of our own."""

    name = "ours"

    @hookimpl
    def perturbations(self) -> Any:
        return tuple(OPERATORS.values())

    @hookimpl
    def profiles(self) -> Any:
        return (using("noise", Use(operator="resets", severity=3), description="ours"),)


INSTALLED = ("perturbations", "profiles")


@pytest.fixture(scope="module")
def ours() -> Catalog:
    return Catalog.load(Contributing(), blocked=INSTALLED)


@pytest.fixture(scope="module")
def installed() -> Catalog:
    return Catalog.load()


def file(folder: Path, text: str, name: str = "storm.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


WHOLE = """
name = "tuesday"
description = "all that a profile can say"
required = ["user_prompt"]
dry_run = true

[budget]
injections = 10
requests = 50
seconds = 30.5
tokens = 1000

[[uses]]
operator = "noise"
severity = 1
rate = 0.5
label = "directional"
parameters.share = 0.3
scope = { agents = ["re*"], turns = [0, 1], first = 2, cases = ["c*"], share = 0.5 }
supplies.variants = ["one", "two"]

[[uses]]
operator = "empties"
scope.tools = ["search"]
"""


def test_a_file_says_all_that_a_profile_can(tmp_path: Path, ours: Catalog) -> None:
    assert load_profile(file(tmp_path, WHOLE), ours) == Profile(
        name="tuesday",
        description="all that a profile can say",
        required=("user_prompt",),
        dry_run=True,
        budget=Budget(injections=10, requests=50, seconds=30.5, tokens=1000),
        uses=(
            Use(
                operator="noise",
                severity=1,
                rate=0.5,
                label="directional",
                parameters={"share": 0.3},
                scope=Scope(agents=("re*",), turns=(0, 1), first=2, cases=("c*",), share=0.5),
                supplies={"variants": ["one", "two"]},
            ),
            Use(operator="empties", scope=Scope(tools=("search",))),
        ),
    )


def test_a_file_without_a_name_has_the_files(tmp_path: Path, ours: Catalog) -> None:
    path = file(tmp_path, '[[uses]]\noperator = "noise"\n')
    assert load_profile(str(path), ours) == Profile(name="storm", uses=(Use(operator="noise"),))


def test_a_contributed_profile_has_a_name(ours: Catalog) -> None:
    assert load_profile("mine", ours) == ours.profiles["mine"]


def test_a_profile_made_in_code_is_checked_too(ours: Catalog) -> None:
    assert load_profile(using("noise"), ours) == using("noise")
    with pytest.raises(
        ProfileError, match=r"profile mine: uses\.0\.operator: there is no operator"
    ):
        load_profile(using("nois"), ours)


USE = '[[uses]]\noperator = "noise"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("uses = 1", "uses: Input should be a valid tuple"),
        ("usse = []", "usse: unknown key; did you mean 'uses'?"),
        ("[budget]\ntoken = 1", "budget.token: unknown key; did you mean 'tokens'?"),
        ("[budget]\ntokens = 0", "budget.tokens: Input should be greater than or equal to 1"),
        ('required = ["memory"]', "required.0: Input should be 'tool_info', 'system_prompt'"),
        ('required = ["transport"]\n' + USE, "required: 'transport' is required, and no operator"),
        ("[[uses]]", "uses.0.operator: Field required"),
        (USE + "severty = 1", "uses.0.severty: unknown key; did you mean 'severity'?"),
        (USE + "severity = 4", "uses.0.severity: Input should be 1, 2 or 3"),
        (USE + "rate = 1.5", "uses.0.rate: Input should be less than or equal to 1"),
        (USE + 'label = "harmless"', "uses.0.label: Input should be 'invariant'"),
        (USE + "scope.tool = []", "uses.0.scope.tool: unknown key; did you mean 'tools'?"),
        (USE + "scope.share = 0", "uses.0.scope.share: Input should be greater than 0"),
        (USE + "scope.first = 0", "uses.0.scope.first: Input should be greater than or equal to 1"),
        (
            USE + 'scope.tools = ["x"]',
            "uses.0.scope.tools: 'noise' disturbs the user_prompt, where",
        ),
        (USE + "parameters.shar = 1", "parameters.shar: 'noise' has no such parameter; did you"),
        (USE + 'parameters.share = "x"', "parameters.share: should be a number, such as 0.2"),
        (USE + "parameters.share = true", "parameters.share: should be a number, such as 0.2"),
        (USE + 'supplies.variant = ["x"]', "uses.0.supplies.variant: no operator needs this; did"),
        ('[[uses]]\noperator = "noize"', "operator: there is no operator 'noize'; did you mean"),
        ('[[uses]]\noperator = "zzz"', "'zzz'; known: empties, noise, prompt-noise, renames"),
        ("[", "cannot be read: "),
        ("extends = 3", "extends: should be the name of a profile, or a file"),
        ('extends = "main"', "profile main: there is no such profile; did you mean 'mine'?"),
        ('extends = "none.toml"', "none.toml: cannot be read"),
        ('extends = "storm.toml"', "extends: is the 8th: is it a circle?"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(
    tmp_path: Path, ours: Catalog, text: str, said: str
) -> None:
    path = file(tmp_path, text)
    with pytest.raises(ProfileError) as caught:
        load_profile(path, ours)
    assert said in str(caught.value)
    assert str(caught.value).startswith((str(tmp_path), "profile "))


def test_a_file_that_is_not_there_is_named(tmp_path: Path, ours: Catalog) -> None:
    with pytest.raises(ProfileError, match=r"none\.toml: cannot be read"):
        load_profile(tmp_path / "none.toml", ours)


def test_a_name_that_is_a_files_too_says_so(
    tmp_path: Path, ours: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file(tmp_path, USE)
    with pytest.raises(ProfileError, match=r"known: mine; the file is loaded as 'storm\.toml'"):
        load_profile("storm", ours)
    assert load_profile("storm.toml", ours).name == "storm"


def test_where_there_is_nothing_it_is_said() -> None:
    nothing = Catalog.load(blocked=INSTALLED)
    with pytest.raises(
        ProfileError, match="profile smoke: there is no such profile; there are none"
    ):
        load_profile("smoke", nothing)


def test_parameters_that_no_severity_sets_may_be_set(tmp_path: Path, installed: Catalog) -> None:
    text = '[[uses]]\noperator = "rate-limit"\nparameters = { share = 0.2, burst = 2 }\n'
    profile = load_profile(file(tmp_path, text), installed)
    assert profile.uses[0].parameters == {"share": 0.2, "burst": 2}
    wrong = file(tmp_path, text.replace("share", "shar"))
    with pytest.raises(ProfileError, match="did you mean 'share'"):
        load_profile(wrong, installed)


def test_a_file_goes_on_from_another_profile(tmp_path: Path, ours: Catalog) -> None:
    text = 'extends = "mine"\ndry_run = true\n[[uses]]\noperator = "resets"\n[[uses]]\n'
    path = file(tmp_path, text + 'operator = "empties"\n')
    assert load_profile(path, ours) == Profile(
        name="storm",
        description="ours",
        uses=(Use(operator="noise"), Use(operator="resets"), Use(operator="empties")),
        dry_run=True,
    )
    above = file(tmp_path, 'extends = "storm.toml"\nname = "b"\n', "above.toml")
    assert load_profile(above, ours).uses == load_profile(path, ours).uses


# ------------------------------------------------------------------ the schema for editors


def test_the_schema_accepts_what_loads_and_refuses_what_does_not() -> None:
    schema = jsonschema_rs.validator_for(profile_schema(OPERATORS))
    assert schema.is_valid(tomllib.loads(WHOLE))
    assert schema.is_valid({"extends": "smoke"})
    refused: tuple[Any, ...] = (
        {"usse": []},
        {"uses": [{"operator": "noize"}]},
        {"uses": [{"operator": "noise", "severity": 4}]},
        {"uses": [{"operator": "noise", "parameters": {"shar": 1}}]},
        {"uses": [{"operator": "noise", "scope": {"share": 0}}]},
    )
    assert [schema.is_valid(wrong) for wrong in refused] == [False] * 5


def test_without_operators_the_schema_knows_the_form_alone() -> None:
    schema = jsonschema_rs.validator_for(profile_schema())
    assert schema.is_valid({"uses": [{"operator": "whatever", "parameters": {"x": 1}}]})
    assert not schema.is_valid({"uses": [{}]})


def test_the_schema_tells_what_each_key_is_for() -> None:
    schema = profile_schema()
    assert schema["properties"]["dry_run"]["description"].startswith("decide and write down")
    assert schema["$defs"]["Scope"]["properties"]["share"]["description"] == (
        "of the cases, chosen by key."
    )


KEYS = st.sampled_from(["uses", "operator", "severity", "scope", "first", "budget", "name", "x"])
ANY: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just("noise"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, ANY))
def test_any_table_is_a_profile_or_refused(table: dict[str, Any]) -> None:
    said = "here: "
    try:
        profile = parse_profile(table, "here")
        check_profile(profile, OPERATORS, "here")
    except ProfileError as error:
        said = str(error)
    assert said.startswith("here: ")


# ------------------------------------------------------------------ presets

PRESETS = (
    "adversarial",
    "five-surfaces",
    "gaia2-noise",
    "rotbench",
    "rotbench-heavy",
    "rotbench-medium",
    "rotbench-slight",
    "smoke",
    "transport-storm",
)


def test_the_presets_are_contributed(installed: Catalog) -> None:
    assert tuple(installed.profiles) == PRESETS
    assert all(profile.description for profile in installed.profiles.values())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_can_do_what_it_says(name: str, installed: Catalog) -> None:
    profile = load_profile(name, installed)
    assert profile.name == name
    assert profile.uses
    for use in profile.uses:
        assert not installed.perturbations[use.operator].sheet.needs & {"variants", "policy"}


def surfaces(name: str, catalog: Catalog) -> set[str]:
    uses = load_profile(name, catalog).uses
    return {catalog.perturbations[use.operator].sheet.surface for use in uses}


def test_five_surfaces_has_all_five(installed: Catalog) -> None:
    assert surfaces("five-surfaces", installed) == {
        "tool_info",
        "system_prompt",
        "user_prompt",
        "environment",
        "tool_response",
    }
    assert surfaces("transport-storm", installed) == {"transport"}
    assert surfaces("rotbench", installed) == {"tool_info"}


def test_all_that_is_adversarial_is_labelled_so(installed: Catalog) -> None:
    uses = load_profile("adversarial", installed).uses
    labels = {use.label or installed.perturbations[use.operator].sheet.label for use in uses}
    assert labels == {"adversarial"}


def test_a_contributed_profile_that_is_none_is_the_plugins_fault() -> None:
    class Broken:
        name = "broken"

        @hookimpl
        def profiles(self) -> Any:
            return (Profile.model_validate({"name": "x", "usse": []}),)

    with pytest.raises(PluginError, match="broken"):
        _ = Catalog.load(Broken(), blocked=INSTALLED).plugins
