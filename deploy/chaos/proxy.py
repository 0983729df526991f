"""A small proxy between a service and a server, that can be slow, cut, hang or answer "too many".

In: connections. Out: the same bytes, as its mode has it. The mode may change at any time.
"""

import contextlib
import random
import socket
import threading
import time
from typing import Literal

Mode = Literal["pass", "slow", "cut", "hang", "busy"]

_CHUNK_BYTES = 16 * 1024
_SLOW_SECONDS = 0.1
_CUT_SHARE = 0.2
_BUSY_ANSWER = (
    b"HTTP/1.1 429 Too Many Requests\r\nX-Elastic-Product: Elasticsearch\r\n"
    b"Content-Type: application/vnd.elasticsearch+json;compatible-with=8\r\n"
    b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
)


class FaultyProxy:
    """Passes connections on from a port of its own."""

    def __init__(self, target: str, *, seed: int) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._dice = random.Random(seed)  # noqa: S311 - to be repeated, not secret
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._open: set[socket.socket] = set()
        self.mode: Mode = "pass"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def start(self) -> None:
        """Begin to take connections, on threads of its own."""
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def stop(self) -> None:
        """Take no more, and cut what is open."""
        self._listener.close()
        self.cut_all()

    def cut_all(self) -> None:
        """Cut every open connection."""
        for each in list(self._open):
            _close(each)

    def _is(self, mode: Mode) -> bool:
        """Return the mode of now: another thread changes it."""
        return self.mode == mode

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        try:
            if self._is("hang"):
                while self._is("hang"):
                    time.sleep(0.1)
                return
            if self._is("busy"):
                client.recv(_CHUNK_BYTES)
                client.sendall(_BUSY_ANSWER)
                return
            with socket.create_connection(self._target, timeout=10) as server:
                server.settimeout(None)
                self._open.add(server)
                back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
                back.start()
                self._pump(client, server)
                back.join()
                self._open.discard(server)
        except OSError:
            return
        finally:
            self._open.discard(client)
            _close(client)

    def _pump(self, source: socket.socket, drain: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(_CHUNK_BYTES):
                if self._is("busy"):
                    break
                while self._is("hang"):
                    time.sleep(0.1)
                if self._is("slow"):
                    time.sleep(_SLOW_SECONDS)
                if self._is("cut") and self._dice.random() < _CUT_SHARE:
                    drain.sendall(chunk[: len(chunk) // 2])
                    break
                drain.sendall(chunk)
        _close(source)
        _close(drain)


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()
