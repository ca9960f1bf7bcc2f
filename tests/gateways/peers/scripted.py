"""A server of our own that does what no decent server does: every connection follows a script, line by line."""

import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Talk:
    """One connection, seen from the server."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.number = number
        self.ended = threading.Event()
        self._socket = connection
        self.file = connection.makefile("rb")

    def say(self, *lines: str) -> None:
        """Send lines, all at once."""
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def hear(self) -> str:
        """Return the next line that the client says; nothing when it has gone."""
        return self.file.readline().decode("utf-8", "replace").rstrip("\r\n")

    def letter(self) -> bytes:
        """Return what comes until the dot."""
        lines = []
        while (line := self.file.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        return b"".join(lines)

    def chunk(self, line: str) -> bytes:
        """Return what comes with a BDAT."""
        return self.file.read(int(line.split()[1]))

    def greet(self, *offers: str) -> None:
        """Say hello, and what is offered."""
        self.say("220 mail.example.org")
        self.hear()
        self.say("250-mail.example.org", *(f"250-{offer}" for offer in offers), "250 HELP")

    def take(self, reply: str = "250 2.0.0 OK") -> bytes:
        """Take one letter as a decent server does."""
        for answer in ("250 OK", "250 OK", "354 go on"):
            if not self.hear():
                return b""
            self.say(answer)
        letter = self.letter()
        self.say(reply)
        return letter

    def take_all(self) -> None:
        """Be a decent server until the client goes."""
        answers = {"MAIL": "250 OK", "RCPT": "250 OK", "RSET": "250 OK", "DATA": "354 go on"}
        while (line := self.hear()) and line != "QUIT":
            self.say(answers.get(line[:4], "502 no"))
            if line == "DATA":
                self.letter()
                self.say("250 OK")


class _Server:
    """A listener whose every connection follows the script in a thread of its own."""

    def __init__(self, script: Callable[[Talk], object]) -> None:
        self.faults: list[BaseException] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self._script = script
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._connections: list[socket.socket] = []
        self._threads[0].start()

    def stop(self) -> None:
        """End every connection, and wait for the scripts."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        accepting, *_ = self._threads
        # Whoever came last has a script too.
        accepting.join(60)
        for one in self._connections:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self._threads:
            thread.join(60)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            for number in itertools.count():
                connection, _ = self.listener.accept()
                self._connections.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection, number), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        talk = Talk(connection, number)
        try:
            self._script(talk)
        except OSError:
            pass  # the client went
        except BaseException as fault:  # noqa: BLE001 - said to the test by `scripted`
            self.faults.append(fault)
        finally:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            talk.file.close()
            connection.close()
            talk.ended.set()


@contextmanager
def scripted(script: Callable[[Talk], object]) -> Iterator[int]:
    """Run a script for each connection; gives the port."""
    server = _Server(script)
    try:
        yield int(server.listener.getsockname()[1])
    finally:
        server.stop()
    assert not server.faults, server.faults
