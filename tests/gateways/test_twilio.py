"""Texts by Twilio: what is asked, what every answer means, and what it tells us, true and false."""

import base64
import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from twilio.request_validator import RequestValidator

from hueandcry.gateways import twilio
from hueandcry.gateways.contract import Again, Fate, ForgedError, GatewayError, Heard, Outgoing, Told, UnreadableError
from hueandcry.gateways.http import Call
from hueandcry.gateways.sms.twilio import STATUSES, TwilioText
from hueandcry.kit.finding import NotHereError
from tests.gateways.peers import twilio as peer
from tests.gateways.peers.provider import Provider, Reply, always, provider
from tests.gateways.peers.scripted import Talk, scripted
from tests.gateways.peers.smtp import free_port
from tests.gateways.sampled import Row, means, reply, rows
from tests.shared_data import shared_file

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
PHONE, WORDS = "+447700900101", "Farm Watch K7M2PQ: grey van & dogs near Holt? Danger 999. £5 +1 \U0001f690"
STATUS = f"{peer.SITE}/hooks/twilio-text/status/?ref=K7M2PQ2345-7"
TEXT = f"{peer.SITE}/hooks/twilio-text/text/"
SID = f"SM{'1' * 32}"
Far = tuple[peer.FarTwilio, Provider]


@pytest.fixture
def far(settings: Any) -> Iterator[Far]:
    with peer.far_twilio(settings) as there:
        yield there


@pytest.fixture
def gateway(far: Far) -> Iterator[TwilioText]:
    made = TwilioText()
    yield made
    made.close()


def text(reference: str = "K7M2PQ2345-7", **fields: Any) -> Outgoing:
    return Outgoing(reference, **{"address": PHONE, "body": WORDS, **fields})


def told(address: str, fields: dict[str, str], token: str = peer.TOKEN) -> Told:
    body, headers = peer.signed(address, fields, token)
    what = address.removeprefix(f"{peer.SITE}/hooks/twilio-text/").partition("/")[0]
    return Told(what, address, headers, body)


def hear(gateway: TwilioText, address: str, **fields: str) -> Heard:
    return gateway.hears(told(address, {"MessageSid": SID, **fields}), lambda _: None)


# ---------------------------------------------------------------- the judge


@pytest.mark.county
@pytest.mark.parametrize(
    ("field", "value"), [("Tow", PHONE), ("ValidityPeriod", "soon"), ("StatusCallback", "not an address \\")]
)
def test_the_published_document_refuses_what_twilio_does_not_know(far: Far, field: str, value: str) -> None:
    """The judge of all the tests below: it must be able to say no."""
    shared_file("gateways/twilio-oai/spec/json/twilio_api_v2010.json")
    account = twilio.account_as_set()
    pump = TwilioText()._pump
    fields = {"To": PHONE, "From": "x", "Body": "x", field: value}

    pump.one(Call("M-1", account.url("/Messages.json"), twilio.form(fields), account.headers()))

    faults, far[0].faults = far[0].faults, []
    assert bool(faults) is (field != "StatusCallback")  # of an address it says only that it is a string


@pytest.mark.county
def test_the_published_document_refuses_a_text_to_nobody(far: Far) -> None:
    shared_file("gateways/twilio-oai/spec/json/twilio_api_v2010.json")
    account = twilio.account_as_set()

    TwilioText()._pump.one(Call("M-1", account.url("/Messages.json"), twilio.form({"Body": "x"}), account.headers()))

    faults, far[0].faults = far[0].faults, []
    assert "is a required property" in str(faults)


# ---------------------------------------------------------------- what is asked


def test_a_text_arrives_whole_with_the_address_that_is_told_what_became_of_it(far: Far, gateway: TwilioText) -> None:
    (said,) = gateway.send([text()])

    assert far[0].taken == [
        {"To": PHONE, "From": peer.SENDER, "Body": WORDS, "StatusCallback": STATUS},
    ]
    assert (said.fate, said.provider_ref, said.parts) == (Fate.ACCEPTED, "K7M2PQ2345-7", 1)
    assert said.detail.startswith("SM")


def test_a_reference_is_no_part_of_an_address_but_a_value_in_it(far: Far, gateway: TwilioText) -> None:
    list(gateway.send([text("a&b=c +/?#%", address="+44 7700&x=1")]))

    (asked,) = far[0].taken
    assert asked["To"] == "+44 7700&x=1"
    assert parse_qs(urlsplit(asked["StatusCallback"]).query) == {"ref": ["a&b=c +/?#%"]}


def test_a_messaging_service_is_named_as_such(far: Far, settings: Any) -> None:
    settings.TWILIO_SENDER = f"MG{'0b' * 16}"

    list(TwilioText().send([text()]))

    assert far[0].taken[0]["MessagingServiceSid"] == settings.TWILIO_SENDER
    assert "From" not in far[0].taken[0]


@pytest.mark.parametrize(
    ("left", "said"),
    [(dt.timedelta(minutes=10), "600"), (dt.timedelta(seconds=1), "5"), (dt.timedelta(days=3), "36000")],
)
def test_it_is_told_how_long_a_text_is_worth_trying(
    far: Far, gateway: TwilioText, left: dt.timedelta, said: str
) -> None:
    with time_machine.travel(NOON, tick=False):
        list(gateway.send([text(until=NOON + left)]))

    assert far[0].taken[0]["ValidityPeriod"] == said


def test_a_key_is_shown_instead_of_the_token_where_there_is_one(far: Far, settings: Any) -> None:
    settings.TWILIO_KEY, settings.TWILIO_SECRET = f"SK{'0c' * 16}", "secret"

    list(TwilioText().send([text()]))

    shown = base64.b64decode(far[1].asked[0].headers["authorization"].removeprefix("Basic ")).decode()
    assert shown == f"SK{'0c' * 16}:secret"


def test_it_keeps_nothing_out_that_comes_twice(gateway: TwilioText) -> None:
    assert TwilioText.again == Again.NEVER
    assert list(gateway.send([])) == []


# ---------------------------------------------------------------- what answers mean


@pytest.mark.parametrize("row", rows("twilio", "errors"), ids=lambda row: f"{row['code']}-{row['status']}")
def test_every_code_means_what_twilio_says_of_it_in_our_words(far: Far, gateway: TwilioText, row: Row) -> None:
    far[0].says[PHONE] = peer.error(row["status"], row["code"], f"Something about {PHONE}")

    (said,) = gateway.send([text()])

    assert means(said, row)
    assert str(row["code"]) in said.detail
    assert "900101" not in said.detail


@pytest.mark.parametrize("row", [row for row in rows("twilio", "errors") if row["fate"] != Fate.UNKNOWN],
    ids=lambda row: str(row["code"]))  # fmt: skip
def test_a_code_means_the_same_when_it_comes_later(gateway: TwilioText, row: Row) -> None:
    (receipt,) = hear(gateway, STATUS, MessageStatus="failed", ErrorCode=str(row["code"])).receipts

    assert receipt.fate == row["fate"]


def test_no_code_stands_in_a_table_without_a_sample() -> None:
    known = {row["code"] for row in rows("twilio", "errors")}

    assert known == {*twilio.ERRORS, *twilio.ABOUT_US, *twilio.SLOWER}


@pytest.mark.parametrize("row", rows("twilio", "answers"), ids=lambda row: row["name"])
def test_an_answer_means_what_twilio_says_of_it(far: Far, gateway: TwilioText, row: Row) -> None:
    far[0].says[PHONE] = reply(row)

    (said,) = gateway.send([text()])

    far[0].faults.clear()  # the samples hold what is read of an answer, the document wants all of it
    assert means(said, row)
    assert said.parts == row.get("parts", 0)


@pytest.mark.parametrize(
    ("status", "says", "wait"),
    [(429, {"Retry-After": "9"}, 9.0), (429, {"Retry-After": "0"}, 2.0), (429, {}, 2.0), (400, {}, 2.0)],
)
def test_a_full_queue_is_left_alone_for_as_long_as_it_asks(
    far: Far, gateway: TwilioText, status: int, says: dict[str, str], wait: float
) -> None:
    far[0].says[PHONE] = Reply(status, {"code": 20429}, says)

    (said,) = gateway.send([text()])

    assert (said.try_again, said.wait_s) == (True, wait)


@pytest.mark.parametrize(
    ("reply", "fate", "try_again", "perhaps"),
    [
        (Reply(400, b"<html>no</html>"), Fate.FAILED, False, False),
        (Reply(400, {"code": "x" * 5000}), Fate.FAILED, False, False),
        (Reply(404, b""), Fate.UNKNOWN, True, False),
        (Reply(502, b"<html>Bad gateway</html>"), Fate.UNKNOWN, True, True),
        (Reply(201, b"<html>Welcome</html>"), Fate.UNKNOWN, True, True),
        (Reply(200, b""), Fate.UNKNOWN, True, True),
        (Reply(201, []), Fate.UNKNOWN, True, True),
        (Reply(201, {"sid": 7}), Fate.UNKNOWN, True, True),
        (Reply(201, {"sid": "SM1"}), Fate.UNKNOWN, True, True),
        (Reply(201, {"sid": SID, "status": "queued", "num_segments": "many"}), Fate.ACCEPTED, False, False),
        (Reply(201, {"sid": SID}), Fate.ACCEPTED, False, False),
        (Reply(200, None, cut=True), Fate.UNKNOWN, True, True),
    ],
)
def test_nonsense_is_never_taken_for_a_text_that_was_sent(
    far: Far, gateway: TwilioText, reply: Reply, fate: Fate, *, try_again: bool, perhaps: bool
) -> None:
    far[0].says[PHONE] = reply

    (said,) = gateway.send([text()])

    far[0].faults.clear()  # what a broken far side answers stands in no document
    assert (said.fate, said.try_again, said.perhaps, said.parts) == (fate, try_again, perhaps, 0)


def test_an_answer_that_ends_in_the_middle_leaves_the_text_perhaps_sent(far: Far, settings: Any) -> None:
    def half(talk: Talk) -> None:
        while talk.hear():
            pass
        talk.say("HTTP/1.1 201 Created", "Content-Length: 900", "")
        talk.raw(b'{"sid": "SM')

    with scripted(half) as port:
        settings.TWILIO_URL = f"http://127.0.0.1:{port}"
        (said,) = TwilioText().send([text()])

    assert (said.try_again, said.perhaps) == (True, True)


def test_nobody_there_is_a_fault_of_the_gateway(far: Far, settings: Any) -> None:
    settings.TWILIO_URL = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(GatewayError, match="takes no connections"):
        list(TwilioText().send([text(f"M-{number}") for number in range(50)]))


def test_who_told_the_provider_to_stop_has_told_us(far: Far, gateway: TwilioText) -> None:
    far[0].says[PHONE] = peer.error(400, twilio.STOPPED, "Attempt to send to unsubscribed recipient")

    list(gateway.send([text(), text("K7M2PQ2345-8", address="+447700900102")]))
    _, came = gateway.collect()
    again = gateway.collect()

    (stop,) = came
    assert (stop.channel, stop.sender, stop.body, stop.automatic) == ("sms", PHONE, "STOP", True)
    assert again == ((), [])


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TWILIO_URL", "api.twilio.com", "TWILIO_URL is the address"),
        ("TWILIO_URL", "http://api.twilio.com", "in clear"),
        ("TWILIO_ACCOUNT", "AC1", "Set TWILIO_ACCOUNT"),
        ("TWILIO_ACCOUNT", f"SK{'0' * 32}", "Set TWILIO_ACCOUNT"),
        ("TWILIO_TOKEN", "", "Set TWILIO_TOKEN"),
        ("TWILIO_KEY", f"SK{'0' * 32}", "go together"),
        ("TWILIO_SENDER", "", "Set TWILIO_SENDER"),
        ("SITE_ADDRESS", "http://localhost:8000", "nobody would tell us"),
    ],
)
def test_wrong_settings_are_said_and_nothing_goes(
    far: Far, settings: Any, name: str, value: str, sentence: str
) -> None:
    setattr(settings, name, value)
    gateway = TwilioText()

    assert sentence in gateway.check()
    with pytest.raises(GatewayError) as fault:
        list(gateway.send([text()]))
    assert fault.value.lasting
    assert far[1].asked == []


def test_a_wrong_token_and_a_wrong_address_are_found_by_a_check(far: Far, settings: Any) -> None:
    with provider(always(peer.error(401, 20003, "Authenticate"))) as there:
        settings.TWILIO_URL = there.address
        assert "does not know TWILIO_ACCOUNT" in TwilioText().check()
    assert TwilioText().check() == "The provider takes no connections."
    with provider(always(Reply(404, b"<html>"))) as there:
        settings.TWILIO_URL = there.address
        assert TwilioText().check() == "The provider answers 404: look at TWILIO_URL."


def test_secrets_stand_in_no_trace(far: Far, settings: Any) -> None:
    settings.TWILIO_KEY, settings.TWILIO_SECRET = f"SK{'0c' * 16}", "very secret"

    assert "secret" not in repr(twilio.account_as_set())
    assert peer.TOKEN not in repr(twilio.account_as_set())


# ---------------------------------------------------------------- what it tells us


@pytest.mark.parametrize("row", rows("twilio", "text_receipts"), ids=lambda row: row["name"])
def test_its_words_become_ours_and_are_kept(gateway: TwilioText, row: Row) -> None:
    heard = hear(gateway, STATUS, **row["told"])

    (receipt,) = heard.receipts
    assert (receipt.gateway, receipt.provider_ref, receipt.fate) == ("twilio-text", "K7M2PQ2345-7", row["fate"])
    assert parse_qs(receipt.raw, keep_blank_values=True)["MessageStatus"] == [row["told"]["MessageStatus"]]


def test_no_word_stands_in_the_table_of_texts_without_a_sample() -> None:
    assert {*STATUSES} <= {row["told"]["MessageStatus"] for row in rows("twilio", "text_receipts")}


def test_a_receipt_without_our_reference_goes_by_twilio_s_own_name(gateway: TwilioText) -> None:
    (receipt,) = hear(gateway, f"{peer.SITE}/hooks/twilio-text/status/", MessageStatus="delivered").receipts

    assert receipt.provider_ref == SID


@pytest.mark.parametrize("row", [row for row in rows("twilio", "incoming") if row["what"] == "text"],
    ids=lambda row: row["name"])  # fmt: skip
def test_a_text_that_came_in_is_taken_as_it_came(gateway: TwilioText, row: Row) -> None:
    heard = hear(gateway, TEXT, **row["told"])

    (came,) = heard.incoming
    assert (came.gateway, came.provider_ref, came.channel) == ("twilio-text", row["told"]["MessageSid"], "sms")
    assert (came.sender, came.body, came.automatic) == (row["sender"], row["words"], False)
    assert heard.body.endswith("<Response/>")
    assert heard.content_type == "text/xml"


def test_what_is_signed_and_names_no_message_cannot_be_read(gateway: TwilioText) -> None:
    with pytest.raises(UnreadableError):
        gateway.hears(told(STATUS, {"MessageStatus": "delivered"}), lambda _: None)


def test_nothing_else_is_told_here(gateway: TwilioText) -> None:
    with pytest.raises(NotHereError):
        hear(gateway, f"{peer.SITE}/hooks/twilio-text/keys/", Digits="9")


# ---------------------------------------------------------------- signatures

FIELDS = {"MessageSid": SID, "MessageStatus": "delivered", "Empty": "", "Zz": "ŵ & =", "zz": "2"}


def test_twilio_s_own_library_signs_what_we_believe_and_believes_what_we_sign() -> None:
    ours = twilio.signature(STATUS, list(FIELDS.items()), "token")

    assert ours == RequestValidator("token").compute_signature(STATUS, FIELDS)
    assert RequestValidator("token").validate(STATUS, FIELDS, ours)


def test_an_address_signed_with_its_port_is_believed_too(gateway: TwilioText) -> None:
    with_port = STATUS.replace("example.org", "example.org:443")
    body, headers = peer.signed(with_port, FIELDS)

    assert gateway.hears(Told("status", STATUS, headers, body), lambda _: None).receipts


def test_a_body_of_json_is_signed_by_its_digest(gateway: TwilioText) -> None:
    body = json.dumps({"MessageSid": SID, "MessageStatus": "delivered"}).encode()
    address = f"{STATUS}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"x-twilio-signature": str(RequestValidator(peer.TOKEN).compute_signature(address, {}))}

    (receipt,) = gateway.hears(Told("status", address, headers, body), lambda _: None).receipts

    assert (receipt.provider_ref, receipt.fate) == ("K7M2PQ2345-7", Fate.DELIVERED)
    for other in (b"{}", body + b" ", b""):
        with pytest.raises(ForgedError):
            gateway.hears(Told("status", address, headers, other), lambda _: None)


@pytest.mark.parametrize("body", [b"[]", b"not json", b'{"MessageSid": {"a": 1}}', b"\xff\xfe", b"[" * 20_000])
def test_signed_json_that_is_nonsense_cannot_be_read(gateway: TwilioText, body: bytes) -> None:
    address = f"{TEXT}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"x-twilio-signature": str(RequestValidator(peer.TOKEN).compute_signature(address, {}))}
    told_of = Told("text", address, headers, body)

    try:
        heard = gateway.hears(told_of, lambda _: None)
    except UnreadableError:
        return
    assert heard.incoming[0].sender == ""


def forgeries() -> dict[str, Told]:
    """Return requests that are not Twilio's, each in another way."""
    body, headers = peer.signed(STATUS, FIELDS)
    good = headers["x-twilio-signature"]
    return {
        "no signature": Told("status", STATUS, {}, body),
        "an empty one": Told("status", STATUS, {"x-twilio-signature": ""}, body),
        "another's token": told(STATUS, FIELDS, token="another"),
        "no token": told(STATUS, FIELDS, token=""),
        "another message": Told("status", STATUS.replace("-7", "-8"), headers, body),
        "another address": Told("status", STATUS.replace("https", "http"), headers, body),
        "another gateway's": Told("status", STATUS.replace("-text", "-voice"), headers, body),
        "another word": Told("status", STATUS, headers, body.replace(b"delivered", b"failed")),
        "one field more": Told("status", STATUS, headers, body + b"&ErrorCode=30005"),
        "one field less": Told("status", STATUS, headers, body.replace(b"&Empty=", b"")),
        "small letters": Told("status", STATUS, {"x-twilio-signature": good.lower()}, body),
        "signs that are none": Told("status", STATUS, {"x-twilio-signature": "ŵ\udcff"}, body),
        "a body that is no text": Told("status", STATUS, headers, b"\xff" * 100),
        "a thousand fields": Told("status", STATUS, headers, b"&".join(b"a=1" for _ in range(1000))),
        "a digest of another body": Told("status", f"{STATUS}&bodySHA256=abc", headers, body),
        "a digest that is no text": Told("status", f"{STATUS}&bodySHA256=%C5%B5", headers, body),
        "random": Told("status", STATUS, {"x-twilio-signature": secrets.token_urlsafe(20)}, secrets.token_bytes(99)),
    }


@pytest.mark.parametrize("how", sorted(forgeries()))
def test_a_forgery_is_not_believed(gateway: TwilioText, how: str) -> None:
    with pytest.raises(ForgedError):
        gateway.hears(forgeries()[how], lambda _: None)


def test_without_a_token_nothing_at_all_is_believed(far: Far, settings: Any) -> None:
    settings.TWILIO_TOKEN = ""

    with pytest.raises(ForgedError):
        TwilioText().hears(told(STATUS, FIELDS, token=""), lambda _: None)
