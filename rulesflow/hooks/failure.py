"""What is told of a plugin that fails: which one, how, and where in its code; never a traceback."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

from pydantic import ValidationError

from rulesflow.model.errors import RulesflowError

_OURS: Final = (
    "/rulesflow/hooks/",
    "/rulesflow/workflows/",
)  # code that a plugin's code calls, or is called by


class PluginError(RulesflowError):
    """Plugins that cannot be used. ``problems``: each names its plugin, and stands on its own line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def told(error: BaseException) -> str:
    """The error in one line, with the place in the plugin's code that raised it."""
    place = _place(error)
    return f"{type(error).__name__}: {_message(error)}" + (f" ({place})" if place else "")


def _message(error: BaseException) -> str:
    if isinstance(error, ValidationError):  # its own text repeats the input, which may be a secret
        found = error.errors(include_url=False, include_input=False)
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
    return " ".join(str(error).split()) or "no message"


def _place(error: BaseException) -> str:
    if isinstance(error, SyntaxError):  # its message tells it
        return ""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen") and not any(map(frame.filename.__contains__, _OURS))
    ]
    if not frames:
        return ""
    *_, file = PurePath(frames[-1].filename).parts[-2:-1] or [""]
    return f"{file}/{PurePath(frames[-1].filename).name}:{frames[-1].lineno}"
