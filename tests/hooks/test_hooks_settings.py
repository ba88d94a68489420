from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from rulesflow.documents.folder import read_folder
from rulesflow.hooks.reading import PluginSettingsRefused
from rulesflow.hooks.settings import PluginSettings, gather_settings, project_settings
from rulesflow.settings import SettingsError, read_settings, show_settings

SECRET = "s3cret-token"


class Retry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    attempts: int = 3
    delay: float = 1.0


class Payment(BaseModel):
    url: str = "http://127.0.0.1:9000"
    api_key: SecretStr = SecretStr("")
    rate: float = 1.0
    attempts: int = Field(default=3, ge=1)
    mode: Literal["test", "live"] = "test"
    regions: list[str] = []
    retry: Retry = Retry()
    database: Path | None = None
    tls: bool = False

    @field_validator("api_key")
    @classmethod
    def _check(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value().startswith("bad"):
            raise ValueError(f"{value.get_secret_value()} is no key")
        return value


class Needy(BaseModel):
    api_key: SecretStr
    url: str


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def toml(text: str) -> None:
    Path("rulesflow.toml").write_text(text)


def gathered(project: dict[str, Any] | None = None, **variables: str) -> PluginSettings:
    environment = {f"RULESFLOW_PLUGINS__{name}": value for name, value in variables.items()}
    return gather_settings({"payment": project} if project else {}, {**environment, "PATH": "/bin"})


def read(project: dict[str, Any] | None = None, **variables: str) -> Payment:
    return gathered(project, **variables).read("payment", Payment)


def refusal(
    model: type[BaseModel] = Payment, project: dict[str, Any] | None = None, **variables: str
) -> list[str]:
    with pytest.raises(PluginSettingsRefused) as caught:
        gathered(project, **variables).read("payment", model)
    return str(caught.value).split("\n")


def test_without_any_settings_there_are_the_defaults() -> None:
    assert read() == Payment()


def test_a_variable_beats_the_file_which_beats_the_project() -> None:
    project = {"url": "a", "rate": 1, "attempts": 1, "retry": {"attempts": 1, "delay": 1}}
    toml("[plugins.payment]\nrate = 2.5\nattempts = 2\nretry.delay = 2\n[plugins.other]\nx = 1\n")
    settings = read(project, PAYMENT__ATTEMPTS="3", PAYMENT__RETRY__ATTEMPTS="7")
    assert (settings.url, settings.rate, settings.attempts) == ("a", 2.5, 3)
    assert settings.retry == Retry(attempts=7, delay=2)


def test_texts_of_variables_become_what_the_field_is() -> None:
    settings = read(
        PAYMENT__RATE="0.5",
        PAYMENT__TLS="true",
        PAYMENT__DATABASE="/var/pay.db",
        PAYMENT__REGIONS='["eu", "us"]',
        PAYMENT__RETRY='{"attempts": 9}',
        PAYMENT__URL='["a text that looks like a list"]',
        PAYMENT__MODE="",
    )
    assert (settings.rate, settings.tls, settings.database) == (0.5, True, Path("/var/pay.db"))
    assert (settings.regions, settings.retry.attempts) == (["eu", "us"], 9)
    assert settings.url == '["a text that looks like a list"]'
    assert settings.mode == "test"


def test_exact_numbers_of_the_project_file_are_taken(empty_folder: Path) -> None:
    assert read({"rate": Decimal("0.1"), "attempts": 4}).rate == 0.1


def test_a_name_with_a_dash_is_spelled_with_an_underline_in_variables() -> None:
    settings = gather_settings({}, {"RULESFLOW_PLUGINS__PAY_PAL__URL": "x"})
    assert settings.read("pay-pal", Payment).url == "x"


def test_a_secret_comes_from_the_file_the_environment_or_a_file_that_it_names(empty_folder: Path) -> None:
    (empty_folder / "key").write_text(f"{SECRET}\n")
    toml(f'[plugins.payment]\napi_key = "{SECRET}"\n')
    assert read().api_key.get_secret_value() == SECRET
    Path("rulesflow.toml").unlink()
    assert read(PAYMENT__API_KEY=SECRET).api_key.get_secret_value() == SECRET
    assert read(PAYMENT__API_KEY_FILE=str(empty_folder / "key")).api_key.get_secret_value() == SECRET


def test_a_secret_in_the_project_file_is_refused_and_not_repeated() -> None:
    assert refusal(project={"api_key": SECRET}) == [
        "plugin payment: api_key is a secret and must not stand in rulesflow.yaml; "
        "set RULESFLOW_PLUGINS__PAYMENT__API_KEY, "
        "or RULESFLOW_PLUGINS__PAYMENT__API_KEY_FILE to a file that holds it"
    ]


def test_a_file_of_a_secret_that_is_not_there_is_named() -> None:
    (line,) = refusal(PAYMENT__API_KEY_FILE="/no/such/file")
    assert line.startswith(
        "plugin payment: api_key: the file that RULESFLOW_PLUGINS__PAYMENT__API_KEY_FILE names "
        "cannot be read: "
    )


def test_a_secret_is_never_shown_even_by_a_validator() -> None:
    key = f"bad-{SECRET}"
    assert refusal(PAYMENT__API_KEY=key) == [
        "plugin payment: api_key: *** is no key (RULESFLOW_PLUGINS__PAYMENT__API_KEY)"
    ]


@pytest.mark.parametrize(
    ("project", "variables", "line"),
    [
        ({"attempts": 0}, {}, "attempts: Input should be greater than or equal to 1 (rulesflow.yaml)"),
        (
            {},
            {"PAYMENT__ATTEMPTS": "many"},
            "attempts: Input should be a valid integer, unable to parse string as an integer "
            "(RULESFLOW_PLUGINS__PAYMENT__ATTEMPTS)",
        ),
        ({"mode": "love"}, {}, "mode: Input should be 'test' or 'live' (rulesflow.yaml)"),
        ({"urk": "x"}, {}, "there is no setting urk (rulesflow.yaml); did you mean url?"),
        (
            {},
            {"PAYMENT__URK": "x"},
            "there is no setting urk (RULESFLOW_PLUGINS__PAYMENT__URK); did you mean url?",
        ),
        ({"retry": {"x": 1}}, {}, "retry.x: Extra inputs are not permitted (rulesflow.yaml)"),
        (
            {},
            {"PAYMENT__REGIONS": "[eu"},
            "regions: Input should be a valid list (RULESFLOW_PLUGINS__PAYMENT__REGIONS)",
        ),
    ],
)
def test_a_wrong_value_names_plugin_field_and_where_it_stands(
    project: dict[str, Any], variables: dict[str, str], line: str
) -> None:
    assert refusal(project=project, **variables) == [f"plugin payment: {line}"]


def test_what_is_missing_is_told_with_how_to_give_it_and_all_at_once() -> None:
    assert refusal(Needy) == [
        "plugin payment: api_key: Field required; set RULESFLOW_PLUGINS__PAYMENT__API_KEY, "
        "or api_key under [plugins.payment] in rulesflow.toml",
        "plugin payment: url: Field required; set RULESFLOW_PLUGINS__PAYMENT__URL, "
        "or url under [plugins.payment] in rulesflow.toml",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("plugins = 3", "plugins must be a table, as [plugins.stock]"),
        ("[plugins]\npayment = 3", "the settings of plugin payment must be a mapping"),
        ("[plugins", "rulesflow.toml: "),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, told: str) -> None:
    toml(text)
    with pytest.raises(SettingsError) as caught:
        gathered()
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["PAYMENT", "PAYMENT__", "__URL"])
def test_a_variable_that_names_no_setting_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"RULESFLOW_PLUGINS__{name}: name a plugin and a setting"):
        gathered(**{name: "x"})


def test_settings_of_plugins_do_not_disturb_those_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    toml("port = 1\n[plugins.payment]\nurl = 'x'\n")
    monkeypatch.setenv("RULESFLOW_PLUGINS__WORKERS__PORT", "x")
    assert read_settings().port == 1
    assert "plugins" not in {shown.name for shown in show_settings()}


def test_a_table_that_is_nearly_that_of_plugins_is_an_error() -> None:
    toml("[plugin.payment]\nurl = 'x'\n")
    with pytest.raises(SettingsError, match="there is no setting plugin"):
        read_settings()


def test_the_project_file_of_a_folder_gives_settings_even_if_it_is_broken_elsewhere(
    empty_folder: Path,
) -> None:
    (empty_folder / "rulesflow.yaml").write_text(
        "layres: []\nplugins: {payment: {rate: 0.25, retry: {attempts: 4}}, stock: 3}\n"
    )
    given = project_settings(read_folder(empty_folder))
    assert given == {"payment": {"rate": Decimal("0.25"), "retry": {"attempts": 4}}}
    assert gather_settings(given, {}).read("payment", Payment).rate == 0.25


@pytest.mark.parametrize("text", ["", "[1]", "plugins: 3", "plugins: [1]", "a: ["])
def test_a_project_file_without_settings_gives_none(empty_folder: Path, text: str) -> None:
    (empty_folder / "rulesflow.yaml").write_text(text)
    assert project_settings(read_folder(empty_folder)) == {}
