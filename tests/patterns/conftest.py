from __future__ import annotations

from importlib.util import find_spec

import pytest

from rulesflow.patterns.matcher import Matcher
from rulesflow.patterns.supervisor import Supervisor


@pytest.fixture(scope="session")
def supervisor():
    if find_spec("durable_rules_engine") is None:
        pytest.skip("durable-rules is not installed: it takes a C compiler")
    with Supervisor() as supervisor:
        yield supervisor


@pytest.fixture(scope="session")
def matcher(supervisor):
    return Matcher(supervisor)
