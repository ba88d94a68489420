"""A service that scores orders for fraud: ``python -m bench.services.score --port 0``.

``POST /scores`` takes any object with ``order`` and answers ``{value, reasons}``; the value depends on the
order alone, so a repeated question has the same answer. ``GET /ledger`` counts the questions answered.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading

from bench.services.faults import Faults
from bench.services.serving import Reply, Request, Service, parser, problem, serve


class ScoreService:
    """Scores by the digest of the order; an order whose id begins with ``BAD`` is all but certain fraud."""

    def __init__(self, api_key: str | None) -> None:
        self._api_key = api_key
        self._lock = threading.Lock()
        self._asked = 0

    def score(self, request: Request) -> Reply:
        """``POST /scores``."""
        sent = request.headers.get("Authorization", "").encode()
        if self._api_key is not None and not hmac.compare_digest(sent, f"Bearer {self._api_key}".encode()):
            return problem(401, "unauthorized", "the API key is wrong")
        order = request.body.get("order") if isinstance(request.body, dict) else None
        if not isinstance(order, dict):
            return problem(422, "body", "send an object with the order")
        with self._lock:
            self._asked += 1
        if str(order.get("id", "")).startswith("BAD"):
            return Reply(200, {"value": 0.97, "reasons": ["seen in a fraud before"]})
        digest = hashlib.sha256(json.dumps(order, sort_keys=True).encode()).digest()
        return Reply(200, {"value": round(digest[0] / 512, 2), "reasons": []})

    def books(self, _request: Request) -> Reply:
        """``GET /ledger``."""
        with self._lock:
            return Reply(200, {"scores": self._asked})


def main() -> None:
    """Serve until told to stop."""
    given = parser("a service that scores orders for fraud").parse_args()
    routes = ScoreService(given.api_key)
    faulty = {"POST /scores": routes.score}
    serve(Service(given.port, Faults(given.seed), faulty, {"GET /ledger": routes.books}))


if __name__ == "__main__":
    main()
