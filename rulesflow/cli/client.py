"""The service as commands call it: over REST, with every way in which that can fail told in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Annotated, Any, NoReturn, TypeAlias

import httpx
import typer

from rulesflow.cli.console import complain, fail, show_json
from rulesflow.cli.project import local_settings
from rulesflow.documents.jsontext import Json, read_json, write_json
from rulesflow.model.errors import Fault, JsonRefused, RequestRefused
from rulesflow.model.rendering import visible

UrlOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        envvar="RULESFLOW_URL",
        help="Where the service is. [default: http://127.0.0.1:8080, or as the settings say]",
        show_default=False,
    ),
]
KeyOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--key", metavar="KEY", envvar="RULESFLOW_KEY", help="The API key, if the service wants one."
    ),
]
Pairs: TypeAlias = Iterable[tuple[str, str]]

_TIMEOUT = httpx.Timeout(30, connect=5)
_PAGE = 1000  # items that a service gives at most
_PATIENCE = 2  # seconds that the service is asked to wait at a time: an incident does not end a run
_SERVE = "start one with: rulesflow serve; or say where it is: --url, RULESFLOW_URL"


class Unreachable(Exception):
    """Nothing answers, or the connection breaks off."""


class Refused(RequestRefused):
    """The service answered with a problem (RFC 9457), which is kept as it came.

    ``retry_after``: the seconds after which another try makes sense, where it says so.
    """

    def __init__(self, problem: dict[str, Any], retry_after: int | None = None) -> None:
        faults = tuple(_fault(each) for each in problem.get("errors") or ())
        one = len(faults) < 2  # then the detail says it all
        super().__init__(str(problem["detail"] if one else problem["title"]), () if one else faults)
        self.problem = problem
        self.retry_after = retry_after


class Client:
    """Calls one service, within ``with``. Raises `Refused`; all else that goes wrong ends the command."""

    def __init__(self, url: str | None, key: str | None) -> None:
        self.url = _address(url)
        headers = {"authorization": f"Bearer {_checked(key)}"} if key else {}
        own = _loopback(self.url.host)
        self._keyed = bool(key)
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=_TIMEOUT, trust_env=not own)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, query: Pairs = (), *, has: str, wait: bool = False) -> dict[str, Any]:
        """The answer to a GET; ``has``: a member by which it is known. ``wait``: for a run to end."""
        return self._call("GET", path, [*query, *_waiting(wait)], has=has)

    def post(
        self, path: str, body: Json = None, *, has: str, key: str | None = None, wait: bool = False
    ) -> dict[str, Any]:
        """The answer to a POST; ``key``: the Idempotency-Key."""
        return self._call("POST", path, _waiting(wait), body, has=has, key=key)

    def pages(self, path: str, query: Pairs, limit: int, *, has: str) -> dict[str, Any]:
        """So many items of a list, from as many pages as that takes: ``{HAS: […], next}``."""
        found: dict[str, Any] = {has: [], "next": None}
        while (left := limit - len(found[has])) > 0:
            page = [("limit", str(min(left, _PAGE)))] + ([("cursor", found["next"])] if found["next"] else [])
            answer = self.get(path, [*query, *page], has=has)
            found = {has: found[has] + answer[has], "next": answer.get("next")}
            if found["next"] is None:
                break
        return found

    def events(self, path: str, after: int) -> Iterator[dict[str, Any]]:
        """The server's events behind an entry, as they come. Raises `Unreachable`."""
        timeout = httpx.Timeout(60, connect=5)  # the service shows more often that it lives
        try:
            with self._http.stream(
                "GET", path, headers={"last-event-id": str(after)}, timeout=timeout
            ) as response:
                if response.headers.get("content-type", "").partition(";")[0] != "text/event-stream":
                    response.read()
                    self._answer(response, "no such member")
                for line in response.iter_lines():
                    if line.startswith("data:"):
                        yield self._read(line[5:].encode())
        except httpx.TransportError as error:
            raise Unreachable(_why(error)) from None

    def _call(
        self, method: str, path: str, query: Pairs, body: Json = None, *, has: str, key: str | None = None
    ) -> dict[str, Any]:
        content = b"" if body is None else write_json(body)
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        try:
            response = self._http.request(method, path, params=list(query), content=content, headers=headers)
        except httpx.TimeoutException:
            fail(f"{self.url} gives no answer", "try again, or see how the service is: GET /livez")
        except httpx.ConnectError as error:
            fail(f"nothing answers at {self.url}: {_why(error)}", _SERVE)
        except httpx.TransportError as error:
            fail(f"the connection to {self.url} broke off: {_why(error)}", "try again")
        return self._answer(response, has)

    def _answer(self, response: httpx.Response, has: str) -> dict[str, Any]:
        """What the service says. Raises `Refused` for a problem."""
        answer = self._read(response.content, response)
        if not isinstance(answer, dict):
            self._stranger(response)
        if response.is_success and has in answer:
            return answer
        if not str(answer.get("type")).startswith("/problems/") or not {"detail", "title"} <= answer.keys():
            self._stranger(response)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            said = "does not know this API key" if self._keyed else "wants an API key"
            fail(f"{self.url} {said}", "give it by --key or RULESFLOW_KEY")
        raise Refused(answer, _seconds(response.headers.get("retry-after", "")))

    def _read(self, data: bytes, response: httpx.Response | None = None) -> Any:
        try:
            return read_json(data)
        except JsonRefused:
            self._stranger(response)

    def _stranger(self, response: httpx.Response | None) -> NoReturn:
        said = f": it says {response.status_code} {response.reason_phrase}" if response else ""
        fail(
            f"what answers at {self.url} is not rulesflow{said}", "name another address: --url, RULESFLOW_URL"
        )


@contextmanager
def problems(as_json: bool) -> Iterator[None]:
    """Within: a problem is printed as JSON where that was asked for, and ends the command."""
    try:
        yield
    except Refused as refused:
        if not as_json:
            raise
        show_json(refused.problem)
        raise typer.Exit(1) from None
    except Unreachable as error:
        complain(f"the connection broke off: {error}")
        raise typer.Exit(1) from None


def read_filter(text: str | None) -> list[tuple[str, str]]:
    """The names and values of a filter; one that is none is a mistake of usage."""
    pairs = []
    for part in (text or "").split():
        name, equals, value = part.partition("=")
        if not (name and equals and value):
            raise typer.BadParameter(
                f"{visible(part)!r} is not of the form name=value", param_hint="'--where'"
            )
        pairs.append((name, value))
    return pairs


def _address(url: str | None) -> httpx.URL:
    if url is None:
        settings = local_settings(None)
        url = f"http://127.0.0.1:{settings.port}"
    try:
        address = httpx.URL(url if "://" in url else f"http://{url}")
        if address.scheme in ("http", "https") and address.host:
            return address
    except (httpx.InvalidURL, ValueError):
        pass
    raise typer.BadParameter(
        f"{visible(url)} is no address such as http://127.0.0.1:8080", param_hint="'--url'"
    )


def _checked(key: str) -> str:
    if not all("!" <= char <= "~" for char in key):
        raise typer.BadParameter("a key is made of visible ASCII characters", param_hint="'--key'")
    return key


def _loopback(host: str) -> bool:
    """Whether it is this machine, to which no proxy leads."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _waiting(wait: bool) -> list[tuple[str, str]]:
    return [("wait", f"{_PATIENCE}s")] if wait else []


def _seconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _fault(each: Any) -> Fault:
    known = each if isinstance(each, dict) else {}
    texts = [str(known.get(name, "")) for name in ("pointer", "code", "message")]
    return Fault(texts[0], texts[1], texts[2], known.get("hint"))


def _why(error: Exception) -> str:
    """The reason at the bottom of an error, in a few words."""
    text = str(error) or type(error).__name__
    return text.rpartition("] ")[2][:200].lower() if "[Errno" in text else text[:200]
