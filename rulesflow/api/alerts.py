"""The calls about alerts: which are open, what raises them, and that somebody has seen one."""

from __future__ import annotations

from starlette.requests import Request

from rulesflow.api.access import caller_of
from rulesflow.api.alertqueries import read_alert_query
from rulesflow.api.members import Members
from rulesflow.api.problems import DecisionsOnly
from rulesflow.api.routing import Answer, JsonReply, read_body
from rulesflow.api.runs import named
from rulesflow.documents.jsontext import Json, read_json, write_json
from rulesflow.runtime.alerts import Alerts

_LONGEST = 1000  # characters of a note


class AlertCalls:
    """Endpoints under ``/v1/alerts``. ``alerts``: None where only decisions are served."""

    def __init__(self, alerts: Alerts | None, most_bytes: int) -> None:
        self._alerts = alerts
        self._most_bytes = most_bytes

    @property
    def alerts(self) -> Alerts:
        """What is asked. Raises `DecisionsOnly` where there is nothing to ask."""
        if self._alerts is None:
            raise DecisionsOnly
        return self._alerts

    async def list(self, request: Request) -> Answer:
        """``GET /v1/alerts``."""
        alerts, query = self.alerts, read_alert_query(request.scope["query_string"])
        return JsonReply(write_json(await alerts.list(query.status, query.limit, query.cursor)))

    async def rules(self, _: Request) -> Answer:
        """``GET /v1/alerts/rules``."""
        return JsonReply(write_json(self.alerts.rules()))

    async def acknowledge(self, request: Request) -> Answer:
        """``POST /v1/alerts/{id}/acknowledge``. The last one who says so counts."""
        alerts, id_ = self.alerts, named(request, "id", "alert")
        note = await self._note(request)
        return JsonReply(write_json(await alerts.acknowledge(id_, caller_of(request), note)))

    async def _note(self, request: Request) -> str:
        """What a body may say. Raises `FactsRefused`, and what reading does."""
        body = await read_body(request, self._most_bytes)
        given: Json = read_json(body) if body else {}
        members = Members(given, "{note?}")
        note = members.text("note")
        if len(note) > _LONGEST:
            members.fault("note", "too-long", f"a note has {_LONGEST} characters at most")
        members.close()
        return note
