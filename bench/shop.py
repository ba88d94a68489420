"""``make run``: the sample shop and the small payment service that charges its orders, as one command.

Both are processes of their own and end together: when this one is told to (SIGINT, SIGTERM), when whoever
started it is gone, and when one of them ends by itself.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from bench.services.started import Running, ServiceFailed, payment_service

_ROOT = Path(__file__).parents[1]
_STATE = Path(".rulesflow")
_PAYMENT = "RULESFLOW_PLUGINS__PAYMENT__BASE_URL"
_LOOK = 0.05  # seconds between two looks at whether all are still there
_ENDS_WITHIN = 20.0


class ShopFailed(Exception):
    """The shop cannot open, or broke down; the message says why and how to mend it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to end; the exit code: 0 told to, 1 something failed, 2 usage."""
    options = _options(arguments)
    told: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    try:
        _expect_free(options.port, "the shop", "PORT")
        _make(options.state)
        with (
            _payment(options.payment_port, options.state) as payment,
            _service(options.port, options.state, payment) as service,
        ):
            _watch(service, payment, told)
    except (ShopFailed, ServiceFailed, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.shop", description="Serve the sample shop.")
    parser.add_argument("--port", type=int, default=8080, help="of the shop (8080); 0 takes a free one")
    parser.add_argument("--payment-port", type=int, default=8701, help="of the payment service (8701)")
    parser.add_argument(
        "--state", type=Path, default=_STATE, metavar="DIR", help="where all that is kept lies (.rulesflow)"
    )
    options = parser.parse_args(arguments)
    for name in ("port", "payment_port"):
        if not 0 <= getattr(options, name) <= 65535:
            parser.error(f"--{name.replace('_', '-')} must be between 0 and 65535")
    return options


@contextmanager
def _payment(port: int, state: Path) -> Iterator[Running | None]:
    """The payment service; none where the settings name another one already."""
    if _PAYMENT in os.environ:
        yield None
        return
    _expect_free(port, "the payment service", "PAYMENT_PORT")
    with payment_service(state.absolute() / "payments.db", port=port) as payment:
        print(f"payment service on {payment.url}; its books: {payment.url}/ledger", flush=True)
        yield payment


def _make(state: Path) -> None:
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ShopFailed(
            f"nothing can be kept in {state} ({error.strerror}). Name another folder: make run STATE=…"
        ) from None


def _expect_free(port: int, who: str, word: str) -> None:
    """Told before anything is started, and with the ``word`` of make by which it takes another."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the service will
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            raise ShopFailed(
                f"{who} cannot listen on 127.0.0.1:{port} ({error.strerror}). "
                f"Is the shop running already? Otherwise take another: make run {word}={port + 1}"
            ) from None


@contextmanager
def _service(port: int, state: Path, payment: Running | None) -> Iterator[subprocess.Popen[bytes]]:
    """``rulesflow serve`` over the sample shop; ``serve.pid`` tells its process."""
    command = [sys.executable, "-m", "rulesflow", "serve", "--rules", str(_ROOT / "rules")]
    environment = {**_kept_in(state), **os.environ}
    if payment is not None:
        environment[_PAYMENT] = payment.url
    process = subprocess.Popen([*command, f"--port={port}"], env=environment)
    told = state / "serve.pid"
    try:
        told.write_text(f"{process.pid}\n")
        yield process
    finally:
        told.unlink(missing_ok=True)
        _end(process)


def _kept_in(state: Path) -> Mapping[str, str]:
    """The settings that keep everything in another folder than the usual one."""
    if state == _STATE:
        return {}
    folder = state.absolute()
    return {
        "RULESFLOW_DATABASE_URL": f"sqlite:///{folder / 'state.db'}",
        "RULESFLOW_PLUGINS__STOCK__DATABASE": str(folder / "stock.db"),
        "RULESFLOW_PLUGINS__REFUND__DATABASE": str(folder / "refund.db"),
        "RULESFLOW_PLUGINS__SHIPPING__FOLDER": str(folder / "labels"),
    }


def _watch(service: subprocess.Popen[bytes], payment: Running | None, told: Sequence[int]) -> None:
    """Return when it is time to end. Raises `ShopFailed` when one of the two has ended by itself."""
    parent = os.getppid()
    while not told and os.getppid() == parent:
        fault = _fault(service, payment)
        if fault is not None and not told:  # who presses Ctrl-C reaches all of them at once
            raise ShopFailed(fault)
        time.sleep(_LOOK)


def _fault(service: subprocess.Popen[bytes], payment: Running | None) -> str | None:
    if service.poll() is not None:
        return f"rulesflow serve {_ended(service.returncode)}"
    if payment is not None and payment.process.poll() is not None:
        return f"the payment service {_ended(payment.process.returncode)}"
    return None


def _ended(status: int) -> str:
    return f"ended with status {status}" if status >= 0 else f"was ended by {signal.Signals(-status).name}"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
