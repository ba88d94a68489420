"""A real HTTP server that takes what a webhook posts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Takes what is posted, and answers with ``status``; ``endless``: with a body that never ends.

    ``silent``: it never answers, until it is ``over``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 204
        self.endless = False
        self.silent = False
        self.over = threading.Event()
        self.got: list[tuple[str, dict[str, Any]]] = []


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.got.append((self.headers["X-Rulesflow-Delivery"], body))
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
