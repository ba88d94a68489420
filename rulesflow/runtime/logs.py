"""Logging: one line a record, for people or, as JSON, for machines. To standard error."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from rulesflow.model.times import Timestamp
from rulesflow.settings import Settings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
_ENCODER = msgspec.json.Encoder(enc_hook=str)


class JsonLines(logging.Formatter):
    """A record as a JSON object: ``time level logger message``, ``exception``, and what came as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        shown: dict[str, Any] = {
            "time": str(Timestamp(int(record.created * 1_000_000) * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        shown |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            shown["exception"] = self.formatException(record.exc_info)
        return _ENCODER.encode(shown).decode()


def log_config(settings: Settings) -> dict[str, Any]:
    """The configuration for `logging.config.dictConfig`."""
    level = settings.log_level.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"format": "%(asctime)s %(levelname)-7s %(message)s"},
            "json": {"()": f"{JsonLines.__module__}.{JsonLines.__qualname__}"},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": settings.log_format,
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "rulesflow": {"level": level},
            "uvicorn": {"level": level},
            "watchfiles": {"level": "WARNING"},  # it counts every change aloud
        },
    }
