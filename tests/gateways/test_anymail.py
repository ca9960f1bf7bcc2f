"""E-mail by a provider's API: anymail's own test provider, and Postmark and Mailgun as their documents have them."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

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
from hueandcry.gateways.email.anymail import Account, Anymail
from hueandcry.gateways.email.anymail_hooks import Listener, is_automatic
from hueandcry.gateways.email.mime import Identity
from hueandcry.kit.finding import NotHereError
from tests.gateways.peers.anymail import SECRET, FarMailgun, FarPostmark, far_mailgun, far_postmark
from tests.gateways.peers.provider import Provider, Reply, always, provider

SAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "samples" / "anymail" / "postmark.json").read_text(encoding="utf-8")
)
WE = Identity("alerts@police.example.org", "Doggerland Police")
STOP = (
    ("List-Unsubscribe", "<https://rural.example.org/my/{}/stop/>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)


def outgoing(number: int = 1, **words: Any) -> Outgoing:
    """Return a message to one member, with their own link in it."""
    return Outgoing(**{
        "reference": f"K7M2PQXXXX-{number}",
        "address": f"member{number}@example.org",
        "body": f"White van seen.\n\nYour page: https://rural.example.org/my/{number}/\n",
        "subject": "Suspect vehicle",
        "sender": "Doggerland Police, Rural",
        "headers": tuple((name, value.format(number)) for name, value in STOP),
        **words,
    })  # fmt: skip


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.MAIL_ANSWER_SECONDS, settings.MAIL_BATCH_SECONDS, settings.MAIL_CONNECTIONS = 30, 60, 4
    settings.MAIL_REPLY_TO = settings.MAIL_BOUNCES_TO = ""


@pytest.fixture
def postmark(settings: Any) -> Iterator[tuple[FarPostmark, Provider]]:
    with far_postmark(settings) as running:
        yield running


@pytest.fixture
def mailgun(settings: Any) -> Iterator[tuple[FarMailgun, Provider]]:
    with far_mailgun(settings) as running:
        yield running


def said_of(*messages: Outgoing) -> dict[str, Handover]:
    """Return what the gateway that is set says of each."""
    gateway = Anymail()
    try:
        return {said.reference: said for said in gateway.send(messages)}
    finally:
        gateway.close()


def said_by(address: str) -> Handover:
    """Return what the gateway makes of a provider at this address."""
    gateway = Anymail(Account("postmark", {"server_token": "t", "api_url": address, "webhook_secret": SECRET}), WE)
    try:
        (said,) = gateway.send([outgoing()])
    finally:
        gateway.close()
    return said


# ---------------------------------------------------------------- what goes out


def test_anymails_own_test_provider_gets_all_that_a_letter_is(settings: Any) -> None:
    settings.MAIL_REPLY_TO = "answers+{reference}@police.example.org"
    settings.MAIL_FROM, settings.MAIL_PROVIDER = "alerts@police.example.org", "test"
    mail.outbox = []

    said = said_of(outgoing())

    (letter,) = mail.outbox
    assert said["K7M2PQXXXX-1"] == Handover("K7M2PQXXXX-1", Fate.ACCEPTED, "K7M2PQXXXX-1")
    asked = vars(letter)["anymail_test_params"]
    assert str(asked["from"]) == '"Doggerland Police, Rural" <alerts@police.example.org>'
    assert [str(to) for to in asked["to"]] == ["member1@example.org"]
    assert [str(to) for to in asked["reply_to"]] == ["answers+K7M2PQXXXX-1@police.example.org"]
    assert (asked["subject"], asked["text_body"]) == ("Suspect vehicle", outgoing().body)
    assert asked["metadata"] == {"reference": "K7M2PQXXXX-1"}
    assert dict(asked["extra_headers"]) == {"Auto-Submitted": "auto-generated", **dict(outgoing().headers)}


def test_postmark_is_told_our_reference_and_not_to_watch(postmark: tuple[FarPostmark, Provider]) -> None:
    said_of(outgoing())

    (letter,) = postmark[0].letters
    headers = {header["Name"]: header["Value"] for header in letter["Headers"]}
    assert letter["Metadata"] == {"reference": "K7M2PQXXXX-1"}
    assert (letter["TrackOpens"], letter["TrackLinks"]) == (False, "None")
    assert headers["List-Unsubscribe"] == "<https://rural.example.org/my/1/stop/>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"


def test_what_is_sent_again_is_the_same_letter(postmark: tuple[FarPostmark, Provider]) -> None:
    said_of(outgoing())
    said_of(outgoing(before=True))

    ids = [
        {header["Name"]: header["Value"] for header in letter["Headers"]}["Message-ID"]
        for letter in postmark[0].letters
    ]
    assert ids == ["<K7M2PQXXXX-1@police.example.org>"] * 2


def test_with_a_template_many_letters_go_in_one_request(settings: Any) -> None:
    with far_postmark(settings, "&template=hue-and-cry") as (far, kept):
        said = said_of(*map(outgoing, range(5)), outgoing(7, address="member998@example.org"))

    assert [asked.path for asked in kept.asked] == ["/email/batchWithTemplates"]
    assert [said[f"K7M2PQXXXX-{number}"].fate for number in range(5)] == [Fate.ACCEPTED] * 5
    assert said["K7M2PQXXXX-7"].fate == Fate.BOUNCED
    assert [letter["TemplateModel"] for letter in far.letters] == [
        {"subject": "Suspect vehicle", "body": outgoing(number).body} for number in range(5)
    ]
    assert [letter["Metadata"]["reference"] for letter in far.letters] == [f"K7M2PQXXXX-{n}" for n in range(5)]
    assert {letter["To"]: next(h["Value"] for h in letter["Headers"] if h["Name"] == "List-Unsubscribe")
            for letter in far.letters} == {
        f"member{number}@example.org": f"<https://rural.example.org/my/{number}/stop/>" for number in range(5)
    }  # fmt: skip


def test_mailgun_fills_many_letters_in_from_one_request(mailgun: tuple[FarMailgun, Provider]) -> None:
    said = said_of(*map(outgoing, range(5)))

    far = mailgun[0]
    assert len(far.requests) == 1
    assert {one.provider_ref for one in said.values()} == {f"K7M2PQXXXX-{number}" for number in range(5)}
    for number in range(5):
        letter = far.letters[f"member{number}@example.org"]
        assert letter["text"] == outgoing(number).body
        assert letter["h:List-Unsubscribe"] == f"<https://rural.example.org/my/{number}/stop/>"
        assert letter["h:Message-Id"] == f"<K7M2PQXXXX-{number}@police.example.org>"
        assert letter["v:reference"] == f"K7M2PQXXXX-{number}"
        assert letter["o:tracking-opens"] == letter["o:tracking-clicks"] == "no"


def test_one_bad_address_does_not_hold_up_the_others_of_a_request(mailgun: tuple[FarMailgun, Provider]) -> None:
    said = said_of(outgoing(1), outgoing(2, address="member998@example.org"), outgoing(3))

    assert [said[f"K7M2PQXXXX-{number}"].fate for number in (1, 2, 3)] == [Fate.ACCEPTED, Fate.FAILED, Fate.ACCEPTED]
    assert set(mailgun[0].letters) == {"member1@example.org", "member3@example.org"}


def test_two_members_with_one_mailbox_each_get_theirs(mailgun: tuple[FarMailgun, Provider]) -> None:
    said = said_of(outgoing(1, address="farm@example.org"), outgoing(2, address="Farm@example.org"), outgoing(3))

    assert {one.fate for one in said.values()} == {Fate.ACCEPTED}
    assert [len(request["to"]) for request in mailgun[0].requests] in ([2, 1], [1, 2])


def test_what_is_no_address_or_no_header_is_not_sent(postmark: tuple[FarPostmark, Provider]) -> None:
    said = said_of(
        outgoing(1, address="nobody"),
        outgoing(2, subject="Suspect\nBcc: all@example.org"),
        outgoing(3, sender="Doggerland\r\nPolice"),
        outgoing(4, headers=(("X-Word", "one\ntwo"),)),
    )

    assert [said[f"K7M2PQXXXX-{number}"].fate for number in (1, 2, 3, 4)] == [
        Fate.BOUNCED, Fate.FAILED, Fate.FAILED, Fate.FAILED,
    ]  # fmt: skip
    assert postmark[1].asked == []


def test_a_name_with_other_letters_is_a_name(postmark: tuple[FarPostmark, Provider]) -> None:
    said_of(outgoing(sender='Heddlu "Dogger" Ŵyl'))

    assert postmark[0].letters[0]["From"].endswith("<alerts@police.example.org>")


# ---------------------------------------------------------------- what the provider answers


@pytest.mark.parametrize(("reply", "fate", "again", "perhaps"), [
    (Reply(500, {}), Fate.UNKNOWN, True, True),
    (Reply(503, {}), Fate.UNKNOWN, True, False),
    (Reply(502, b"<html>"), Fate.UNKNOWN, True, True),
    (Reply(401, {"ErrorCode": 10, "Message": "Bad token"}), Fate.UNKNOWN, True, False),
    (Reply(413, {}), Fate.FAILED, False, False),
    (Reply(422, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'member1@example.org'."}), Fate.BOUNCED,
     False, False),
    (Reply(200, b"<html>welcome to the hotel"), Fate.UNKNOWN, True, True),
    (Reply(200, b"x" * 3_000_000), Fate.UNKNOWN, True, True),
    (Reply(200, []), Fate.UNKNOWN, True, True),
    (Reply(200, {"ErrorCode": 0}), Fate.UNKNOWN, True, True),
    (Reply(302, {}, {"Location": "http://127.0.0.1:9/"}), Fate.UNKNOWN, True, True),
    (Reply(0, cut=True), Fate.UNKNOWN, True, True),
])  # fmt: skip
def test_what_an_answer_means(reply: Reply, fate: Fate, again: bool, perhaps: bool) -> None:  # noqa: FBT001
    with provider(always(reply)) as kept:
        said = said_by(kept.address)

    assert (said.fate, said.try_again, said.perhaps) == (fate, again, perhaps)
    assert "member1" not in said.detail


def test_slower_please_is_kept_to() -> None:
    with provider(always(Reply(429, {}, {"Retry-After": "7"}))) as kept:
        said = said_by(kept.address)

    assert (said.try_again, said.wait_s) == (True, 7.0)


def test_a_provider_that_takes_no_connections_took_nothing() -> None:
    said = said_by("http://127.0.0.1:9/")

    assert (said.try_again, said.perhaps) == (True, False)


def test_a_provider_that_hangs_holds_nobody_longer_than_is_set(settings: Any) -> None:
    settings.MAIL_ANSWER_SECONDS = 1.5

    with provider(always(Reply(200, {}, hangs_s=60))) as kept:
        said = said_by(kept.address)

    assert (said.try_again, said.perhaps) == (True, True)


def test_what_is_not_answered_in_time_is_perhaps_sent_and_the_rest_not(settings: Any) -> None:
    settings.MAIL_ANSWER_SECONDS, settings.MAIL_BATCH_SECONDS, settings.MAIL_CONNECTIONS = 3, 1.5, 1

    with provider(always(Reply(200, {}, hangs_s=60))) as kept:
        account = Account("postmark", {"server_token": "t", "api_url": kept.address, "webhook_secret": SECRET})
        gateway = Anymail(account, WE)
        said = {one.reference: one for one in gateway.send([outgoing(1), outgoing(2)])}
        gateway.close()

    assert [said[f"K7M2PQXXXX-{number}"].perhaps for number in (1, 2)] == [True, False]
    assert all(one.try_again for one in said.values())
    assert len(kept.asked) == 1


# Without Amazon SES, which asks for a library of its own, and SendGrid, which anymail no longer looks after.
EVERY = {
    "brevo": {"api_key": "k"},
    "mailersend": {"api_token": "k", "signing_secret": "s", "inbound_secret": "s"},
    "mailgun": {"api_key": "k", "sender_domain": "mg.example.org"},
    "mailjet": {"api_key": "k", "secret_key": "s"},
    "mailtrap": {"api_token": "k"},
    "mandrill": {"api_key": "k", "webhook_key": "w"},
    "postal": {"api_key": "k", "webhook_key": "w"},
    "postmark": {"server_token": "k"},
    "resend": {"api_key": "k"},
    "scaleway": {"secret_key": "k", "project_id": "p"},
    "sparkpost": {"api_key": "k"},
    "unisender_go": {"api_key": "k"},
}


@pytest.mark.parametrize("provider_name", EVERY)
def test_every_provider_that_anymail_knows_can_be_given_our_letters(provider_name: str, settings: Any) -> None:
    settings.MAIL_REPLY_TO = "answers@police.example.org"
    with provider(always(Reply(503, {}))) as kept:
        options = {**EVERY[provider_name], "api_url": f"{kept.address}/v1/", "webhook_secret": SECRET}
        gateway = Anymail(Account(provider_name, options), WE)
        said = list(gateway.send([outgoing(1), outgoing(2)]))
        wrong = gateway.check()
        gateway.close()

    assert wrong == ""
    assert len(kept.asked) in {1, 2}
    assert [(one.try_again, one.perhaps) for one in said] == [(True, False)] * 2


def test_what_a_provider_cannot_be_told_fails_for_good(settings: Any) -> None:
    with provider(always(Reply(200, {}))) as kept:
        account = Account("mailgun", {"api_key": "k", "sender_domain": "mg.example.org", "api_url": kept.address})
        gateway = Anymail(account, Identity("\u00e9alerts@police.example.org"))
        said = list(gateway.send([outgoing(1), outgoing(2)])) if not gateway.check() else []
        gateway.close()

    assert not any(one.perhaps for one in said)
    assert kept.asked == []


def test_an_answer_for_other_addresses_leaves_ours_perhaps_sent() -> None:
    good = {"To": "somebody@example.org", "MessageID": "1", "ErrorCode": 0, "Message": "OK"}
    with provider(always(Reply(200, good))) as kept:
        said = said_by(kept.address)

    assert (said.try_again, said.perhaps) == (True, True)


def test_a_certificate_that_is_not_trusted_means_that_nothing_went() -> None:
    with provider(always(Reply(200, {}))) as kept:
        said = said_by(kept.address.replace("http://", "https://"))

    assert (said.try_again, said.perhaps) == (True, False)


def test_the_proxy_that_is_set_is_used_and_no_other(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with provider(always(Reply(500, {}))) as proxy:
        settings.HTTP_BY_PROXY = proxy.address
        gateway = Anymail(Account("postmark", {"server_token": "t", "api_url": "http://localhost:9/",
                                               "webhook_secret": SECRET}), WE)  # fmt: skip
        list(gateway.send([outgoing()]))
        gateway.close()

    assert [asked.path for asked in proxy.asked] == ["http://localhost:9/email"] or len(proxy.asked) == 1


# ---------------------------------------------------------------- what is set


@pytest.mark.parametrize(("line", "words"), [
    ("", "Set MAIL_PROVIDER"),
    ("pigeon?api_key=1", "not known here"),
    ("postmark", "lacks a setting of postmark"),
    ("postmark?server_token=1&api_url=http://api.example.org/&webhook_secret=a:b", "never sent in clear"),
    ("postmark?server_token=1", "lacks webhook_secret"),
])  # fmt: skip
def test_what_is_set_wrongly_is_said(line: str, words: str, settings: Any) -> None:
    settings.MAIL_PROVIDER, settings.MAIL_FROM = line, "alerts@police.example.org"
    gateway = Anymail()

    assert words in gateway.check()
    with pytest.raises(GatewayError, match=words) as refusal:
        list(gateway.send([outgoing()]))
    assert refusal.value.lasting
    with pytest.raises(NotHereError):
        gateway.hears(Told("tracking", "https://rural.example.org/hooks/anymail/tracking/"), lambda _: None)


def test_a_sender_that_is_no_address_is_said(settings: Any) -> None:
    settings.MAIL_PROVIDER, settings.MAIL_FROM = "test", "nobody"

    assert "MAIL_FROM" in Anymail().check()


def test_no_key_is_shown() -> None:
    assert "secret-token" not in repr(Account("postmark", {"server_token": "secret-token"}))


# ---------------------------------------------------------------- what the provider tells us


def told(what: str, said: object, secret: str = SECRET, content_type: str = "application/json") -> Told:
    """Return a request of the provider's, with the name and password that it was given."""
    proof = base64.b64encode(secret.encode()).decode()
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    headers = {"authorization": f"Basic {proof}", "content-type": content_type}
    return Told(what, f"https://rural.example.org/hooks/anymail/{what}/", headers, body)


def heard(what: str, said: object, **words: Any) -> Heard:
    """Return what the gateway hears in it."""
    gateway = Anymail(Account("postmark", {"server_token": "t", "webhook_secret": SECRET}), WE)
    return gateway.hears(told(what, said, **words), lambda _: None)


@pytest.mark.parametrize("row", SAMPLES, ids=lambda row: row["name"])
def test_each_thing_that_postmark_tells_means_what_it_says(row: dict[str, Any]) -> None:
    said = heard("tracking", row["told"])

    assert [(receipt.gateway, receipt.provider_ref, receipt.fate) for receipt in said.receipts] == (
        [("anymail", "K7M2PQXXXX-1", row["fate"])] if row["fate"] else []
    )
    assert [(one.sender, one.body, one.automatic) for one in said.incoming] == (
        [("amala@example.org", "STOP", True)] if row.get("stop") else []
    )
    assert "amala" not in repr(said.receipts)


def test_a_complaint_told_twice_is_one() -> None:
    row = next(row for row in SAMPLES if row["name"] == "complaint")

    first, second = heard("tracking", row["told"]).incoming[0], heard("tracking", row["told"]).incoming[0]

    assert first.provider_ref == second.provider_ref


def letter_from(sender: str, **headers: str) -> dict[str, Any]:
    """Return a letter as Postmark brings it in."""
    return {
        "FromFull": {"Email": sender, "Name": "Amala Bird"}, "ToFull": [{"Email": "answers@police.example.org"}],
        "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b", "Subject": "Re: Suspect vehicle",
        "TextBody": "White van seen at the ford.", "HtmlBody": "<p>White van seen at the ford.</p>",
        "Headers": [{"Name": "Message-ID", "Value": "<abc@example.org>"},
                    *({"Name": name.replace("_", "-"), "Value": value} for name, value in headers.items())],
        "Attachments": [],
    }  # fmt: skip


def test_a_letter_that_came_in_is_read() -> None:
    (came,) = heard("inbound", letter_from("amala@example.org")).incoming

    assert (came.gateway, came.channel, came.sender, came.body) == (
        "anymail", "email", "amala@example.org", "White van seen at the ford.",
    )  # fmt: skip
    assert came.provider_ref == "<abc@example.org>"
    assert not came.automatic
    assert "Re: Suspect vehicle" in came.raw


def test_a_letter_with_a_large_photograph_is_not_lost() -> None:
    photograph = base64.b64encode(b"\xff\xd8" * 5_000_000).decode()
    attachment = {"Name": "van.jpg", "ContentType": "image/jpeg", "Content": photograph}

    (came,) = heard("inbound", letter_from("amala@example.org") | {"Attachments": [attachment]}).incoming

    assert came.body == "White van seen at the ford."
    assert len(came.raw) < 250_000


def test_a_letter_with_only_a_page_in_it_is_read_too() -> None:
    letter = letter_from("amala@example.org") | {"TextBody": "", "HtmlBody": "<p>White <b>van</b></p>"}

    (came,) = heard("inbound", letter).incoming

    assert came.body == "White van"


@pytest.mark.parametrize("changes", [
    {"FromFull": None}, {"MessageID": None, "Headers": []},
])  # fmt: skip
def test_a_letter_that_names_nobody_who_could_be_answered_is_left(changes: dict[str, Any]) -> None:
    assert heard("inbound", letter_from("amala@example.org") | changes).incoming == []


@pytest.mark.parametrize("headers", [
    {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; x=1"}, {"Precedence": "bulk"},
    {"X_Autoreply": "yes"}, {"List_Id": "<news.example.org>"},
])  # fmt: skip
def test_a_letter_of_a_machine_is_known(headers: dict[str, str]) -> None:
    (came,) = heard("inbound", letter_from("amala@example.org", **headers)).incoming

    assert came.automatic


def test_a_letter_without_a_sender_on_its_envelope_is_a_machines() -> None:
    assert is_automatic(EmailMessage(), "<>")
    assert is_automatic(EmailMessage(), "")
    assert not is_automatic(EmailMessage(), None)
    assert not is_automatic(EmailMessage(), "amala@example.org")


@pytest.mark.parametrize("secret", ["", "hooks:", "hooks:another", "a long", f"{SECRET}x"])
@pytest.mark.parametrize("what", ["tracking", "inbound"])
def test_who_does_not_show_the_password_is_not_believed(what: str, secret: str) -> None:
    with pytest.raises(ForgedError):
        heard(what, SAMPLES[0]["told"], secret=secret)


def test_without_a_password_set_nobody_is_believed() -> None:
    listener = Listener("anymail", "postmark", {"server_token": "t"}, by_reference=True)

    assert listener.is_open
    with pytest.raises(ForgedError):
        listener.hears(told("tracking", SAMPLES[0]["told"]))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"x"', b"\xff\xfe", b'{"RecordType": []}', b"[" * 100_000])
@pytest.mark.parametrize("what", ["tracking", "inbound"])
def test_nonsense_with_the_right_password_is_said_to_be_nonsense(what: str, body: bytes) -> None:
    with pytest.raises(UnreadableError):
        heard(what, body)


def test_a_letter_in_from_an_address_that_is_none_is_nonsense() -> None:
    with pytest.raises(UnreadableError):
        heard("inbound", letter_from(""))


@pytest.mark.parametrize("what", ["status", "text", "", "../tracking"])
def test_there_is_no_other_address(what: str) -> None:
    with pytest.raises(NotHereError):
        heard(what, SAMPLES[0]["told"])


def mailgun_told(said: dict[str, Any], key: str = "signs") -> Heard:
    """Return what the gateway hears of Mailgun, which signs."""
    gateway = Anymail(
        Account("mailgun", {"api_key": "k", "webhook_signing_key": "signs", "sender_domain": "mg.example.org"}), WE
    )
    signature = hmac.new(key.encode(), b"1763802000token", hashlib.sha256).hexdigest()
    signed = {"signature": {"timestamp": "1763802000", "token": "token", "signature": signature}, "event-data": said}
    return gateway.hears(told("tracking", signed), lambda _: None)


def test_mailgun_signs_what_it_tells() -> None:
    said = {
        "event": "delivered", "id": "abc", "timestamp": 1763802000.5, "recipient": "amala@example.org",
        "message": {"headers": {"message-id": "20261122@mg.example.org"}},
        "user-variables": {"reference": "K7M2PQXXXX-1"}, "delivery-status": {"code": 250},
    }  # fmt: skip

    (receipt,) = mailgun_told(said).receipts

    assert (receipt.provider_ref, receipt.fate) == ("K7M2PQXXXX-1", Fate.DELIVERED)
    assert receipt.at == dt.datetime(2025, 11, 22, 9, 0, 0, 500000, tzinfo=dt.UTC)
    with pytest.raises(ForgedError):
        mailgun_told(said, key="another")
