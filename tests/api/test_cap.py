"""The door for partners' warnings: a key opens it, an officer reads what came, and nothing goes out by it."""

import json

import pytest
from django.test import Client

from hueandcry.domain.alerts.models import Alert, PartnerWarning
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.organisations import actions
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.xml import MOST_BYTES
from tests import builders
from tests.domain.test_alert_warnings import document

pytestmark = pytest.mark.django_db
DOOR = "/api/v1/cap/"


def token(permission: Permission = Permission.WARNING_GIVE) -> str:
    return actions.make_key(
        organisation=builders.force(), name="Flood office", permissions=[permission], actor="system:test"
    )[1]


def handed_in(body: bytes, key: str) -> tuple[int, dict[str, object]]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    response = Client(enforce_csrf_checks=True).post(DOOR, body, content_type="application/cap+xml", headers=headers)
    return response.status_code, json.loads(response.content)


def test_a_program_with_a_key_hands_in_a_warning_once() -> None:
    key = token()

    first, answer = handed_in(document(), key)
    second, again = handed_in(document(), key)

    assert (first, second) == (201, 200)
    assert answer == again == {"ref": PartnerWarning.objects.get().ref, "state": "new"}
    assert not Alert.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE a [<!ENTITY a 'ha'>]><a>&a;</a>", "declares a document type"),
        (b"<a>" * 1000, "nested too deep"),
        (b" " * (MOST_BYTES + 1) + b"<a/>", "larger than 1 MB"),
        (b"<a>" + b"x" * 3_000_000, "larger than 1 MB"),
        (b"\xff\xfe\x00", "not well-formed"),
        (document(status="Exercise"), "marked Exercise"),
    ],
    ids=["nothing", "entities", "deep", "large", "larger than Django reads", "noise", "practice"],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(body: bytes, sentence: str) -> None:
    status, answer = handed_in(body, token())

    assert status == 422
    assert sentence in str(answer["detail"])
    assert not PartnerWarning.objects.exists()


def test_another_key_and_none_open_nothing() -> None:
    statuses = [handed_in(document(), key)[0] for key in ("", "wrong", token(Permission.COVERAGE_READ))]

    assert statuses == [401, 401, 401]
    assert not PartnerWarning.objects.exists()
