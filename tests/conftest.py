"""One throwaway PostgreSQL for the whole run, unless DATABASE_URL names a server."""

import os
import tempfile
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as examples

from hueandcry.kit import clock
from hueandcry.kit.postgres import Server

clock.TRAVELS.append(time_machine.escape_hatch.is_travelling)
SERVER = pytest.StashKey[Server]()
# How long an example takes says how busy the machine is. All else stays as it is where the tests run (CI: the same
# examples each time).
examples.register_profile("house", examples(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("house")
# Plain files: tests need no `collectstatic` after each change of a stylesheet.
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"


def pytest_configure(config: pytest.Config) -> None:
    """Start the server in the controller; the workers of xdist find it in their environment."""
    needs_none = config.option.markexpr == "not django_db"  # make quick
    if settings.DATABASE_URL or needs_none or hasattr(config, "workerinput"):
        return
    # Root's server runs as another user, who must be able to walk to it: hence /tmp and a folder open to all.
    folder = Path(tempfile.mkdtemp(prefix="hc-", dir="/tmp"))
    folder.chmod(0o755)
    server = config.stash[SERVER] = Server(folder, throwaway=True)
    server.start()
    # Subprocesses and the workers read the environment; this process has read it already.
    os.environ["DATABASE_URL"] = settings.DATABASE_URL = server.address  # noqa: TID251
    settings.DATABASES["default"]["HOST"] = str(server.socket)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the server and everything that it left."""
    if SERVER in config.stash:
        config.stash[SERVER].throw_away()


@pytest.fixture(autouse=True)
def nothing_known_of_providers() -> None:
    """Let no test begin with what another's worker or web process knew of the providers a second ago."""
    from hueandcry.domain.messaging.actions import hooks, routing  # Django is not up when this file is read

    routing.forget()
    hooks.forget()


@pytest.fixture(autouse=True)
def numbers_begin_again() -> None:
    """Let every test give its people the same numbers, whatever ran before it."""
    from tests import builders  # Django is not up when this file is read

    builders.begin_again()
