"""When and for whom a rule holds: effective dates and rollout."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal

from rulesflow.documents.nodes import Scalar
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Span
from rulesflow.model.times import TimeRefused, Timestamp, parse_timestamp

BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Rollout:
    """A share of keys: those in the first ``buckets`` of 10,000. ``by`` names the fact that is the key."""

    buckets: int
    by: Scalar


def bucket(decision: str, rule: str, key: str) -> int:
    """The bucket of a key, 0 to 9,999.

    The first 8 bytes of SHA-256 over decision, rule and key, joined by NUL, as a big-endian number modulo
    10,000. It does not depend on the percentage, so raising that only adds keys.
    """
    digest = hashlib.sha256("\0".join((decision, rule, key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def read_moment(text: str, span: Span, zone: tzinfo, findings: Findings) -> Timestamp | None:
    """Read a date or time as rule files write it: local to the project's zone unless it has an offset."""
    try:
        return parse_timestamp(text, zone)
    except TimeRefused as refused:
        findings.error("RF314", str(refused), span, "write 2026-11-27 or 2026-11-27T08:00:00")
        return None


def read_rollout(percent: Scalar, by: Scalar, findings: Findings) -> Rollout | None:
    """Read a share: a percentage from 0 to 100 with at most two decimals."""
    value = percent.value
    buckets = None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        buckets = value * 100
    if buckets is None or not 0 <= buckets <= BUCKETS or buckets != int(buckets):
        findings.error(
            "RF314",
            f"rollout percent must be a number from 0 to 100 with at most two decimals, not {percent.text!r}",
            percent.span,
        )
        return None
    return Rollout(int(buckets), by)
