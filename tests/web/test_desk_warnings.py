"""Partners' warnings on the desk: read, begun, put aside, taken in from a file; and who may not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hueandcry.domain.alerts.actions import warnings as actions
from hueandcry.domain.alerts.models import Alert
from hueandcry.kit.xml import MOST_BYTES
from tests import builders, cast
from tests.domain.test_alert_warnings import KEY, document
from tests.web.desk import signed_in

pytestmark = pytest.mark.django_db
LIST = "/desk/warnings/"


def given(*bodies: bytes) -> list[str]:
    return [actions.take_in(organisation_id=builders.force().pk, body=body, actor=KEY).ref for body in bodies]


def upload(client: Client, body: bytes) -> str:
    file = SimpleUploadedFile("flood.xml", body, content_type="application/xml")
    return client.post(LIST, {"file": file}, follow=True).content.decode()


def test_an_officer_reads_a_warning_and_begins_a_draft() -> None:
    (ref,) = given(document(what="&lt;script&gt;alert(1)&lt;/script&gt; rising"))
    client = signed_in(cast.amos())

    shown = client.get(LIST).content.decode()
    today = client.get("/desk/").content.decode()
    begun = client.post(f"{LIST}{ref}/begin/")

    assert "The Kelp is rising" in shown
    assert "&lt;script&gt;" in shown
    assert "Begin a draft" in shown
    assert "1 warning" in today
    assert begun["Location"] == f"/desk/alerts/{Alert.objects.get().ref}/"
    assert Alert.objects.get().ref in client.get(LIST).content.decode()
    assert "1 warning" not in client.get("/desk/").content.decode()


def test_a_change_after_a_draft_is_said_on_the_list_and_on_today() -> None:
    (ref,) = given(document())
    client = signed_in(cast.amos())
    client.post(f"{LIST}{ref}/begin/")

    given(document(2, "Cancel", 1))

    assert "Its sender has called it off." in client.get(LIST).content.decode()
    assert "1 warning" in client.get("/desk/").content.decode()


def test_putting_aside_takes_the_buttons_away_and_a_late_press_is_told() -> None:
    (ref,) = given(document())
    client = signed_in(cast.amos())

    client.post(f"{LIST}{ref}/aside/")
    client.post(f"{LIST}{ref}/aside/")
    late = client.post(f"{LIST}{ref}/begin/", follow=True).content.decode()

    assert "Nothing is begun with it any more" in late
    assert "Begin a draft<" not in late
    (newer, *_) = given(document(2), document(3, "Update", 2))
    assert "A newer one came" in client.post(f"{LIST}{newer}/aside/", follow=True).content.decode()


def test_a_file_is_taken_in_or_refused_with_a_sentence() -> None:
    builders.force()
    client = signed_in(cast.amos())

    assert "It is in the list." in upload(client, document())
    assert "It was in the list already." in upload(client, document())
    assert "not well-formed" in upload(client, b"<alert")
    assert "larger than 1 MB" in upload(client, document() + b" " * MOST_BYTES)
    assert "Choose the file." in client.post(LIST, {}).content.decode()


def test_a_stranger_reads_and_begins_nothing() -> None:
    (ref,) = given(document())
    grey = signed_in(cast.grey())

    assert grey.get(LIST).status_code == 403
    assert grey.post(f"{LIST}{ref}/begin/").status_code == 403
    assert grey.post(f"{LIST}{ref}/aside/").status_code == 403
    assert Client().get(LIST).status_code == 302
    assert not Alert.objects.exists()
