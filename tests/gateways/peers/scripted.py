"""A server of our own that does what no decent server does: every connection follows a script, line by line."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Talk:
    """One connection, seen from the server."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.number = number
        self._socket = connection
        self._file = connection.makefile("rb")

    def say(self, *lines: str) -> None:
        """Send lines, all at once."""
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def hear(self) -> str:
        """Return the next line that the client says; nothing when it has gone."""
        return self._file.readline().decode("utf-8", "replace").rstrip("\r\n")

    def letter(self) -> bytes:
        """Return what comes until the dot."""
        lines = []
        while (line := self._file.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        return b"".join(lines)

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


@contextmanager
def scripted(script: Callable[[Talk], None]) -> Iterator[int]:
    """Run a script for each connection; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []
    faults: list[BaseException] = []
    open_ones: list[socket.socket] = []

    def serve(connection: socket.socket, number: int) -> None:
        talk = Talk(connection, number)
        try:
            script(talk)
        except OSError:
            pass  # the client went
        except BaseException as fault:  # noqa: BLE001 - said to the test below
            faults.append(fault)
        finally:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            talk._file.close()
            connection.close()

    def accept() -> None:
        number = 0
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_ones.append(connection)
            thread = threading.Thread(target=serve, args=(connection, number), daemon=True)
            threads.append(thread)
            thread.start()
            number += 1

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for connection in open_ones:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
    assert not faults, faults
