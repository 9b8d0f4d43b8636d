"""The guard: a table of refusals, each with its rule and its way out."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealegs import Settings, SettingsError
from sealegs.errors import GuardError
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.trials.guarding import Guard
from sealegs.settings import PerturbationSettings, is_killed, surroundings
from sites import OPERATORS, STAGING, places, run, start


def guard(environment: str = "staging", said: dict[str, str] | None = None, **more: Any) -> Guard:
    settings = PerturbationSettings(environment=environment, **more)
    return Guard(settings, said=said or {})


def rule(checked: Guard) -> str:
    """Say which rule refuses; empty: none does."""
    try:
        checked.check()
    except GuardError as error:
        return error.rule
    return ""


# ------------------------------------------------------------------ where

OTEL = "OTEL_RESOURCE_ATTRIBUTES"


@pytest.mark.parametrize(
    ("environment", "more", "refused"),
    [
        ("test", {}, ""),
        ("staging", {}, ""),
        (" Staging ", {}, ""),
        ("qa", {"environments": ("qa",)}, ""),
        ("pre-prod", {"environments": ("pre-prod",)}, ""),
        ("preprod", {"environments": ("preprod",)}, ""),
        ("", {}, "unstated"),
        ("  ", {}, "unstated"),
        ("qa", {}, "not allowed"),
        ("development", {}, "not allowed"),
        ("staging-2", {}, "not allowed"),
        ("production", {}, "production"),
        ("production", {"environments": ("production",)}, "production"),
        ("PROD", {"environments": ("prod",)}, "production"),
        ("eu-prod-1", {"environments": ("eu-prod-1",)}, "production"),
        ("live", {"environments": ("live",)}, "production"),
        ("staging", {"environments": ()}, "not allowed"),
    ],
)
def test_only_what_is_stated_and_allowed_is_disturbed(
    environment: str, more: dict[str, Any], refused: str
) -> None:
    assert rule(guard(environment, **more)) == refused


@pytest.mark.parametrize(
    ("variable", "text", "refused"),
    [
        ("APP_ENV", "production", True),
        ("ENVIRONMENT", "Production", True),
        ("ENV", "prod", True),
        ("ENV", "prod2", True),
        ("ENV", "prd", True),
        ("DEPLOYMENT_ENVIRONMENT", "prod-eu-west-1", True),
        ("DJANGO_ENV", "eu.production", True),
        ("RAILS_ENV", "production", True),
        ("NODE_ENV", "production", True),
        ("NODE_ENV", "myProd", True),
        ("STAGE", "live", True),
        (OTEL, "deployment.environment=production", True),
        (OTEL, "service.name=x, deployment.environment.name = prod", True),
        (OTEL, "deployment.environment.name=my%20production", True),
        ("APP_ENV", "staging", False),
        ("APP_ENV", "pre-production", False),
        ("APP_ENV", "non_prod", False),
        ("APP_ENV", "nonprod", False),
        ("APP_ENV", "not production", False),
        ("APP_ENV", "product-catalogue", False),
        ("APP_ENV", "delivery", False),
        (OTEL, "service.name=production-line", False),
        (OTEL, "deployment.environment.name=staging,service.name=live", False),
        (OTEL, "=,==,nonsense", False),
    ],
)
def test_a_variable_that_says_production_is_heard_whatever_else_is_said(
    variable: str, text: str, refused: bool
) -> None:
    assert rule(guard(said={variable: text})) == ("production" if refused else "")


USUAL = (
    "APP_ENV",
    "ENVIRONMENT",
    "ENV",
    "DEPLOYMENT_ENVIRONMENT",
    "DJANGO_ENV",
    "RAILS_ENV",
    "NODE_ENV",
    "SENTRY_ENVIRONMENT",
    "DD_ENV",
    "ASPNETCORE_ENVIRONMENT",
)


@pytest.mark.parametrize("variable", [*USUAL, OTEL])
def test_the_usual_variables_are_read(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in surroundings():
        monkeypatch.delenv(name)
    assert rule(Guard.of(STAGING)) == ""
    said = "deployment.environment=production" if variable == OTEL else "production"
    monkeypatch.setenv(variable, said)
    assert surroundings() == {variable: said}
    with pytest.raises(GuardError, match=f"the variable {variable} says that this is 'production'"):
        Guard.of(STAGING).check()


def test_a_refusal_says_why_and_what_to_do() -> None:
    with pytest.raises(GuardError) as caught:
        guard("").check()
    assert str(caught.value) == (
        "nothing is disturbed: nothing says what this machine is. Set "
        "SEALEGS_PERTURBATION__ENVIRONMENT, or perturbation.environment in [tool.sealegs], to one "
        "of: test, staging"
    )


# ------------------------------------------------------------------ the kill switch


@pytest.mark.parametrize("text", ["1", "true", "yes", "on", " 1 "])
def test_the_kill_switch_refuses_whatever_settings_say(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALEGS_OFF", text)
    assert is_killed()
    assert rule(Guard.of(STAGING)) == "off"


@pytest.mark.parametrize(
    "settings",
    [{"enabled": False}, {"disabled_plugins": ("perturbation",)}],
)
def test_what_is_turned_off_disturbs_nothing(settings: dict[str, Any]) -> None:
    assert rule(Guard.of(STAGING.model_copy(update=settings))) == "off"


def test_no_disturbed_trial_begins_where_the_guard_refuses() -> None:
    nowhere = Settings(perturbation=PerturbationSettings())
    profile = Profile(name="dry", dry_run=True)
    with pytest.raises(GuardError):
        start(settings=nowhere)
    with pytest.raises(GuardError):
        start(profile, settings=nowhere)
    assert run(places(), settings=nowhere, arm="clean").receipts == ()


# ------------------------------------------------------------------ whom

LIVE_HOSTS = [
    "prod.example.com",
    "api.prod.example.com",
    "PROD-db.example.com",
    "www.production.example.com:8443",
    "live.example.com.",
    "user@api.live.example.com",
]
OTHER_HOSTS = [
    "api.openai.com",
    "localhost:8080",
    "127.0.0.1",
    "[::1]:80",
    "::1",
    "staging.example.com",
    "products.example.com",
    "deliver.example.com",
    "",
]


@pytest.mark.parametrize("host", LIVE_HOSTS)
def test_a_host_that_looks_live_is_refused(host: str) -> None:
    with pytest.raises(GuardError, match=r"perturbation\.live_hosts") as caught:
        guard().request(host, {})
    assert caught.value.rule == "live host"


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_other_hosts_pass(host: str) -> None:
    guard().request(host, {})


def test_hosts_are_what_the_settings_say() -> None:
    own = guard(live_hosts=("*.acme.io", "10.0.0.*"))
    for host in ("db.acme.io", "10.0.0.7:443"):
        with pytest.raises(GuardError):
            own.check_host(host)
    own.check_host("prod.example.com")
    guard(live_hosts=()).check_host("prod.example.com")


KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", f"Bearer {KEY}"),
        ("authorization", KEY),
        ("Authorization", "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()),
        ("Authorization", "Basic " + base64.b64encode(f"me:{KEY}".encode()).decode().rstrip("=")),
        ("Proxy-Authorization", f"token={KEY}"),
        ("x-api-key", KEY),
        ("X_API_KEY", KEY),
        ("api-key", "key-prod-17"),
        ("x-goog-api-key", KEY),
        ("x-auth-token", KEY),
        ("client-secret", KEY),
        ("Cookie", f"a=b; session={KEY}"),
    ],
)
def test_a_key_that_looks_live_is_refused_and_not_told(name: str, value: str) -> None:
    with pytest.raises(GuardError, match=r"perturbation\.live_keys") as caught:
        guard().request("api.example.com", {"accept": "*/*", name: value})
    assert caught.value.rule == "live key"
    assert value[-8:] not in str(caught.value)
    assert "4eC39" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc"),
        ("Authorization", "Basic ????"),
        ("Authorization", "Basic"),
        ("Authorization", ""),
        ("user-agent", "thing-prod-client"),
        ("x-request-id", KEY),
    ],
)
def test_other_headers_pass(name: str, value: str) -> None:
    guard().request("api.example.com", {name: value})


def test_keys_are_what_the_settings_say() -> None:
    own = guard(live_keys=("acme_*",))
    own.check_key(KEY)
    with pytest.raises(GuardError, match="a key of 6 characters looks live: it fits 'acme_\\*'"):
        own.check_key("acme_1")


def test_a_trial_is_none_in_which_the_guard_refused_even_if_the_agent_swallows_it() -> None:
    with start() as trial:
        with pytest.raises(GuardError):
            guard().request("prod.example.com", {})
        trial.finish("passed")
    assert trial.record().outcome == "error"
    assert "the host 'prod.example.com' looks live" in trial.record().failure


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_the_guard_passes_or_refuses_and_never_fails(host: str, headers: dict[str, str]) -> None:
    checked = guard(said={OTEL: host, "ENV": host})
    refused: list[str] = [rule(checked)]
    try:
        checked.request(host, headers)
    except GuardError as error:
        refused.append(error.rule)
    assert {*refused} <= {"", "production", "live host", "live key"}


# ------------------------------------------------------------------ settings


def test_lists_in_the_environment_have_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALEGS_PERTURBATION__ENVIRONMENT", "qa")
    monkeypatch.setenv("SEALEGS_PERTURBATION__ENVIRONMENTS", "qa, test,")
    monkeypatch.setenv("SEALEGS_PERTURBATION__LIVE_KEYS", "")
    assert Settings.load().perturbation == PerturbationSettings(
        environment="qa", environments=("qa", "test"), live_keys=()
    )


def test_an_unknown_setting_of_the_guard_is_named_with_the_nearest() -> None:
    with pytest.raises(
        SettingsError, match=r"perturbation\.live_host: .*did you mean 'live_hosts'"
    ):
        Settings.load(perturbation={"live_host": ["x"]})


def test_nothing_is_disturbed_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEALEGS_PERTURBATION__ENVIRONMENT", *surroundings()):
        monkeypatch.delenv(name, raising=False)
    assert rule(Guard.of(Settings())) == "unstated"
    assert OPERATORS
