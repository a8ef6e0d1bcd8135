"""A stand-in for the Hugging Face Hub: the protocol that downloading a dataset needs, with faults on demand."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the stand-in serves and what it was asked.

    Attributes:
        repositories: OWNER/NAME → path → contents.
        drops: how many of the next downloads break off in the middle.
        failures: how many of the next requests are answered with 503.
        requests: "GET /path", with the range asked for, in order.
    """

    repositories: Mapping[str, Mapping[str, bytes]]
    drops: int = 0
    failures: int = 0
    requests: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    """Serve `hub` on 127.0.0.1 while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self, hub)

        do_HEAD = do_GET  # noqa: N815 (http.server's name)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def answer(request: BaseHTTPRequestHandler, hub: Hub) -> None:
    path = unquote(urlsplit(request.path).path)
    hub.requests.append(f"{request.command} {path} {request.headers.get('Range', '')}".strip())
    if hub.failures > 0:
        hub.failures -= 1
        return send(request, 503, b"busy")
    for name, files in hub.repositories.items():
        if path.startswith(f"/api/datasets/{name}"):
            if "/revision/" in path and not path.endswith(("/main", COMMIT)):
                return send(request, 404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            return send(request, 200, json.dumps(info(name, files)).encode(), {"Content-Type": "application/json"})
        prefix = f"/datasets/{name}/resolve/{COMMIT}/"
        if path.startswith(prefix) and path.removeprefix(prefix) in files:
            return send_file(request, hub, files[path.removeprefix(prefix)])
    return send(request, 404, b"{}", {"X-Error-Code": "RepoNotFound"})


def info(name: str, files: Mapping[str, bytes]) -> dict[str, object]:
    siblings = [{"rfilename": path, "size": len(data), "blobId": "0" * 40} for path, data in files.items()]
    return {
        "id": name,
        "sha": COMMIT,
        "private": False,
        "disabled": False,
        "gated": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
        "cardData": {"license": "cdla-sharing-1.0"},
        "siblings": siblings,
    }


def send_file(request: BaseHTTPRequestHandler, hub: Hub, data: bytes) -> None:
    headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
    start, status = 0, 200
    if wanted := request.headers.get("Range"):
        start, status = int(wanted.removeprefix("bytes=").split("-")[0]), 206
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
    if request.command == "GET" and hub.drops > 0:
        hub.drops -= 1
        send(request, status, data[start : start + (len(data) - start) // 2], headers, claimed=len(data) - start)
        request.wfile.flush()
        request.connection.close()
        return
    send(request, status, data[start:], headers)


def send(
    request: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    claimed: int | None = None,
) -> None:
    request.send_response(status)
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body) if claimed is None else claimed))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)
