"""A log names nobody."""

import logging
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client
from django.utils.module_loading import import_string

from hueandcry.domain.organisations.models import Officer
from hueandcry.kit.logs import discreet
from tests import builders


@pytest.mark.parametrize(
    "text",
    [
        "Key (channel, address)=(sms, +447700900111) already exists.",
        "sent to 07700 900111, then to 00447700900111",
        "020 7946 0000 is engaged; so is +44 20 7946 0000",
        "Key (email)=(robin.wold@example.org) already exists.",
        "Method Not Allowed (GET): /my/k3y-that_opens0000a-page/pause/",
    ],
)
def test_nothing_that_points_at_a_person_is_written(text: str) -> None:
    written = discreet(text)

    assert not any(part in written for part in ("7700", "7946", "wold", "k3y"))
    assert "(" in written


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 06:40:12,345 WARNING hueandcry.domain.messaging No gateway for now.",
        "dispatch K7M2PQ9XW4 waits for 12000 rows; job 440012345 took 0.0712345678 s",
        "Not Found: /my/",
    ],
)
def test_all_else_is_written_as_it_is(text: str) -> None:
    assert discreet(text) == text


@pytest.mark.django_db
def test_the_log_of_the_site_holds_no_link_to_a_page_and_no_address(caplog: pytest.LogCaptureFixture) -> None:
    given: Any = settings.LOGGING["formatters"]
    line = import_string(given["line"]["class"])(given["line"]["format"])
    member = builders.member()
    builders.officer(email="wold@example.org")

    with caplog.at_level(logging.WARNING):
        Client().get(f"/my/{member.page_token}/pause/")
        try:
            Officer.objects.create(email="WOLD@example.org", organisation=builders.force())
        except IntegrityError:
            logging.getLogger("hueandcry").exception("It failed.")

    written = "\n".join(line.format(record) for record in caplog.records)
    assert "Method Not Allowed" in written
    assert "It failed." in written
    assert "organisations_officer_email" in written
    assert member.page_token not in written
    assert "example.org" not in written.lower()
