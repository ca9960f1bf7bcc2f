"""GOV.UK Notify, against a far side made from its documentation; Notify's own client reads and asks as ours does."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from notifications_python_client.authentication import decode_jwt_token, get_token_issuer
from notifications_python_client.notifications import NotificationsAPIClient

from hueandcry.gateways.contract import (
    Fate,
    ForgedError,
    GatewayError,
    Handover,
    Heard,
    Outgoing,
    Told,
    UnreadableError,
)
from hueandcry.gateways.email.notify import NotifyMail
from hueandcry.gateways.http import Pump, Terms
from hueandcry.gateways.notify import Notify, NotSendableError, Service, token
from hueandcry.gateways.post.notify import NotifyLetter, address_lines
from hueandcry.gateways.sms.notify import LONGEST, NotifyText, with_country
from hueandcry.kit.finding import NotHereError
from tests.gateways.peers.notify import KEY, SECRET, SERVICE, TEMPLATES, FarNotify, far_notify, wrong
from tests.gateways.peers.provider import Asked, Provider, Reply, always, provider

SAMPLES = Path(__file__).parent / "samples" / "notify"
# For a far side that answers, however late it gets its turn; and for one that never does.
PATIENT = Terms(lines=4, connect=30, answer=30, batch=60)
HASTY = Terms(lines=4, connect=30, answer=1.5, batch=60)
KINDS: dict[str, type[Notify]] = {"sms": NotifyText, "email": NotifyMail, "letter": NotifyLetter}
TO = {"sms": "+447700900123", "email": "amala@example.org", "letter": "Amala Bird, 1 Made Up Lane, QQ1 1AA"}


def samples(name: str) -> list[dict[str, Any]]:
    """Return what stands in a file of samples."""
    rows: list[dict[str, Any]] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def outgoing(kind: str = "sms", **words: Any) -> Outgoing:
    """Return a message of this kind."""
    return Outgoing(**{
        "reference": "K7M2PQXXXX-1", "address": TO[kind], "body": "White van seen.", "subject": "Suspect vehicle",
        **words,
    })  # fmt: skip


@pytest.fixture
def far(settings: Any) -> Iterator[tuple[FarNotify, Provider]]:
    with far_notify(settings) as running:
        yield running


def gateway(kind: str = "sms") -> Notify:
    """Return a gateway as set, that does not wait long."""
    return KINDS[kind](pump=Pump(PATIENT))


def said_by(reply: Reply, message: Outgoing | None = None, kind: str = "sms") -> Handover:
    """Return what a gateway makes of one answer to everything."""
    with provider(always(reply)) as kept:
        made = KINDS[kind](Service(kept.address, KEY, TEMPLATES[kind]), Pump(PATIENT))
        (said,) = made.send([message or outgoing(kind)])
        made.close()
    return said


# ---------------------------------------------------------------- as Notify's own client does it


def test_notifys_own_client_reads_our_token() -> None:
    made = token(KEY, dt.datetime.now(dt.UTC).timestamp())  # noqa: TID251 - the client reads the machine's clock

    assert decode_jwt_token(made, SECRET)
    assert get_token_issuer(made) == SERVICE


def test_a_token_is_made_anew_before_notify_finds_it_too_old(far: tuple[FarNotify, Provider]) -> None:
    made = gateway()
    with time_machine.travel("2026-11-22T09:00:00Z", tick=False) as traveller:
        first = list(made.send([outgoing()]))
        traveller.shift(31)
        second = list(made.send([outgoing(reference="K7M2PQXXXX-2")]))

    assert [said.fate for said in (*first, *second)] == [Fate.ACCEPTED, Fate.ACCEPTED]
    bearers = [asked.headers["authorization"] for asked in far[1].asked]
    assert len(set(bearers)) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_we_ask_what_notifys_own_client_asks(kind: str, far: tuple[FarNotify, Provider]) -> None:
    client = NotificationsAPIClient(KEY, base_url=far[1].address)
    words = {"subject": "Suspect vehicle", "body": "White van seen."}
    stop = "https://rural.example.org/my/abc/stop/"
    match kind:
        case "sms":
            client.send_sms_notification(TO[kind], TEMPLATES[kind], {"body": words["body"]}, "K7M2PQXXXX-1")
        case "email":
            client.send_email_notification(
                TO[kind], TEMPLATES[kind], words, "K7M2PQXXXX-1", one_click_unsubscribe_url=stop
            )
        case _:
            lines = {"address_line_1": "Amala Bird", "address_line_2": "1 Made Up Lane", "address_line_3": "QQ1 1AA"}
            client.send_letter_notification(TEMPLATES[kind], lines | words, "K7M2PQXXXX-1")

    list(gateway(kind).send([outgoing(kind, headers=(("List-Unsubscribe", f"<{stop}>"),))]))

    theirs, ours = far[1].asked
    assert (ours.method, ours.path, ours.json) == (theirs.method, theirs.path, theirs.json)
    assert ours.headers["content-type"] == theirs.headers["content-type"]


def test_we_ask_by_reference_as_notifys_own_client_does(far: tuple[FarNotify, Provider]) -> None:
    NotificationsAPIClient(KEY, base_url=far[1].address).get_all_notifications(
        template_type="sms", reference="K7M2PQXXXX-1"
    )

    list(gateway().send([outgoing(before=True)]))

    assert (far[1].asked[0].path, far[1].asked[0].query) == (far[1].asked[1].path, far[1].asked[1].query)


# ---------------------------------------------------------------- what was perhaps sent


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_taken_without_an_answer_is_found_and_not_sent_again(
    kind: str, far: tuple[FarNotify, Provider]
) -> None:
    far[0].silent_about.add("K7M2PQXXXX-1")
    made = gateway(kind)

    (first,) = made.send([outgoing(kind)])
    (second,) = made.send([outgoing(kind, before=True)])

    assert (first.try_again, first.perhaps) == (True, True)
    assert (second.fate, second.provider_ref) == (Fate.ACCEPTED, "K7M2PQXXXX-1")
    assert len(far[0].taken) == 1


def test_what_never_arrived_is_sent_once_it_is_asked_for(far: tuple[FarNotify, Provider]) -> None:
    (said,) = gateway().send([outgoing(before=True)])

    assert said.fate == Fate.ACCEPTED
    assert [asked.method for asked in far[1].asked] == ["GET", "POST"]
    assert len(far[0].taken) == 1


def test_a_message_of_somebody_elses_with_the_same_page_is_not_ours(far: tuple[FarNotify, Provider]) -> None:
    list(gateway().send([outgoing(reference="K7M2PQXXXX-10")]))

    (said,) = gateway().send([outgoing(reference="K7M2PQXXXX-1", before=True)])

    assert said.fate == Fate.ACCEPTED
    assert len(far[0].taken) == 2


@pytest.mark.parametrize(
    "reply",
    [Reply(500, {}), Reply(200, b"<html>"), Reply(200, {"notifications": "none"}), Reply(0, cut=True), Reply(302)],
)
def test_while_notify_cannot_be_asked_nothing_is_sent_again(reply: Reply) -> None:
    asked: list[Asked] = []

    def answer(one: Asked) -> Reply:
        asked.append(one)
        return reply

    with provider(answer) as kept:
        made = NotifyText(Service(kept.address, KEY, TEMPLATES["sms"]), Pump(PATIENT))
        (said,) = made.send([outgoing(before=True)])

    assert (said.try_again, said.perhaps) == (True, True)
    assert {one.method for one in asked} == {"GET"}


# ---------------------------------------------------------------- what it says of a message


@time_machine.travel("2026-11-22T09:00:00Z", tick=False)
@pytest.mark.parametrize("row", samples("errors"), ids=lambda row: row["message"][:40])
def test_each_error_of_the_documentation_means_what_it_says(row: dict[str, Any]) -> None:
    said = said_by(wrong(row["status"], row["error"], row["message"]))

    assert (said.fate, said.try_again, said.wait_s) == (row["fate"], row["again"], row.get("wait"))
    assert not said.perhaps


def test_no_address_in_notifys_words_is_passed_on() -> None:
    said = said_by(wrong(400, "BadRequestError", "Can't send to +44 7700 900123 or amala@example.org in trial mode"))

    assert "trial mode" in said.detail
    assert "900123" not in said.detail
    assert "amala" not in said.detail


def test_while_notify_hangs_a_text_is_perhaps_sent() -> None:
    with provider(always(Reply(201, {"id": "1"}, hangs_s=60))) as kept:
        (said,) = NotifyText(Service(kept.address, KEY, TEMPLATES["sms"]), Pump(HASTY)).send([outgoing()])

    assert (said.try_again, said.perhaps) == (True, True)


@pytest.mark.parametrize("reply", [
    Reply(201, b"<html>hotel wifi"), Reply(201, {"id": None}), Reply(200, {"id": "1"}), Reply(201, b"x" * 200_000),
])  # fmt: skip
def test_a_yes_that_is_not_notifys_leaves_it_perhaps_sent(reply: Reply) -> None:
    said = said_by(reply)

    assert (said.try_again, said.perhaps, said.provider_ref) == (True, True, "")


@pytest.mark.parametrize(("status", "error"), [(401, "AuthError"), (403, "AuthError"), (403, "BadRequestError")])
def test_a_key_that_is_not_known_stops_all_and_counts_nothing_as_sent(status: int, error: str) -> None:
    with provider(always(wrong(status, error, "Invalid token: API key not found"))) as kept:
        made = NotifyText(Service(kept.address, KEY, TEMPLATES["sms"]), Pump(PATIENT))
        said: list[Handover] = []
        with pytest.raises(GatewayError, match="API key not found") as refusal:
            said.extend(made.send([outgoing(reference=f"A-{number}") for number in range(6)]))

    assert refusal.value.lasting
    assert said == []


def test_a_key_that_is_not_known_stops_the_asking_too() -> None:
    with provider(always(wrong(403, "AuthError", "Invalid token"))) as kept:
        made = NotifyText(Service(kept.address, KEY, TEMPLATES["sms"]), Pump(PATIENT))

        with pytest.raises(GatewayError):
            list(made.send([outgoing(before=True)]))

    assert [asked.method for asked in kept.asked] == ["GET"]


def test_a_text_longer_than_notify_takes_is_not_sent(far: tuple[FarNotify, Provider]) -> None:
    (said,) = gateway().send([outgoing(body="x" * (LONGEST + 1))])

    assert (said.fate, said.try_again) == (Fate.FAILED, False)
    assert far[1].asked == []


def test_an_address_to_stop_that_is_not_secret_is_left_out(far: tuple[FarNotify, Provider]) -> None:
    list(gateway("email").send([outgoing("email", headers=(("List-Unsubscribe", "<http://localhost/stop/>"),))]))

    assert "one_click_unsubscribe_url" not in far[1].asked[0].json


def test_the_senders_that_are_set_are_named(settings: Any, far: tuple[FarNotify, Provider]) -> None:
    one = str(uuid.uuid4())
    settings.NOTIFY_TEXT_SENDER = settings.NOTIFY_MAIL_REPLY_TO = one

    for kind in ("sms", "email"):
        list(gateway(kind).send([outgoing(kind)]))

    assert [asked.json.get("sms_sender_id", asked.json.get("email_reply_to_id")) for asked in far[1].asked] == [one] * 2


@pytest.mark.parametrize("address", [
    "Amala Bird\n1 Made Up Lane\nQQ1 1AA",
    "  Amala  Bird ,1 Made Up Lane,, qq11aa ",
    "a\nb\nc\nd\ne\nf\nQQ1 1AA",
])  # fmt: skip
def test_a_postal_address_is_read_line_by_line(address: str) -> None:
    lines = address_lines(address)

    assert 3 <= len(lines) <= 7
    assert lines[-1] == "QQ1 1AA"
    assert "" not in lines


@pytest.mark.parametrize(("address", "words"), [
    ("1 Made Up Lane\nQQ1 1AA", "3 to 7 lines"),
    ("a\nb\nc\nd\ne\nf\ng\nQQ1 1AA", "3 to 7 lines"),
    ("Amala Bird\n1 Made Up Lane\nMade Up Town", "its postcode"),
    ("***\n1 Made Up Lane\nQQ1 1AA", "who and where"),
    ("Amala Bird\n(at the back)\nQQ1 1AA", "printer refuses"),
    ("Amala Bird\nNo fixed abode\nQQ1 1AA", "nowhere"),
    ("", "3 to 7 lines"),
])  # fmt: skip
def test_what_is_no_postal_address_is_said(address: str, words: str) -> None:
    with pytest.raises(NotSendableError, match=words) as refusal:
        address_lines(address)

    assert refusal.value.fate == Fate.BOUNCED


# ---------------------------------------------------------------- what comes back


@pytest.mark.parametrize("row", samples("statuses"), ids=lambda row: f"{row['type']}-{row['status']}")
def test_each_status_of_the_documentation_is_one_of_our_fates(row: dict[str, Any]) -> None:
    made = KINDS[row["type"]](Service("", KEY, TEMPLATES[row["type"]]))

    receipt = made.receipt({
        "id": "740e5834-3a29-46b4-9a6f-16142fde533a", "reference": "K7M2PQXXXX-1", "status": row["status"],
        "to": "07700900123", "completed_at": "2026-11-22T09:15:30.000000Z",
    })  # fmt: skip

    assert receipt is not None
    assert (receipt.gateway, receipt.provider_ref, receipt.fate) == (made.name, "K7M2PQXXXX-1", row["fate"])
    assert receipt.at == dt.datetime(2026, 11, 22, 9, 15, 30, tzinfo=dt.UTC)
    assert "900123" not in receipt.raw


@pytest.mark.parametrize("item", [
    {}, {"reference": None, "status": "delivered"}, {"reference": "K-1"}, {"reference": 7, "status": "delivered"},
    {"reference": "K-1", "status": []},
])  # fmt: skip
def test_what_names_no_message_of_ours_is_no_receipt(item: dict[str, Any]) -> None:
    assert gateway_without_far_side().receipt(item) is None


def gateway_without_far_side() -> NotifyText:
    """Return a gateway that asks nobody."""
    return NotifyText(Service("", KEY, TEMPLATES["sms"]))


def test_without_a_callback_receipts_are_asked_for_and_told_once(far: tuple[FarNotify, Provider]) -> None:
    made = gateway()
    list(made.send([outgoing(reference=f"K7M2PQXXXX-{number}") for number in range(3)]))
    far[0].taken[0]["status"] = "delivered"
    far[0].taken[1]["status"] = "permanent-failure"
    list(gateway("email").send([outgoing("email")]))
    far[0].taken[0]["status"] = "delivered"

    receipts, came = made.collect()
    rest = made.collect()

    assert sorted(receipt.fate for receipt in receipts) == [Fate.BOUNCED, Fate.DELIVERED]
    assert not came
    assert rest == ((), ())


def test_what_was_told_is_told_again_only_when_it_has_changed(far: tuple[FarNotify, Provider]) -> None:
    made = gateway()
    list(made.send([outgoing(reference=f"K7M2PQXXXX-{number}") for number in range(2)]))
    far[0].taken[0]["status"] = far[0].taken[1]["status"] = "temporary-failure"
    first = made.collect()[0]

    far[0].taken[0]["status"] = "delivered"
    made.collect()
    made._asked_at = 0.0
    second, rest = made.collect()[0], made.collect()

    assert len(first) == 2
    assert [receipt.fate for receipt in second] == [Fate.DELIVERED]
    assert rest == ((), ())


def test_no_more_is_remembered_than_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hueandcry.gateways.notify.REMEMBERED", 2)
    made = gateway_without_far_side()

    new = [made._is_new(one, "delivered") for one in ("a", "b", "c", "c", "a")]

    assert new == [True, True, True, False, True]


def test_of_a_list_without_end_so_much_is_read(
    far: tuple[FarNotify, Provider], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hueandcry.gateways.notify.PAGES", 2)
    far[0].taken = [
        {"id": str(uuid.uuid4()), "reference": f"K-{number}", "type": "sms", "status": "delivered"}
        for number in range(600)
    ]
    made = gateway()

    told = 0
    while (some := made.collect()) != ((), ()):
        told += len(some[0])

    assert told == 500
    assert "more that ended" in caplog.text


def test_page_after_page_is_read(far: tuple[FarNotify, Provider]) -> None:
    far[0].taken = [
        {"id": str(uuid.uuid4()), "reference": f"K-{number}", "type": "sms", "status": "delivered"}
        for number in range(600)
    ]
    made = gateway()

    told: list[str] = []
    while (some := made.collect()) != ((), ()):
        told += [receipt.provider_ref for receipt in some[0]]

    assert len(told) == len(set(told)) == 600


def test_what_people_text_is_asked_for_and_told_once(far: tuple[FarNotify, Provider]) -> None:
    far[0].came = [
        {"id": "b5f8b9f2", "user_number": "447700900111", "content": "White van", "created_at": "2026-11-22T09:00:00Z"},
        {"id": "b5f8b9f3", "user_number": "Doctor", "content": "Your appointment", "created_at": "nonsense"},
        {"id": None, "user_number": "447700900112", "content": "no name"},
        {"id": "b5f8b9f4", "user_number": "447700900112"},
    ]
    made = gateway()

    _, came = made.collect()
    rest = made.collect()

    assert [(one.gateway, one.channel, one.provider_ref, one.sender, one.body) for one in came] == [
        ("notify-text", "sms", "b5f8b9f2", "+447700900111", "White van"),
        ("notify-text", "sms", "b5f8b9f3", "Doctor", "Your appointment"),
    ]
    assert rest == ((), ())


@pytest.mark.parametrize(("number", "kept"), [
    ("447700900123", "+447700900123"), ("+447700900123", "+447700900123"), ("07700900123", "07700900123"),
    ("78070", "78070"), ("NHS", "NHS"),
])  # fmt: skip
def test_a_number_is_kept_with_its_country(number: str, kept: str) -> None:
    assert with_country(number) == kept


def test_with_a_callback_only_letters_are_asked_for(settings: Any, far: tuple[FarNotify, Provider]) -> None:
    settings.NOTIFY_CALLBACK_TOKEN = "agreed with Notify"
    list(gateway("letter").send([outgoing("letter")]))
    far[0].taken[0]["status"] = "permanent-failure"
    far[1].asked.clear()

    assert gateway("sms").collect() == gateway("email").collect() == ((), ())
    assert far[1].asked == []
    assert [receipt.fate for receipt in gateway("letter").collect()[0]] == [Fate.FAILED]


# ---------------------------------------------------------------- Notify calls us


AGREED = "agreed with Notify in person"


def called(what: str, said: object, bearer: str = f"Bearer {AGREED}", kind: str = "sms") -> Heard:
    """Return what a gateway hears in a call."""
    made = KINDS[kind](Service("", KEY, TEMPLATES[kind], callback=AGREED))
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return made.hears(Told(what, "", {"authorization": bearer}, body), lambda _: None)


def receipt_of_notify(**words: Any) -> dict[str, Any]:
    """Return a delivery receipt with every key that the documentation names."""
    return {
        "id": "740e5834-3a29-46b4-9a6f-16142fde533a", "reference": "K7M2PQXXXX-1", "to": "07700900123",
        "status": "delivered", "created_at": "2026-11-22T09:00:00.000000Z",
        "completed_at": "2026-11-22T09:00:09.000000Z", "sent_at": "2026-11-22T09:00:01.000000Z",
        "notification_type": "sms", "template_id": TEMPLATES["sms"], "template_version": 1, **words,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["sms", "email"])
def test_one_callback_hears_of_texts_and_of_mails(kind: str) -> None:
    (text,) = called("status", receipt_of_notify(), kind=kind).receipts
    (mail,) = called("status", receipt_of_notify(notification_type="email", to="a@example.org"), kind=kind).receipts

    assert [(text.gateway, text.provider_ref, text.fate), mail.gateway] == [
        ("notify-text", "K7M2PQXXXX-1", Fate.DELIVERED), "notify-mail",
    ]  # fmt: skip


def test_a_receipt_for_a_message_that_somebody_sent_by_hand_is_nobodys() -> None:
    assert called("status", receipt_of_notify(reference=None)).receipts == []


def test_a_text_is_heard() -> None:
    (came,) = called("text", {
        "id": "b5f8b9f2-3a29-46b4-9a6f-16142fde533a", "source_number": "447700900111",
        "destination_number": "07700900999", "message": "White van", "date_received": "2026-11-22T09:00:00.000000Z",
    }).incoming  # fmt: skip

    assert (came.sender, came.body, came.channel) == ("+447700900111", "White van", "sms")
    assert came.received_at == dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


def test_a_text_without_a_sender_is_nonsense() -> None:
    with pytest.raises(UnreadableError):
        called("text", {"id": "7", "message": "White van"})


@pytest.mark.parametrize("what", ["status", "text"])
@pytest.mark.parametrize("bearer", ["", "Bearer ", f"Bearer {AGREED}x", f"bearer {AGREED}", "Bearer \xff", "Basic abc"])
def test_who_does_not_show_the_token_is_not_believed(what: str, bearer: str) -> None:
    with pytest.raises(ForgedError):
        called(what, receipt_of_notify(), bearer)


def test_without_an_agreed_token_nobody_is_believed() -> None:
    made = NotifyText(Service("", KEY, TEMPLATES["sms"]))

    with pytest.raises(ForgedError):
        made.hears(Told("status", "", {"authorization": "Bearer "}, b"{}"), lambda _: None)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"[" * 100_000])
@pytest.mark.parametrize("what", ["status", "text"])
def test_nonsense_with_the_right_token_is_said_to_be_nonsense(what: str, body: bytes) -> None:
    with pytest.raises(UnreadableError):
        called(what, body)


@pytest.mark.parametrize(("kind", "what"), [("sms", "call"), ("email", "text"), ("sms", "")])
def test_there_is_no_other_address(kind: str, what: str) -> None:
    with pytest.raises(NotHereError):
        called(what, receipt_of_notify(), kind=kind)


def test_a_list_that_cannot_be_read_is_said_and_read_anew_later() -> None:
    with provider(always(Reply(200, b"{"))) as kept:
        made = NotifyText(Service(kept.address, KEY, TEMPLATES["sms"]), Pump(PATIENT))

        with pytest.raises(GatewayError, match="cannot be read"):
            made.collect()

        assert made.collect() == ((), ())


# ---------------------------------------------------------------- settings and doctor


def test_a_key_is_never_sent_in_clear() -> None:
    made = NotifyText(Service("http://api.example.org", KEY, TEMPLATES["sms"]))

    assert "https://" in made.check()
    with pytest.raises(GatewayError, match="https://"):
        list(made.send([outgoing()]))


@pytest.mark.parametrize(("key", "template", "sender", "words"), [
    ("", TEMPLATES["sms"], "", "copy it whole"),
    (f"{SERVICE}-{SECRET}", TEMPLATES["sms"], "", "copy it whole"),
    (KEY, "", "", "NOTIFY_TEXT_TEMPLATE"),
    (KEY, "White van", "", "NOTIFY_TEXT_TEMPLATE"),
    (KEY, TEMPLATES["sms"], "DoggPolice", "NOTIFY_TEXT_SENDER"),
])  # fmt: skip
def test_what_is_wrong_with_the_settings_is_said(key: str, template: str, sender: str, words: str) -> None:
    made = NotifyText(Service("http://127.0.0.1:9", key, template, sender))

    assert words in made.check()
    with pytest.raises(GatewayError, match=words) as refusal:
        list(made.send([outgoing()]))
    assert refusal.value.lasting
    assert made.collect() == ((), ())


def test_the_key_is_not_shown() -> None:
    assert SECRET not in repr(Service("", KEY, "", callback="agreed"))
    assert "agreed" not in repr(Service("", KEY, "", callback="agreed"))


@pytest.mark.parametrize(("template", "words"), [
    ({"type": "sms", "body": "Hello ((name))"}, "lacks the placeholder"),
    ({"type": "email", "body": "((body))"}, "not for this"),
])  # fmt: skip
def test_a_template_that_would_not_do_is_said(
    template: dict[str, str], words: str, far: tuple[FarNotify, Provider]
) -> None:
    far[0].templates[TEMPLATES["sms"]] = template

    assert words in gateway().check()


@pytest.mark.parametrize("reply", [wrong(403, "AuthError", "Invalid token"), Reply(200, b"<html>"), Reply(0, cut=True)])
def test_a_check_says_what_notify_says(reply: Reply) -> None:
    with provider(always(reply)) as kept:
        assert NotifyText(Service(kept.address, KEY, TEMPLATES["sms"]), Pump(PATIENT)).check()
