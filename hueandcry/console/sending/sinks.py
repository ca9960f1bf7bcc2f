"""Those who take what we send, and say how many they took, and when the last one: programs of others, and the sandbox.

A sink writes its count to a file in memory with each message, so that the time of the last acceptance is the time of
that file's last change: nobody reads along and takes a share of the two cores. `recording` sinks keep what they got as
well, for the check of references; that costs them more than the taking, so that nothing is timed with one.
"""

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.db import connection

from hueandcry.console.sending.processes import (
    SECRET,
    SendingError,
    Watched,
    clean_environment,
    free_port,
    listens,
    until,
)

HOST = "127.0.0.1"
SBIN = "/usr/sbin:/usr/local/sbin:/sbin"
# A counter of smtp-sink is 28 signs or so: the last one is in these.
TAIL = 200
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, for counters


@dataclass(frozen=True)
class Taken:
    """What a recording sink got: how many, of how many references and addresses, and one as it went over the wire.

    Attributes:
        token: what stands in that one where each has their own.
    """

    many: int
    references: int
    addresses: int
    sample: bytes
    token: str = ""


class Sink(Protocol):
    """Somebody who takes messages and counts them.

    Attributes:
        what: what it is, for people.
        raw: the raw client that speaks to it; empty where there is none.
        every: how often its count may be looked at without getting in the way, in seconds.
        port: where it listens.
    """

    what: ClassVar[str]
    raw: ClassVar[str]
    every: ClassVar[float]
    port: int

    def start(self) -> None:
        """Start it, and wait until it listens."""

    def stop(self) -> None:
        """Stop it."""

    def environment(self, host: str = HOST, port: int = 0) -> dict[str, str]:
        """Return the settings by which our workers reach it, straight or by another way."""
        ...

    def pids(self) -> list[int]:
        """Return its processes."""
        ...

    def count(self) -> int:
        """Return how many it took since it was started."""
        ...

    def last_at(self) -> float:
        """Return when it took the last one, in seconds since 1970."""
        ...

    def taken(self, since: int = 0) -> Taken:
        """Return what a recording one got, after so many."""
        ...


def find(program: str, package: str) -> str:
    """Return where a program is.

    Raises:
        SendingError: it is not on this machine; says what to install.
    """
    found = shutil.which(program) or shutil.which(program, path=SBIN)
    if found is None:
        raise SendingError(f"{program} is not on this machine: install it (Debian: apt install {package}).")
    return found


class SmtpSink:
    """Postfix's smtp-sink: a C program that offers PIPELINING and throws away what it takes."""

    what: ClassVar[str] = "Postfix smtp-sink"
    raw: ClassVar[str] = "smtp"
    every: ClassVar[float] = 0.004

    def __init__(self, folder: Path, *, recording: bool = False, everywhere: bool = False) -> None:
        self.port = self._listens_at = free_port()
        self._dump = folder / f"letters-{self.port}"
        self._counter = (MEMORY if MEMORY.is_dir() else folder) / f"hueandcry-sink-{os.getpid()}-{self.port}"
        folder.chmod(0o777)  # it does not run as root
        self._process = Watched(
            "sink",
            [
                find("smtp-sink", "postfix"),
                "-c",
                *(["-D", str(self._dump)] if recording else []),
                *("-m", "1000"),
                f"{'' if everywhere else HOST}:{self.port}",
                "1000",
            ],
            clean_environment(),
            folder / "sink.log",
            stdout=self._counter,
            nobody=True,
        )

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._counter.unlink(missing_ok=True)
        _begin(self._process, self._listens_at)

    def environment(self, host: str = HOST, port: int = 0) -> dict[str, str]:
        """Return the settings by which our workers reach it, straight or by another way."""
        return {
            "GATEWAY_EMAIL": "hueandcry.gateways.email.smtp.SmtpMail",
            "MAIL_HOST": host,
            "MAIL_PORT": str(port or self.port),
            "MAIL_TLS": "none",
            "MAIL_HELO": "bench.example.org",
            "MAIL_FROM": "alerts@example.org",
        }

    def count(self) -> int:
        """Return how many it took since it was started."""
        said = re.findall(rb"mesg=(\d+)[\r\n]", _tail(self._counter))
        return int(said[-1]) if said else 0

    def last_at(self) -> float:
        """Return when it took the last one, in seconds since 1970."""
        return self._counter.stat().st_mtime

    def pids(self) -> list[int]:
        """Return its processes."""
        return [self._process.pid]

    def taken(self, since: int = 0) -> Taken:
        """Return what a recording one got, after so many."""
        with self._dump.open("rb") as letters:
            lines = [line for line in letters if line.startswith((b"Message-ID:", b"X-Rcpt-Args:"))]
        references = set([line for line in lines if line.startswith(b"M")][since:])
        addresses = set([line for line in lines if line.startswith(b"X")][since:])
        sample = self._sample()
        own = re.search(rb"/my/(\w+)/", sample)
        return Taken(
            self.count() - since, len(references), len(addresses), sample, own.group(1).decode() if own else ""
        )

    def _sample(self) -> bytes:
        """Return the first letter as it went over the wire after DATA: without the lines that the sink put before."""
        with self._dump.open("rb") as letters:
            lines = letters.read(65536).split(b"\n")
        begins = [number for number, line in enumerate(lines) if line.startswith(b"X-Client-Addr")]
        begin = begins[0]
        while lines[begin].startswith((b"X-", b"Received:", b"\t")):
            begin += 1
        body = b"\r\n".join(lines[begin : begins[1] if begins[1:] else None]).rstrip(b"\r\n") + b"\r\n"
        return body.replace(b"\r\n.", b"\r\n..") + b".\r\n"

    def stop(self) -> None:
        """Stop it."""
        self._process.kill()
        self._counter.unlink(missing_ok=True)
        self._dump.unlink(missing_ok=True)


def _tail(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            stream.seek(max(os.fstat(stream.fileno()).st_size - TAIL, 0))
            return stream.read()
    except FileNotFoundError:
        return b""


# It hands each letter on before it answers: no queue, so that the sink behind it counts what was answered.
_POSTFIX = {
    "main.cf": """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {sbin}
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.example.org
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8 10.64.0.0/10
inet_protocols = ipv4
default_transport = discard:
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_proxy_filter = {behind}
smtpd_proxy_options = speed_adjust
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
""",
    "master.cf": """
{at}{port} inet n - n - 100 smtpd
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
discard unix - - n - - discard
postlog unix-dgram n - n - 1 postlogd
""",
}


# What a socket in a folder may be called, to its end (unix(7)).
LONGEST_SOCKET = 108
_DIE_WITH_US = 'us=$PPID; (while kill -0 $us; do sleep 1; done; kill -9 0) >/dev/null 2>&1 & exec "$@"'


class PostfixSink(SmtpSink):
    """A Postfix of its own, which offers CHUNKING as relays do, and smtp-sink behind it, which counts."""

    what: ClassVar[str] = "Postfix, smtp-sink behind it"

    def __init__(self, folder: Path, *, recording: bool = False, everywhere: bool = False) -> None:
        program = find("postfix", "postfix")
        if os.geteuid() != 0:
            raise SendingError("Only root can start a Postfix: measure by `smtp`, or as root.")
        super().__init__(folder, recording=recording)
        self.port = free_port()
        own = folder / f"postfix-{self.port}"
        if len(str(own / "queue/public/postlog")) >= LONGEST_SOCKET:
            raise SendingError(f"Postfix's sockets have names too long in {folder}: set TMPDIR to a shorter one.")
        for name in ("etc", "queue", "data"):
            (own / name).mkdir(parents=True)
        shutil.chown(own / "data", "postfix")
        asked = subprocess.run(["postconf", "-dh", "daemon_directory"], capture_output=True, text=True, check=True)
        places = {
            "folder": own, "sbin": Path(program).parent, "daemons": asked.stdout.strip(), "port": self.port,
            "at": "" if everywhere else f"{HOST}:", "behind": f"{HOST}:{self._listens_at}",
        }  # fmt: skip
        for name, words in _POSTFIX.items():
            (own / "etc" / name).write_text(words.format(**places))
        # Its own way of starting leaves it behind when we die, and so does a change of user.
        self._made_ready = [program, "-c", str(own / "etc"), "check"]
        self._front = Watched(
            "relay", ["sh", "-c", _DIE_WITH_US, "sh", f"{places['daemons']}/master", "-c", str(own / "etc"), "-d"],
            clean_environment(), folder / "relay.log",
        )  # fmt: skip

    def start(self) -> None:
        """Start both, and wait until they listen."""
        super().start()
        ready = subprocess.run(self._made_ready, capture_output=True, text=True, check=False)
        if ready.returncode:
            super().stop()
            raise SendingError(f"Postfix does not start: {(ready.stderr or ready.stdout).strip()}")
        _begin(self._front, self.port)

    def pids(self) -> list[int]:
        """Return their processes."""
        return [*super().pids(), self._front.pid]

    def stop(self) -> None:
        """Stop both."""
        self._front.kill()
        super().stop()


# How a provider of ours shows that a receipt is its own.
SEAL = "X-Bench"
# One sign and a line's end for each request, written as it is answered: the file's length is the count.
_COUNT = 2
_NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log crit;
events {{ worker_connections 2048; }}
http {{
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    keepalive_requests 100000000; keepalive_timeout 600; default_type application/json;
    log_format count '.';
    log_format body escape=json '{{"length": $request_length, "body": "$request_body"}}';
    server {{ listen {port} backlog=1024; {location} }}
    server {{ listen unix:{folder}/inner; access_log off; location / {{ return 200 '{{"id":"$request_id"}}'; }} }}
}}
"""
_COUNTING = """access_log {counter} count; location / {{ return 200 '{{"id":"$request_id"}}'; }}"""
# A body is read only for somebody else: the second server is that.
_RECORDING = """access_log {counter} count; access_log {kept} body;
    location / {{ proxy_pass http://unix:{folder}/inner; }}"""


class HttpSink:
    """nginx that answers each request with 200 and a reference of its own, for a provider described in settings."""

    what: ClassVar[str] = "nginx, 200 and JSON"
    raw: ClassVar[str] = "http"
    every: ClassVar[float] = 0.004

    def __init__(self, folder: Path, *, recording: bool = False, everywhere: bool = False) -> None:
        self.port = free_port()
        self._counter = (MEMORY if MEMORY.is_dir() else folder) / f"hueandcry-sink-{os.getpid()}-{self.port}"
        self._kept = folder / f"requests-{self.port}"
        places = {"folder": folder, "counter": self._counter, "kept": self._kept}
        told = folder / f"nginx-{self.port}.conf"
        told.write_text(
            _NGINX.format(
                port=self.port if everywhere else f"{HOST}:{self.port}",
                location=(_RECORDING if recording else _COUNTING).format(**places),
                **places,
            )
        )
        program = find("nginx", "nginx-light")
        log = folder / "nginx-start.log"
        self._process = Watched(
            "sink",
            [program, "-e", str(folder / "nginx.log"), "-p", str(folder), "-c", str(told)],
            clean_environment(),
            log,
            nobody=True,
        )
        folder.chmod(0o777)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._counter.unlink(missing_ok=True)
        _begin(self._process, self.port)

    def stop(self) -> None:
        """Stop it."""
        self._process.stop()
        self._counter.unlink(missing_ok=True)
        self._kept.unlink(missing_ok=True)

    def environment(self, host: str = HOST, port: int = 0) -> dict[str, str]:
        """Return the settings by which our workers reach it, straight or by another way."""
        return {
            "GATEWAY_SMS": "hueandcry.gateways.sms.generic.HttpText",
            "TEXT_HTTP_URL": f"http://{host}:{port or self.port}/texts",
            "TEXT_HTTP_ID": "id",
            "TEXT_HTTP_KNOWS_REFERENCE": "1",
            "TEXT_HTTP_SIGNED": f"header {SEAL} {SECRET}",
            "TEXT_HTTP_RECEIPT": "id=id; word=word; list=all; delivered=DELIVRD; seen=READ",
        }

    def pids(self) -> list[int]:
        """Return its processes."""
        return [self._process.pid]

    def count(self) -> int:
        """Return how many it took since it was started."""
        try:
            return self._counter.stat().st_size // _COUNT
        except FileNotFoundError:
            return 0

    def last_at(self) -> float:
        """Return when it took the last one, in seconds since 1970."""
        return self._counter.stat().st_mtime

    def taken(self, since: int = 0) -> Taken:
        """Return what a recording one got, after so many."""
        references, addresses = set(), set()
        line: dict[str, Any] = {}
        with self._kept.open(encoding="utf-8") as requests:
            for each in itertools.islice(requests, since, None):
                line = json.loads(each)
                said = json.loads(line["body"])
                references.add(said["ref"])
                addresses.add(said["to"])
        return Taken(
            self.count() - since, len(references), len(addresses), _request(line["body"], line["length"]), said["ref"]
        )


def _request(body: str, length: int) -> bytes:
    """Return a request of so many bytes with this body: its head is as long as ours was."""
    said = body.encode()
    head = f"POST /texts HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(said)}\r\nUser-Agent: "
    rest = b"\r\n\r\n" + said
    return head.encode() + b"x" * (length - len(head) - len(rest)) + rest


class SmppSink:
    """A server of the npm package smpp, in Node: slower than what sends to it, so that its own share is shown."""

    what: ClassVar[str] = "npm smpp"
    raw: ClassVar[str] = "smpp"
    every: ClassVar[float] = 0.004

    def __init__(self, folder: Path, *, recording: bool = False, everywhere: bool = False) -> None:
        del everywhere  # it listens everywhere as it is
        self.port = free_port()
        self._counter = (MEMORY if MEMORY.is_dir() else folder) / f"hueandcry-sink-{os.getpid()}-{self.port}"
        self._kept = folder / f"texts-{self.port}"
        packages = settings.BASE_DIR / "node_modules"
        if not (packages / "smpp").is_dir():
            raise SendingError("The npm package smpp is not on this machine: type `make setup`.")
        script = Path(__file__).with_name("smpp_sink.js")
        self._process = Watched(
            "sink",
            [
                find("node", "nodejs"), str(script), str(self.port), str(self._counter),
                *([str(self._kept)] if recording else []),
            ],
            clean_environment(NODE_PATH=str(packages)),
            folder / "sink.log",
        )  # fmt: skip

    def start(self) -> None:
        """Start it, and wait until it listens."""
        _begin(self._process, self.port)

    def stop(self) -> None:
        """Stop it."""
        self._process.stop()
        self._counter.unlink(missing_ok=True)
        self._kept.unlink(missing_ok=True)

    def environment(self, host: str = HOST, port: int = 0) -> dict[str, str]:
        """Return the settings by which our workers reach it, straight or by another way."""
        return {
            "GATEWAY_SMS": "hueandcry.gateways.sms.smpp.SmppText",
            "SMPP_HOST": host,
            "SMPP_PORT": str(port or self.port),
            "SMPP_TLS": "none",
            "SMPP_USER": "bench",
            "SMPP_PASSWORD": "bench",
            "SMPP_SENDER": "Bench",
        }

    def pids(self) -> list[int]:
        """Return its processes."""
        return [self._process.pid]

    def count(self) -> int:
        """Return how many it took since it was started."""
        return int(self._said()[0])

    def last_at(self) -> float:
        """Return when it took the last one, in seconds since 1970."""
        return self._said()[1] / 1000

    def tell(self) -> None:
        """Let it send its receipts now."""
        os.kill(self._process.pid, signal.SIGUSR2)

    def taken(self, since: int = 0) -> Taken:
        """Return what a recording one got, after so many."""
        time.sleep(0.1)  # it writes a few milliseconds later
        rows = [json.loads(line) for line in self._kept.read_text(encoding="ascii").splitlines()[since:]]
        addresses = {row[1] for row in rows}
        # A text by SMPP carries no reference of ours; each member has a number of their own.
        return Taken(self.count() - since, len(addresses), len(addresses), bytes.fromhex(rows[0][2]), rows[0][1])

    def _said(self) -> tuple[float, float]:
        words = self._counter.read_bytes().split() if self._counter.exists() else []
        return (float(words[0]), float(words[1])) if len(words) == 2 else (0, 0)  # noqa: PLR2004


def _begin(process: Watched, port: int) -> None:
    process.start()
    until(lambda: listens(port) or not process.alive, "the sink listens", every=0.02)
    if not process.alive:
        raise SendingError(f"The sink does not start: {process.last_words()}")


class SandboxSink:
    """Our own sandbox, for where no program of others is: its table is counted, and there is no raw client."""

    what: ClassVar[str] = "the sandbox"
    raw: ClassVar[str] = ""
    every: ClassVar[float] = 0.05
    port = 0

    def __init__(self, folder: Path, *, recording: bool = False, everywhere: bool = False) -> None:
        del folder, recording, everywhere
        self._began = 0

    def start(self) -> None:
        """Note what is in it already."""
        self._began = self.count()

    def stop(self) -> None:
        """Leave it as it is."""

    def environment(self, host: str = HOST, port: int = 0) -> dict[str, str]:  # noqa: ARG002
        """Return no settings: it is what is there without."""
        return {}

    def pids(self) -> list[int]:
        """Return nothing: it is in the worker and in the server."""
        return []

    def count(self) -> int:
        """Return how many it took since it was started."""
        return int(self._one("SELECT count(*) FROM gateways_sandboxmessage")[0]) - self._began

    def last_at(self) -> float:
        """Return when it took the last one, in seconds since 1970."""
        return float(self._one("SELECT extract(epoch FROM max(at)) FROM gateways_sandboxmessage")[0] or 0)

    def taken(self, since: int = 0) -> Taken:
        """Return what it got, after so many."""
        references, addresses = self._one(
            "SELECT count(DISTINCT reference), count(DISTINCT address) FROM (SELECT * FROM gateways_sandboxmessage "
            "ORDER BY id DESC LIMIT %s) AS taken",
            self.count() - since,
        )
        return Taken(self.count() - since, references, addresses, b"")

    def _one(self, sql: str, *params: int) -> tuple[Any, ...]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            row: tuple[Any, ...] = cursor.fetchone()
            return row


KINDS: dict[str, Callable[..., Sink]] = {
    "smtp": SmtpSink,
    "postfix": PostfixSink,
    "http": HttpSink,
    "smpp": SmppSink,
    "sandbox": SandboxSink,
}
