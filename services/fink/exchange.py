"""One question to a Fink server: limits, retries, and the sorting of what can go wrong."""

from __future__ import annotations

import ast
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import ReadTimeoutError

from services.errors import Garbled, NoAnswer, Rejected, ServerFailed, SettingsError, SourceError, Unavailable
from services.fink.calls import CallLog
from services.fink.policy import (
    ATTEMPTS,
    BACKOFF_S,
    ENDPOINTS,
    IN_FLIGHT,
    JITTER_S,
    MB,
    PROCESS_SLOTS,
    RETRIED_STATUS,
    Endpoint,
    Slots,
)

T = TypeVar("T")

_CHUNK = 256 * 1024
#: More of an error's body is never shown, and not worth reading.
_ERROR_BODY = 8 * 1024


class _Passing(Exception):
    """Trouble that may have passed when asked again after ``wait`` seconds (None: the usual pause)."""

    def __init__(self, error: Unavailable, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


@dataclass(frozen=True)
class Arriving:
    """An answer while it arrives.

    Attributes
    ----------
    chunks
        Its bytes, decompressed; asking for the next may raise what `Exchange.ask` raises.
    total
        How many bytes there will be; None when the server does not say.
    """

    chunks: Iterator[bytes]
    total: int | None


@dataclass
class _Seen:
    """How much of an answer has been read."""

    size: int = 0


class Exchange:
    """Sends questions to one server; safe to use from several threads.

    Parameters
    ----------
    base_url
        Scheme and host, perhaps a path ("https://api.ztf.fink-portal.org").
    transport
        What carries the requests; the network when None.
    calls
        Where every attempt is recorded.
    sleep, clock, jitter
        Pause, monotonic clock (both in seconds), and a random number in [0, 1).
    slots
        Limit on requests in flight; the one of the process unless given.
    endpoints
        What may be asked and how long it may take.

    Raises
    ------
    SettingsError
        When ``base_url`` is not a web address.
    """

    def __init__(
        self,
        base_url: str,
        *,
        transport: BaseAdapter | None = None,
        calls: CallLog | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        slots: Slots = PROCESS_SLOTS,
        endpoints: Mapping[str, Endpoint] = ENDPOINTS,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise SettingsError(f"{base_url!r} is not a web address; it must begin with https:// or http://")
        self.base_url = base_url.rstrip("/")
        self.calls = calls or CallLog()
        self._session = _session(transport)
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._slots = slots
        self._endpoints = endpoints

    def ask(self, kind: str, arguments: Mapping[str, Any], parse: Callable[[bytes, str], T]) -> T:
        """Ask, again if that may help, and parse the answer.

        Parameters
        ----------
        kind
            Endpoint, a key of `policy.ENDPOINTS`.
        arguments
            JSON body (POST) or query string (GET).
        parse
            From the bytes of a 200 and the name of the call to the value; raises `Garbled` when it cannot.

        Raises
        ------
        Rejected, NoAnswer, ServerFailed, Garbled
            As `services.errors` describes them; `Unavailable.attempts` says how often it was tried.
        """
        call = self._endpoints[kind].call
        return self.ask_streamed(kind, arguments, lambda arriving: parse(b"".join(arriving.chunks), call))

    def ask_streamed(self, kind: str, arguments: Mapping[str, Any], read: Callable[[Arriving], T]) -> T:
        """`ask` for an answer too large to be held: it is read while it arrives.

        Parameters
        ----------
        read
            From the beginning of a 200 to the value; called again for every attempt. What it raises that is no
            `SourceError` ends the call, unlogged: its reader wants no more.
        """
        endpoint = self._endpoints[kind]
        deadline = self._clock() + endpoint.total_s
        attempt = 1
        while True:
            try:
                return self._attempt(endpoint, arguments, read, deadline)
            except _Passing as trouble:
                pause = self._pause(attempt, trouble.wait)
                if attempt >= ATTEMPTS or self._clock() + pause >= deadline:
                    raise _counted(trouble.error, attempt) from trouble.__cause__
            except Unavailable as error:
                raise _counted(error, attempt) from error.__cause__
            self._sleep(pause)
            attempt += 1

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def _pause(self, attempt: int, asked: float | None) -> float:
        return max(BACKOFF_S * 2 ** (attempt - 1), asked or 0.0) + JITTER_S * self._jitter()

    def _attempt(
        self,
        endpoint: Endpoint,
        arguments: Mapping[str, Any],
        read: Callable[[Arriving], T],
        deadline: float,
    ) -> T:
        with self._slots.taken(max(0.0, deadline - self._clock())) as free:
            if not free:
                raise NoAnswer(endpoint.call, f"waited {endpoint.total_s:g} s for earlier calls to end")
            started, seen = self._clock(), _Seen()
            try:
                value = self._receive(endpoint, arguments, read, deadline, seen)
            except (SourceError, _Passing) as trouble:
                error = trouble.error if isinstance(trouble, _Passing) else trouble
                self.calls.failed(endpoint.kind, self._clock() - started, error.reason)
                raise
            self.calls.succeeded(endpoint.kind, self._clock() - started, seen.size)
            return value

    def _receive(
        self,
        endpoint: Endpoint,
        arguments: Mapping[str, Any],
        read: Callable[[Arriving], T],
        deadline: float,
        seen: _Seen,
    ) -> T:
        """What the body of a 200 is read as."""
        read_s = max(0.1, min(endpoint.read_s, deadline - self._clock()))
        how: dict[str, Any] = {"params" if endpoint.method == "GET" else "json": arguments}
        try:
            with self._session.request(
                endpoint.method,
                self.base_url + endpoint.path,
                timeout=(endpoint.connect_s, read_s),
                # A redirected POST would become a GET without arguments, which Fink answers with a web page.
                allow_redirects=False,
                stream=True,
                **how,
            ) as response:
                _check_status(endpoint, response)
                return read(Arriving(self._chunks(endpoint, response, deadline, seen), _length(response)))
        except requests.RequestException as error:
            raise _translated(endpoint, error, read_s) from error

    def _chunks(self, endpoint: Endpoint, response: requests.Response, deadline: float, seen: _Seen) -> Iterator[bytes]:
        for chunk in response.iter_content(_CHUNK):
            seen.size += len(chunk)
            if seen.size > endpoint.max_bytes:
                raise Garbled(endpoint.call, f"answered more than {endpoint.max_bytes / MB:g} MB")
            if self._clock() > deadline:
                raise NoAnswer(endpoint.call, f"was still sending after {endpoint.total_s:g} s")
            yield chunk


def _length(response: requests.Response) -> int | None:
    """Bytes that will come; None where they are compressed, because those are fewer."""
    said = response.headers.get("Content-Length", "")
    return int(said) if said.isdecimal() and "Content-Encoding" not in response.headers else None


def _session(transport: BaseAdapter | None) -> requests.Session:
    session = requests.Session()
    adapter = transport or HTTPAdapter(pool_maxsize=IN_FLIGHT)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = "Oddfinch"
    session.headers["Accept"] = "application/json"
    # Fink sets no cookies; a proxy's ones would make answers depend on earlier ones.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _counted(error: Unavailable, attempts: int) -> Unavailable:
    error.attempts = attempts
    return error


def _check_status(endpoint: Endpoint, response: requests.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    if status == 400:
        raise Rejected(endpoint.call, rejection_text(next(response.iter_content(_ERROR_BODY), b"")))
    error = ServerFailed(endpoint.call, status)
    if status in RETRIED_STATUS:
        raise _Passing(error, _retry_after(response.headers.get("Retry-After", "")))
    raise error


def rejection_text(body: bytes) -> str:
    """Fink's own words in the body of a 400.

    The body is the ``repr`` of a Python dict, or JSON where Flask answers, or plain text.

    Examples
    --------
    >>> rejection_text(b"{'status': 'error', 'text': 'No such class.\\\\n'}")
    'No such class.'
    """
    text = body.decode("utf-8", errors="replace").strip()
    for read in (ast.literal_eval, json.loads):
        try:
            value = read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(value, dict):
            text = str(value.get("text") or value.get("message") or text)
            break
    return " ".join(text.split())[:500] or "no reason given"


def _retry_after(header: str) -> float | None:
    """Seconds to wait, from either form of the header; None when it says nothing usable."""
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _translated(endpoint: Endpoint, error: requests.RequestException, read_s: float) -> Exception:
    """What the network did, as one of ours; `_Passing` when asking again may help."""
    call = endpoint.call
    if isinstance(error, requests.ConnectTimeout):
        return _Passing(NoAnswer(call, f"could not be reached within {endpoint.connect_s:g} s"))
    if isinstance(error, requests.ReadTimeout) or _is_read_timeout(error):
        return NoAnswer(call, f"timed out after {read_s:.3g} s")
    if isinstance(error, requests.exceptions.SSLError):
        return NoAnswer(call, "has no certificate that can be trusted")
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return _Passing(Garbled(call, "broke off in the middle of its answer"))
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return Garbled(call, "answered bytes that cannot be decompressed")
    if isinstance(error, requests.ConnectionError):
        return _Passing(NoAnswer(call, _why_unreachable(str(error))))
    return NoAnswer(call, f"could not be sent ({type(error).__name__})")


def _is_read_timeout(error: requests.RequestException) -> bool:
    """True for a timeout in the middle of an answer, which requests reports as a lost connection."""
    return bool(error.args) and isinstance(error.args[0], ReadTimeoutError)


def _why_unreachable(text: str) -> str:
    if "refused" in text:
        return "was refused a connection"
    if "resolve" in text or "Name or service" in text:
        return "found no such host"
    return "got no connection"
