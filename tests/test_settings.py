from __future__ import annotations

from pathlib import Path

import pytest

from rulesflow.settings import SettingsError, read_settings, show_settings


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(**given: object) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(given)
    return str(caught.value)


def test_defaults_serve_this_machine_only() -> None:
    settings = read_settings()
    assert (settings.host, settings.port, settings.rules) == ("127.0.0.1", 8080, Path("rules"))
    assert settings.loopback


def test_the_command_line_beats_the_environment_which_beats_the_file(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_folder / "rulesflow.toml").write_text("port = 1\nworkers = 2\nrequire_cases = true\n")
    monkeypatch.setenv("RULESFLOW_PORT", "3")
    monkeypatch.setenv("RULESFLOW_WORKERS", "4")
    given = {"port": 5, "host": None}
    settings = read_settings(given)
    assert (settings.port, settings.workers, settings.require_cases) == (5, 4, True)
    origins = {shown.name: shown.origin for shown in show_settings(given)}
    assert origins["port"] == "command line"
    assert origins["workers"] == "RULESFLOW_WORKERS"
    assert origins["require_cases"] == "rulesflow.toml"
    assert origins["host"] == "default"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.com", "127.0.0.1.example.com", ""])
def test_an_address_that_others_reach_needs_keys(host: str) -> None:
    assert "RULESFLOW_API_KEYS=name:key" in refusal(host=host)
    assert read_settings({"host": host, "api_keys": "ops:secret"}).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"])
def test_an_address_of_this_machine_needs_none(host: str) -> None:
    assert read_settings({"host": host}).loopback


def test_the_backlog_is_bounded_unless_somebody_takes_the_bound_away() -> None:
    assert read_settings().backlog == 250_000
    assert read_settings({"backlog": 0}).backlog == 0
    assert "backlog" in refusal(backlog=-1)


def test_an_empty_variable_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULESFLOW_API_KEYS", "")
    assert "API keys" in refusal(host="0.0.0.0")


def test_keys_have_names_and_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULESFLOW_API_KEYS", "ops:s3cret:with:colons, ci:0ther")
    settings = read_settings()
    assert [(key.name, key.key.get_secret_value()) for key in settings.api_keys] == [
        ("ops", "s3cret:with:colons"),
        ("ci", "0ther"),
    ]
    shown = {item.name: item for item in show_settings()}
    assert shown["api_keys"].value == "ops:***, ci:***"
    assert "s3cret" not in repr(settings) + str(shown)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("topsecret", "entry 1 is not of the form name:key"),
        ("a:topsecret,b", "entry 2 is not"),
        ("a:topsecret,a:other", "the name a stands twice"),
        ("a:", "entry 1"),
    ],
)
def test_bad_keys_are_refused_without_quoting_them(
    keys: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RULESFLOW_API_KEYS", keys)
    message = refusal()
    assert said in message
    assert message.startswith("RULESFLOW_API_KEYS: ")
    assert "topsecret" not in message


def test_an_unknown_name_in_the_file_is_refused_with_a_hint(empty_folder: Path) -> None:
    (empty_folder / "rulesflow.toml").write_text("prot = 1\n[nothing_like_it]\na = 1\n")
    assert refusal().splitlines() == [
        "rulesflow.toml: there is no setting prot; did you mean port?",
        "rulesflow.toml: there is no setting nothing_like_it",
    ]


def test_every_bad_value_is_reported_with_its_origin(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_folder / "rulesflow.toml").write_text('log_level = "loud"\n')
    monkeypatch.setenv("RULESFLOW_PORT", "eighty")
    message = refusal(workers=0)
    assert "RULESFLOW_PORT: port: " in message
    assert "rulesflow.toml: log_level: " in message
    assert "command line: workers: " in message


@pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe", b"port = 1\nport = 2"])
def test_a_file_that_is_not_toml_is_refused(empty_folder: Path, content: bytes) -> None:
    (empty_folder / "rulesflow.toml").write_bytes(content)
    assert refusal().startswith("rulesflow.toml: ")


def test_allowed_hosts_are_a_list_of_names(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULESFLOW_ALLOWED_HOSTS", "Rules.example.com, other.example.com")
    assert read_settings().allowed_hosts == ("Rules.example.com", "other.example.com")
    monkeypatch.delenv("RULESFLOW_ALLOWED_HOSTS")
    (empty_folder / "rulesflow.toml").write_text('allowed_hosts = ["rules.example.com"]\n')
    assert read_settings().allowed_hosts == ("rules.example.com",)


def test_a_variable_that_is_nearly_a_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("URL", "KEY", "DATABASE_URL"):
        monkeypatch.setenv(f"RULESFLOW_{other}", "x")
    read_settings()
    for misspelt, meant in (("PROT", "PORT"), ("REQUIRE_CASE", "REQUIRE_CASES")):
        with (
            monkeypatch.context() as here,
            pytest.raises(SettingsError, match=f"did you mean RULESFLOW_{meant}"),
        ):
            here.setenv(f"RULESFLOW_{misspelt}", "1")
            read_settings()
