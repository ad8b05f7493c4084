"""HTTP to an OpenAI-compatible server: time-outs, bounded retries and concurrency, errors that say what to do."""

import json
import logging
import random
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Semaphore
from typing import Any, TypeVar

import httpx2

from workbench.engine.protocol import Cancel, never
from workbench.engine.remote_address import Address
from workbench.engine.remote_many import in_order
from workbench.errors import Cancelled, ModelError, Problem

log = logging.getLogger(__name__)
Json = dict[str, Any]
T = TypeVar("T")
R = TypeVar("R")

RETRIED = frozenset({429, 500, 502, 503, 504})
"""Answers that may be another one a moment later."""
_LOOK_SECONDS = 0.1
"""How often a wait asks whether the run was stopped."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take, how often it is tried, and how long the waits between tries are: they double,
    with jitter, and a Retry-After of the server is obeyed up to `longest_wait`."""

    seconds: float = 120.0
    connect_seconds: float = 5.0
    tries: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0


class Unreachable(ModelError):
    """No answer at all: nobody there, or not in time."""


class Refused(ModelError):
    """An answer that says no. `status` is HTTP's."""

    def __init__(self, problem: Problem, status: int) -> None:
        super().__init__(problem)
        self.status = status


class Client:
    """One server, asked by as many threads as like to, and never more than `address.parallel` requests at a time. The
    key goes into a header of each request and nowhere else."""

    def __init__(self, address: Address, key: str = "", patience: Patience = Patience()) -> None:
        self.address = address
        self._patience = patience
        # A request that is tried again keeps its place through the waits, so that a busy server is asked less.
        self._places = Semaphore(address.parallel)
        self._counting = Lock()
        self._http = httpx2.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(patience.seconds, connect=patience.connect_seconds),
            limits=httpx2.Limits(max_connections=address.parallel, max_keepalive_connections=address.parallel),
            # A proxy of the surroundings is for what lies outside; this machine is asked directly.
            trust_env=not address.is_loopback,
        )
        self._has_key = bool(key)
        self.losses = 0
        """How often a connection failed: who answers at the address after that may be another server."""

    def get(self, path: str, *, tries: int = 3) -> Json:
        """The answer of `path`, below the base or, with a leading slash, at the server's root."""
        return self._json(self._answer("GET", path, None, never, tries))

    def post(self, path: str, body: Mapping[str, Any], *, cancel: Cancel = never, tries: int | None = None) -> Json:
        return self._json(self._answer("POST", path, body, cancel, tries or self._patience.tries))

    @contextmanager
    def stream(self, path: str, body: Mapping[str, Any], *, cancel: Cancel = never) -> Iterator[Iterator[Json]]:
        """The events of a streamed answer, as they come; leaving the block hangs up. Only the start is retried."""
        with held(self._places, cancel):
            response = self._ask("POST", path, {**body, "stream": True}, cancel, self._patience.tries)
            try:
                yield self._events(response)
            except httpx2.TransportError as error:
                raise self._lost(error) from error
            finally:
                response.close()

    def each(self, ask: Callable[[T, Cancel], R], entries: Sequence[T], *, cancel: Cancel = never) -> Generator[R]:
        """`ask` of each entry, as many at a time as this server is asked; see `in_order`."""
        return in_order(ask, entries, at_once=self.address.parallel, cancel=cancel)

    def models(self) -> list[Json] | None:
        """What the server says it serves; None where it does not say. Raises for a refused key or no server."""
        try:
            listed = self.get("models").get("data")
        except Refused as error:
            if error.status in (401, 403):
                raise
            return None
        return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else None

    def close(self) -> None:
        self._http.close()

    # One request

    def _answer(self, method: str, path: str, body: Mapping[str, Any] | None, cancel: Cancel, tries: int) -> Any:
        with held(self._places, cancel):
            response = self._ask(method, path, body, cancel, tries)
            try:
                response.read()
            except httpx2.TransportError as error:
                raise self._lost(error) from error
            finally:
                response.close()
        return response

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, cancel: Cancel, tries: int) -> Any:
        """The start of an answer that is not an error, its body not read yet."""
        for left in reversed(range(tries)):
            if cancel():
                raise Cancelled
            asked: float | None = None
            try:
                response = self._http.send(self._http.build_request(method, self._url(path), json=body), stream=True)
                if response.is_success:
                    return response
                response.read()
                response.close()
                if response.status_code not in RETRIED or not left:
                    raise self._refused(response, tries)
                asked = _retry_after(response.headers)
            except httpx2.TransportError as error:
                with self._counting:
                    self.losses += 1
                # A request that took too long would take as long again, and the server may still be at work on it.
                is_slow = isinstance(error, httpx2.TimeoutException) and not isinstance(error, httpx2.ConnectTimeout)
                if is_slow or not left:
                    raise self._lost(error) from error
                log.info("%s: %s, tried again", self.address.host, type(error).__name__)
            self._pause(tries - 1 - left, asked, cancel)
        raise AssertionError("the last try returns or raises")

    def _url(self, path: str) -> str:
        root = self.address.base.removesuffix("/v1") if path.startswith("/") else f"{self.address.base}/"
        return root + path

    def _pause(self, attempt: int, asked: float | None, cancel: Cancel) -> None:
        wait = self._patience.first_wait * 2**attempt * (0.5 + random.random())
        end = time.monotonic() + min(self._patience.longest_wait, max(wait, asked or 0.0))
        while (left := end - time.monotonic()) > 0:
            if cancel():
                raise Cancelled
            time.sleep(min(_LOOK_SECONDS, left))

    # Reading

    def _json(self, response: Any) -> Json:
        try:
            found = json.loads(response.content)
        except ValueError as error:
            raise self._unreadable(response.text) from error
        if not isinstance(found, dict):
            raise self._unreadable(response.text)
        return found

    def _events(self, response: Any) -> Iterator[Json]:
        for line in response.iter_lines():
            _, said, content = line.partition("data:")
            if not said or content.strip() in ("", "[DONE]"):
                continue
            try:
                event = json.loads(content)
            except ValueError as error:
                raise self._unreadable(content) from error
            if not isinstance(event, dict) or "error" in event:
                raise ModelError(Problem(f"the server broke off: {_words(event)}", self.address.host))
            yield event

    # Errors

    def _unreadable(self, text: str) -> ModelError:
        fix = "is it an OpenAI-compatible server, and does the address end in /v1?"
        return ModelError(Problem(f"the answer is no JSON object: {text.strip()[:80]!r}", self.address.host, fix))

    def _lost(self, error: Exception) -> Unreachable:
        host = self.address.host
        if isinstance(error, httpx2.TimeoutException) and not isinstance(error, httpx2.ConnectTimeout):
            what = f"no answer within {self._patience.seconds:g} s"
            return Unreachable(Problem(what, host, "the server is busy or the prompt long: try again"))
        what = f"the server can't be reached: {str(error) or type(error).__name__}"
        return Unreachable(Problem(what, host, f"start it, or correct the address {self.address.base}"))

    def _refused(self, response: Any, tries: int) -> Refused:
        status, name = response.status_code, self.address.key_name
        said = _body_words(response)
        if status in (401, 403):
            what = "the server refuses the key" if self._has_key else "the server asks for a key"
            fix = f"set {name} in the environment of the workbench, and start it again"
            return Refused(Problem(f"{what} (HTTP {status})", self.address.host, fix), status)
        tried = f", tried {tries} times" if status in RETRIED else ""
        fix = "wait, or ask for less at a time" if status == 429 else ""
        return Refused(Problem(f"HTTP {status}{tried}: {said}", self.address.host, fix), status)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return float(headers.get("Retry-After", ""))
    except ValueError:
        return None


def _body_words(response: Any) -> str:
    try:
        return _words(json.loads(response.content))
    except ValueError:
        return str(response.text).strip()[:200] or str(response.reason_phrase)


def _words(body: Any) -> str:
    """What an error body says, whichever of the usual shapes it has."""
    for name in ("error", "message", "detail"):
        if isinstance(body, dict) and body.get(name):
            body = body[name]
    return (body if isinstance(body, str) else json.dumps(body))[:300]


@contextmanager
def held(one: "Lock | Semaphore", cancel: Cancel) -> Iterator[None]:
    """`with one`, where the wait for it hears a stop. Raises Cancelled."""
    while not one.acquire(timeout=_LOOK_SECONDS):
        if cancel():
            raise Cancelled
    try:
        yield
    finally:
        one.release()
