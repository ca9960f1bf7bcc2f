"""The embedded PostgreSQL: binaries from a wheel, our own launcher (ADR 2)."""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

USER = "hueandcry"
DATABASE = "hueandcry"


def socket_folder(var: Path) -> Path:
    """Return the folder of the server's socket, without making it."""
    tag = hashlib.sha256(str(var).encode()).hexdigest()[:10]
    if os.geteuid() == 0:
        return Path("/var/tmp") / f"hueandcry-{tag}" / "s"
    folder = var / "s"
    return folder if len(str(folder)) <= 80 else Path(tempfile.gettempdir()) / f"hueandcry-{os.getuid()}-{tag}"


def kept_secret(var: Path) -> str:
    """Return the secret kept in var/, made on the first call."""
    file = var / "secret"
    if not file.exists():
        var.mkdir(parents=True, exist_ok=True)
        file.write_text(secrets.token_urlsafe(50))
        file.chmod(0o600)
    return file.read_text()
