"""A real HTTP server that takes what a webhook posts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


class Receiver:
    """Takes what is posted, and answers with ``status``; ``endless``: with a body that never ends.

    ``silent``: it never answers, until it is ``over``. ``secret``: what is not signed with it is answered
    with 401, and not ``got``: the id and the body of each. ``posted``: headers and bytes of whatever came.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 204
        self.endless = False
        self.silent = False
        self.secret: str | None = None
        self.over = threading.Event()
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.posted: list[tuple[dict[str, str], bytes]] = []

    def refuses(self, headers: dict[str, str], body: bytes) -> bool:
        """Whether it cannot tell that this is from who shares the secret."""
        if self.secret is None:
            return False
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            return True
        return False


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            receiver.posted.append((headers, body))
            if receiver.refuses(headers, body):
                self.send_response(401)
                self.end_headers()
                return
            receiver.got.append((headers["x-rulesflow-delivery"], json.loads(body)))
            if receiver.silent:
                receiver.over.wait()
                return
            self.send_response(receiver.status)
            self.end_headers()
            while receiver.endless and not receiver.over.wait(0.05):
                try:
                    self.wfile.write(b"x")
                except OSError:
                    return

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hook?token=secret")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.over.set()
            server.shutdown()
            thread.join()
