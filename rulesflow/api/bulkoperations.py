"""What OpenAPI says of each call about bulk orders and incidents."""

from __future__ import annotations

from rulesflow.api import bulkexamples as examples
from rulesflow.api.operations import described, ok
from rulesflow.api.problems import CONFLICT, UNKNOWN_BULK
from rulesflow.api.runexamples import BULK as ID
from rulesflow.api.runoperations import (
    FILTERS,
    KEY,
    RUN_READ,
    RUN_WRITE,
    body,
    path_parameter,
    query_parameter,
)

_BULK = path_parameter("bulk", "the bulk order's id", ID)
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
_PAGE = [
    query_parameter("limit", "how many on a page", _NUMBER, 50),
    query_parameter("cursor", "`next` of the page before", {"type": "string"}, "212.5be1c04a9d2f7713"),
]

BEGIN = described(
    "order_runs",
    "One order for many runs",
    "Counts the runs that the filter finds. With `dry_run: false` each of them is told, oldest first, at "
    "`rate`. The order is durable: should its process end, another one carries it on, and no run is told "
    "twice. Without a status those runs are meant that can obey: for a retry, those with an incident.",
    ok("How many runs it would be", "BulkReply", examples.PREVIEWED),
    RUN_WRITE,
    "runs",
    parameters=[KEY],
    requestBody=body("BulkRequest", examples.REQUEST),
)
BEGIN["responses"] |= {202: ok("It has begun", "BulkReply", examples.BEGUN)}
LIST = described(
    "list_bulks",
    "Bulk orders",
    "The newest first, those that have ended too.",
    ok("A page of bulk orders", "BulkList", examples.LIST),
    RUN_READ,
    "runs",
    parameters=_PAGE,
)
SHOW = described(
    "bulk_progress",
    "How far a bulk order is",
    "Whichever process carries it out.",
    ok("The progress", "BulkProgress", examples.PROGRESS),
    (*RUN_READ, UNKNOWN_BULK),
    "runs",
    parameters=[_BULK],
)
CANCEL = described(
    "cancel_bulk",
    "Stop a bulk order",
    "No further run is told, within a second. What was told stays so.",
    ok("The progress", "BulkProgress", examples.CANCELLED),
    (*RUN_WRITE, UNKNOWN_BULK, CONFLICT),
    "runs",
    parameters=[_BULK],
)
INCIDENTS = described(
    "list_incidents",
    "Why runs stand still",
    "Runs with an incident, those together that stand still for the same reason: the same step of the same "
    "workflow, and the same message but for its numbers, ids, times and quoted texts. Takes the filters of "
    "the list of runs; the most frequent reason comes first.",
    ok("A page of incidents", "IncidentList", examples.INCIDENTS),
    RUN_READ,
    "runs",
    parameters=[*FILTERS, *_PAGE],
)
