"""Scripts and style sheets, compressed once and kept; every other answer, compressed on the way out.

Dash sends its scripts uncompressed and lets the browser ask again for some of them on every load.
`StaticFiles` stands between the web server and Dash, and

- answers scripts and style sheets from memory, as Brotli 11, gzip or plain, whichever the browser accepts;
- marks a URL that names its version (Dash's fingerprint, or ``?m=`` and a modification time) as immutable for
  a year; any other is revalidated against a hash of its content, which costs a 304 from memory;
- compresses layouts, callbacks and pages fast.

Brotli 11 takes seconds per megabyte, so nobody waits for it: a file is sent as Brotli 5 until a background
thread has its best form, which is kept on disk for the next start. What is read back from disk is served only
when it decompresses to the very file it stands for: the cache directory cannot put a script on the page.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import queue
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import brotli
from dash.fingerprint import check_fingerprint
from werkzeug.wrappers import Request, Response

SUITES = "/_dash-component-suites/"
ASSETS = "/assets/"
IMMUTABLE = "public, max-age=31536000, immutable"
SMALLEST = 1000  # bytes; below that a compressed answer saves no packet
TEXTUAL = ("text/", "application/json", "application/javascript", "application/xml", "image/svg+xml")
# What would make the inner application answer with something else than the whole, plain file.
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_ACCEPT_ENCODING")


@dataclass
class Kept:
    """One file as the inner application gave it, and its compressed forms by name of the encoding."""

    mimetype: str
    content_type: str
    inner_etag: str
    forms: dict[str, bytes]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        self.digest = hashlib.sha256(self.forms["identity"]).hexdigest()


class StaticFiles:
    """WSGI middleware; see the module's text.

    Parameters
    ----------
    app
        The application to stand in front of: ``dash_app.server.wsgi_app``, which is then replaced by this.
    cache_dir
        Where ``static-br/`` is kept; made when needed.
    """

    def __init__(self, app: WSGIApplication, cache_dir: Path) -> None:
        self.app = app
        self.folder = Path(cache_dir) / "static-br"
        self._kept: dict[str, Kept] = {}
        self._jobs: queue.Queue[Kept] = queue.Queue()
        self._worker: threading.Thread | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        wanted = request.method in ("GET", "HEAD") and request.path.startswith((SUITES, ASSETS))
        response = self._static(request) if wanted else self._dynamic(request)
        return response(environ, start_response)

    def finish(self) -> None:
        """Wait until everything asked for so far is kept in its best form."""
        self._jobs.join()

    def _static(self, request: Request) -> Response:
        path, versioned = check_fingerprint(request.path)
        versioned = versioned or (path.startswith(ASSETS) and "m" in request.args)
        kept = self._kept.get(path)
        # Packages do not change under a running process; our own assets do, while somebody edits them.
        if kept is None or path.startswith(ASSETS):
            answer = self._ask(request, kept)
            if answer.status_code == 200:
                kept = self._kept[path] = _keep(answer)
            elif answer.status_code != 304 or kept is None:
                return answer
        response = self._respond(kept, _encoding(request))
        response.headers["Cache-Control"] = IMMUTABLE if versioned else "no-cache"
        return response.make_conditional(request)

    def _ask(self, request: Request, kept: Kept | None) -> Response:
        environ = {name: value for name, value in request.environ.items() if name not in CONDITIONS}
        environ["REQUEST_METHOD"] = "GET"
        if kept is not None and kept.inner_etag:
            environ["HTTP_IF_NONE_MATCH"] = kept.inner_etag
        return Response.from_app(self.app, environ, buffered=True)

    def _respond(self, kept: Kept, encoding: str) -> Response:
        compressible = kept.mimetype.startswith(TEXTUAL) and len(kept.forms["identity"]) >= SMALLEST
        encoding = encoding if compressible else "identity"
        if encoding not in kept.forms:
            if encoding == "br":
                self._brotli(kept)
            else:
                kept.forms[encoding] = gzip.compress(kept.forms["identity"], 6)
        response = Response(kept.forms[encoding], content_type=kept.content_type)
        response.set_etag(kept.digest[:32], weak=True)
        return _encoded(response, encoding)

    def _brotli(self, kept: Kept) -> None:
        """Best form from disk, else a quick one, with the best one ordered to take its place."""
        stored = _read_checked(self.folder / f"{kept.digest}.br", kept.digest)
        kept.forms["br"] = stored or brotli.compress(kept.forms["identity"], quality=5)
        if stored is not None:
            return
        self._jobs.put(kept)
        with self._lock:
            if self._worker is None or not self._worker.is_alive():  # a fork keeps no threads
                self._worker = threading.Thread(target=self._work, name="static-br", daemon=True)
                self._worker.start()

    def _work(self) -> None:
        while True:
            kept = self._jobs.get()
            try:
                best = brotli.compress(kept.forms["identity"], quality=11)
                kept.forms["br"] = best
                _write(self.folder / f"{kept.digest}.br", best)
            finally:
                self._jobs.task_done()

    def _dynamic(self, request: Request) -> Response:
        response = Response.from_app(self.app, request.environ)
        encoding = _encoding(request)
        if request.method == "HEAD" or encoding == "identity" or not _worthwhile(response):
            return response
        body = response.get_data()
        response.set_data(brotli.compress(body, quality=4) if encoding == "br" else gzip.compress(body, 4))
        return _encoded(response, encoding)


def _encoding(request: Request) -> str:
    accepted = request.accept_encodings
    return next((name for name in ("br", "gzip") if accepted[name] > 0), "identity")


def _encoded(response: Response, encoding: str) -> Response:
    response.vary.add("Accept-Encoding")
    if encoding != "identity":
        response.headers["Content-Encoding"] = encoding
    return response


def _keep(answer: Response) -> Kept:
    etag = answer.headers.get("ETag", "")
    return Kept(answer.mimetype or "", answer.content_type or "", etag, {"identity": answer.get_data()})


def _worthwhile(response: Response) -> bool:
    """Whether it is plain text of a known and noticeable length (a stream has no length)."""
    return (
        (response.content_length or 0) >= SMALLEST
        and (response.mimetype or "").startswith(TEXTUAL)
        and "Content-Encoding" not in response.headers
    )


def _read_checked(path: Path, digest: str) -> bytes | None:
    try:
        stored = path.read_bytes()
        whole = hashlib.sha256(brotli.decompress(stored)).hexdigest() == digest
    except (OSError, brotli.error):
        return None
    return stored if whole else None


def _write(path: Path, content: bytes) -> None:
    """Keep it for the next start; a full or read-only disk only means that it is compressed again then."""
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_bytes(content)
        scratch.replace(path)
    except OSError:
        with suppress(OSError):
            scratch.unlink()
