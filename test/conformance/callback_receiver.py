"""An application's own server, as the gateway sees it: takes callbacks, keeps them as they came."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread


@dataclass(frozen=True)
class Callback:
    headers: Mapping[str, str]
    body: bytes


Judge = Callable[[Callback], int]


class CallbackReceiver:
    """Listens on a free port of loopback while the `with` block lasts, and answers what `judge` says: 204 unless told."""

    def __init__(self, judge: Judge = lambda _: 204) -> None:
        self._received: SimpleQueue[Callback] = SimpleQueue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._received, judge))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def next(self, timeout_seconds: float = 20) -> Callback:
        """The first callback not yet taken. Raises `queue.Empty` when none comes in time."""
        return self._received.get(timeout=timeout_seconds)

    def __enter__(self) -> "CallbackReceiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(received: "SimpleQueue[Callback]", judge: Judge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            callback = Callback(headers=dict(self.headers.items()), body=body)
            status = judge(callback)
            received.put(callback)
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """pytest's output shows the tests, not every request."""

    return Handler
