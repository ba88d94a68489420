from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from rulesflow.model.times import parse_timestamp
from rulesflow.runtime.catalog import now
from rulesflow.settings import Settings
from serving import Server, running, write_project

PATH = "/v1/decisions/fee/batch"
GOOD = b'{"facts": {"total": 1}}'
BAD = b'{"facts": {"total": "1"}}'
NDJSON = {"content-type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    rules = write_project(tmp_path_factory.mktemp("batch") / "rules")
    limits = {"max_body_bytes": 2000, "max_batch_items": 2000, "max_batch_bytes": 1 << 20}
    with running(Settings(rules=rules, **limits)) as served:
        yield served


def outcomes(replies: list[dict[str, Any]]) -> list[Any]:
    """Of each reply its result, or the problem's type."""
    return [
        reply["error"]["type"].removeprefix("/problems/") if "error" in reply else reply["result"]["low"]
        for reply in replies
    ]


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.text.endswith("\n") or not response.text
    return [json.loads(line) for line in response.text.splitlines()]


def test_an_array_is_answered_by_an_array_in_order(server: Server) -> None:
    response = server.post(PATH, content=b"[%s, %s, 7, %s]" % (GOOD, BAD, GOOD))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert outcomes(response.json()) == [1, "facts-refused", "facts-refused", 1]


def test_the_items_of_a_batch_are_decided_at_the_moment_unless_they_give_theirs(server: Server) -> None:
    given = "2026-11-27T08:00:00Z"
    body = b'[%s, {"facts": {"total": 1}, "at": "%s"}, %s]' % (GOOD, given.encode(), GOOD)
    before = now()
    replies = server.post(PATH, content=body).json()
    moments = [parse_timestamp(reply["at"]) for reply in replies]
    assert replies[1]["at"] == given
    assert before <= moments[0] <= moments[2] <= now()


def test_an_empty_array_is_answered_by_an_empty_array(server: Server) -> None:
    assert server.post(PATH, content=b" [ ] ").json() == []


def test_an_item_whose_text_is_wrong_fails_alone(server: Server) -> None:
    twice = b'{"facts": {}, "facts": {}}'
    huge = b'{"facts": {"total": 1e999999999}}'
    latin = b'{"facts": {"x": "\xff"}}'
    large = b'{"facts": {"x": "' + b"x" * 3000 + b'"}}'
    items = [GOOD, twice, huge, latin, large, GOOD]
    wanted = [1, "json-refused", "json-refused", "json-refused", "too-large", 1]
    assert outcomes(server.post(PATH, content=b"[" + b",".join(items) + b"]").json()) == wanted
    assert outcomes(lines(server.post(PATH, content=b"\n".join(items), headers=NDJSON))) == wanted


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"", 400, "json-refused"),
        (b"[", 400, "json-refused"),
        (b"[1,]", 400, "json-refused"),
        (b"[" * 50_000, 400, "json-refused"),
        (b"nonsense", 400, "json-refused"),
        (b"7", 422, "facts-refused"),
        (b'"text"', 422, "facts-refused"),
        (b"[" + b"1," * 2000 + b"1]", 413, "too-large"),
        (b"[" + b" " * (1 << 20) + b"]", 413, "too-large"),
    ],
)
def test_a_body_that_is_no_batch_fails_as_a_whole(
    server: Server, body: bytes, status: int, kind: str
) -> None:
    response = server.post(PATH, content=body)
    assert response.status_code == status
    assert response.json()["type"] == f"/problems/{kind}"


def test_ndjson_is_told_by_its_type_or_its_first_byte(server: Server) -> None:
    body = GOOD + b"\n\n  \r\n" + GOOD + b"\r\n" + BAD
    for headers in (NDJSON, {"content-type": "application/json"}, {}):
        replies = lines(server.post(PATH, content=b"\n " + body, headers=headers))
        assert outcomes(replies) == [1, 1, "facts-refused"]
    array_line = lines(server.post(PATH, content=b"[]\n" + GOOD, headers=NDJSON))
    assert outcomes(array_line) == ["facts-refused", 1]
    assert lines(server.post(PATH, content=b"", headers=NDJSON)) == []


def test_ndjson_over_a_limit_ends_with_the_problem(server: Server) -> None:
    replies = outcomes(lines(server.post(PATH, content=(GOOD + b"\n") * 2001, headers=NDJSON)))
    assert replies == [1] * 2000 + ["too-large"]
    spaces = (b" " * 65536 + b"\n") * 17
    *_, last = outcomes(lines(server.post(PATH, content=GOOD + b"\n" + spaces, headers=NDJSON)))
    assert last == "too-large"


def test_ndjson_is_answered_line_by_line_while_it_is_sent(server: Server) -> None:
    async def converse() -> list[Any]:
        answered = asyncio.Semaphore(0)

        async def ask() -> AsyncIterator[bytes]:
            for _ in range(5):
                yield GOOD[:10]
                yield GOOD[10:] + b"\n"
                await asyncio.wait_for(answered.acquire(), 10)  # the next only after the reply to this

        replies = []
        async with FullDuplex(server.port, ask()) as response:
            async for line in response:
                replies.append(json.loads(line))
                answered.release()
        return replies

    assert outcomes(asyncio.run(converse())) == [1] * 5


class FullDuplex:
    """A chunked POST over a plain socket, since common clients send all before they read."""

    def __init__(self, port: int, body: AsyncIterator[bytes]) -> None:
        self.port = port
        self.body = body

    async def __aenter__(self) -> AsyncIterator[bytes]:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.writer.write(head.encode())
        self.sending = asyncio.create_task(self._send())
        status = await self.reader.readuntil(b"\r\n\r\n")
        assert status.startswith(b"HTTP/1.1 200")
        return self._lines()

    async def _send(self) -> None:
        async for chunk in self.body:
            self.writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.writer.write(b"0\r\n\r\n")

    async def _lines(self) -> AsyncIterator[bytes]:
        while size := int(await self.reader.readline(), 16):
            for line in (await self.reader.readexactly(size + 2)).splitlines():
                if line:
                    yield line

    async def __aexit__(self, *_: object) -> None:
        await self.sending
        self.writer.close()
        await self.writer.wait_closed()


def test_a_client_that_sends_all_before_it_reads_is_answered(serve: Any, project: Any) -> None:
    server = serve(rules=project)
    count = 30_000  # far more than the sockets' buffers hold, in both directions

    def chunks() -> Iterator[bytes]:
        for _ in range(count // 100):
            yield (GOOD + b"\n") * 100

    replies = lines(server.post(PATH, content=chunks(), headers=NDJSON))
    assert outcomes(replies) == [1] * count


def test_others_are_answered_while_a_batch_runs(serve: Any, project: Any) -> None:
    server = serve(rules=project)
    with (
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as other,
        other.stream("POST", PATH, content=b"[" + b",".join([GOOD] * 20_000) + b"]") as response,
    ):
        parts = response.iter_bytes()
        next(parts)
        assert server.decide("fee", {"total": 1}).status_code == 200
        assert len(b"".join(parts)) > 1_000_000


def test_a_client_that_leaves_ends_its_batch(server: Server) -> None:
    with pytest.raises(RuntimeError, match="gone"):

        def leave() -> Iterator[bytes]:
            yield GOOD + b"\n"
            raise RuntimeError("gone")

        server.post(PATH, content=leave(), headers=NDJSON)
    assert server.decide("fee", {"total": 1}).status_code == 200


def test_an_item_of_an_array_that_is_too_deep_or_no_json_fails_alone(shop_server: Server) -> None:
    deep = b'{"facts": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    good = b'{"facts": {"order": {"total": 1, "region": "us"}, "customer": {"type": "vip"}}}'
    body = b"[" + b", ".join([good, deep, b'{"facts": NaN}', b"nonsense", good]) + b"]"
    response = shop_server.post("/v1/decisions/fraud/batch", content=body)
    assert response.status_code == 200
    kinds = [item.get("error", {}).get("type", "decided") for item in response.json()]
    refused = "/problems/json-refused"
    assert kinds == ["decided", refused, refused, refused, "decided"]
