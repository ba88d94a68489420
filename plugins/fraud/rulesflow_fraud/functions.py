"""Functions that conditions can call: pure, so that a decision can be played again."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from rulesflow import Function, function

#: Mail that anybody may read or that soon is gone; the best known only, for a list of all ages in weeks.
DISPOSABLE = frozenset(
    [
        "10minutemail.com",
        "33mail.com",
        "discard.email",
        "dispostable.com",
        "emailondeck.com",
        "fakeinbox.com",
        "getnada.com",
        "grr.la",
        "guerrillamail.com",
        "mailcatch.com",
        "maildrop.cc",
        "mailinator.com",
        "mailnesia.com",
        "mintemail.com",
        "moakt.com",
        "mohmal.com",
        "sharklasers.com",
        "spamgourmet.com",
        "temp-mail.org",
        "tempmail.com",
        "throwawaymail.com",
        "trashmail.com",
        "yopmail.com",
    ]
)


def fraud_functions(more_domains: Iterable[str] = ()) -> list[Function]:
    """All functions. ``more_domains``: of throw-away mail, beside `DISPOSABLE`."""
    domains = disposable_domains(more_domains)
    return [
        function(
            "fraud.disposable_email",
            ["string"],
            "bool",
            lambda address: is_disposable(address, domains),
            summary="Whether the address is one of throw-away mail",
        ),
        function(
            "fraud.velocity",
            ["list(timestamp)", "timestamp", "duration"],
            "number",
            velocity,
            summary="How many of the events lie within the duration before the moment, which counts too",
        ),
    ]


def disposable_domains(more: Iterable[str]) -> frozenset[str]:
    """`DISPOSABLE` and some more, however they are written."""
    return DISPOSABLE | {domain.strip().strip(".@").lower() for domain in more}


def is_disposable(address: str, domains: frozenset[str]) -> bool:
    """Whether the address lies in one of the domains, or below it. What is no address does not."""
    name, at, domain = address.strip().rpartition("@")
    parts = domain.lower().rstrip(".").split(".")
    return bool(name and at) and any(".".join(parts[start:]) in domains for start in range(len(parts)))


def velocity(events: list[int], at: int, window: int) -> Decimal:
    """How many events lie in the window that ends at a moment; all three are in nanoseconds."""
    return Decimal(sum(at - window < event <= at for event in events))
