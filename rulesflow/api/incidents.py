"""The call that tells why runs stand still."""

from __future__ import annotations

from starlette.requests import Request

from rulesflow.api.routing import Answer, JsonReply
from rulesflow.api.runqueries import read_query
from rulesflow.api.runs import RunCalls
from rulesflow.documents.jsontext import write_json


class IncidentCalls:
    """The endpoint ``/v1/incidents``."""

    def __init__(self, calls: RunCalls) -> None:
        self._calls = calls

    async def list(self, request: Request) -> Answer:
        """``GET /v1/incidents``: by fingerprint, those of most runs first."""
        runs, query = self._calls.runs, read_query(request.scope["query_string"], sorts=False)
        return JsonReply(write_json(await runs.incidents(query)))
