"""All functions of the language, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rulesflow.conditions.conversions import CONVERSIONS
from rulesflow.conditions.functions import Function
from rulesflow.conditions.number_functions import NUMBER_FUNCTIONS
from rulesflow.conditions.string_functions import STRING_FUNCTIONS
from rulesflow.conditions.time_functions import TIME_FUNCTIONS

STANDARD: Final[Mapping[str, Function]] = MappingProxyType(
    {
        function.name: function
        for function in (*STRING_FUNCTIONS, *NUMBER_FUNCTIONS, *TIME_FUNCTIONS, *CONVERSIONS)
    }
)
