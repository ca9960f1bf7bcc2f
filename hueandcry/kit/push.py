"""Where notifications may be posted: the services of the makers of browsers, and no other address. Pure."""

from urllib.parse import urlsplit

LONGEST_ENDPOINT = 1000
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def is_push_service(endpoint: str, *, hosts: str) -> bool:
    """Say whether a browser may give this address: encrypted, at a host that is named, with nothing odd about it.

    `hosts` are names with spaces between; `*.push.apple.com` means every name that ends so. A browser's word is a
    stranger's: without this list it could have us make requests to any machine in our own network.
    """
    if not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint or len(endpoint) > LONGEST_ENDPOINT:
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or "\\" in endpoint or not parts.path.strip("/"):
        return False
    # A machine's own name, for tests and trials, only where somebody wrote it down.
    here = parts.scheme == "http" and host in THIS_MACHINE
    if not here and (parts.scheme != "https" or port not in {None, 443}):
        return False
    return any(_is(host, name) for name in hosts.lower().split())


def _is(host: str, name: str) -> bool:
    return host.endswith(name[1:]) and len(host) > len(name[1:]) if name.startswith("*.") else host == name
