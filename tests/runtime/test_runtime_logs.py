from __future__ import annotations

import json
import logging
import logging.config

import pytest

from rulesflow.runtime.logs import JsonLines, log_config
from rulesflow.settings import Settings


def record(**extra: object) -> logging.LogRecord:
    logger = logging.getLogger("rulesflow.test")
    return logger.makeRecord(
        "rulesflow.test", logging.WARNING, __file__, 1, "%d rules", (3,), None, None, extra
    )


def test_a_record_is_one_line_of_json_with_its_extras() -> None:
    line = JsonLines().format(record(digest="abc", text="two\nlines"))
    shown = json.loads(line)
    assert "\n" not in line
    assert (shown["level"], shown["logger"], shown["message"]) == ("warning", "rulesflow.test", "3 rules")
    assert (shown["digest"], shown["text"]) == ("abc", "two\nlines")
    assert shown["time"].endswith("Z")
    assert "args" not in shown


def test_an_exception_is_part_of_the_line() -> None:
    found = record()
    try:
        raise ValueError("no such luck")
    except ValueError as error:
        found.exc_info = (ValueError, error, error.__traceback__)
    assert "no such luck" in json.loads(JsonLines().format(found))["exception"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_configuration_is_one_that_logging_takes(form: str) -> None:
    config = log_config(Settings(log_format=form, log_level="debug"))
    logging.config.DictConfigurator(config)
    assert config["loggers"]["rulesflow"]["level"] == "DEBUG"
