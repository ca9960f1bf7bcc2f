"""WhatsApp's Cloud API, against a far side made from Meta's documentation."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from hueandcry.gateways.contract import (
    Again,
    Fate,
    ForgedError,
    GatewayError,
    Handover,
    Heard,
    Outgoing,
    Told,
    UnreadableError,
)
from hueandcry.gateways.http import Pump, Terms
from hueandcry.gateways.whatsapp import LONGEST_PARAMETER, Number, WhatsApp
from hueandcry.kit.finding import NotHereError
from tests.gateways.peers.provider import Provider, Reply, always, provider
from tests.gateways.peers.whatsapp import (
    AGREED,
    CODE_TEMPLATE,
    NUMBER,
    SECRET,
    TEMPLATE,
    TOKEN,
    WROTE,
    FarWhatsApp,
    far_whatsapp,
    wrong,
)

SAMPLES = Path(__file__).parent / "samples" / "whatsapp"
# For a far side that answers, however late it gets its turn; and for one that never does.
PATIENT = Terms(lines=4, connect=30, answer=30, batch=60)
HASTY = Terms(lines=4, connect=30, answer=1.5, batch=60)
OURS = Number("http://127.0.0.1:9", NUMBER, TOKEN, SECRET, AGREED, TEMPLATE, CODE_TEMPLATE, ("en_GB", "pl"))


def samples(name: str) -> list[dict[str, Any]]:
    """Return what stands in a file of samples."""
    rows: list[dict[str, Any]] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def outgoing(**words: Any) -> Outgoing:
    """Return a message to one member."""
    return Outgoing(**{
        "reference": "K7M2PQXXXX-1", "address": "+447700900123", "body": "White van seen.\nReply to this.", **words,
    })  # fmt: skip


@pytest.fixture(autouse=True)
def _asks_no_table(settings: Any) -> None:
    settings.WHATSAPP_HEARD = "tests.gateways.peers.whatsapp.heard"


@pytest.fixture
def far(settings: Any) -> Iterator[tuple[FarWhatsApp, Provider]]:
    with far_whatsapp(settings) as running:
        yield running


def said_by(reply: Reply) -> Handover:
    """Return what the gateway makes of one answer to everything."""
    with provider(always(reply)) as kept:
        made = WhatsApp(Number(kept.address, NUMBER, TOKEN, SECRET, AGREED, TEMPLATE, CODE_TEMPLATE), Pump(PATIENT))
        (said,) = made.send([outgoing()])
        made.close()
    return said


# ---------------------------------------------------------------- what goes out


def test_who_has_not_written_gets_the_template_with_our_words(far: tuple[FarWhatsApp, Provider]) -> None:
    (said,) = WhatsApp().send([outgoing()])

    assert said == Handover("K7M2PQXXXX-1", Fate.ACCEPTED, "K7M2PQXXXX-1")
    assert far[0].taken == [{
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "447700900123",
        "biz_opaque_callback_data": "K7M2PQXXXX-1",
        "type": "template",
        "template": {
            "name": TEMPLATE,
            "language": {"code": "en_GB"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "White van seen. Reply to this."}]}
            ],
        },
    }]  # fmt: skip


def test_who_wrote_is_answered_in_free_words(far: tuple[FarWhatsApp, Provider]) -> None:
    list(WhatsApp().send([outgoing(address=WROTE), outgoing(reference="K7M2PQXXXX-2")]))

    free, beside = sorted(far[0].taken, key=lambda said: said["biz_opaque_callback_data"])
    assert (free["type"], free["text"]) == ("text", {"body": "White van seen.\nReply to this.", "preview_url": False})
    assert "template" not in free
    assert beside["type"] == "template"


@pytest.mark.parametrize("address", ["+447700900123", WROTE])
def test_a_code_goes_as_the_template_for_codes_and_stands_on_its_button(
    address: str, far: tuple[FarWhatsApp, Provider]
) -> None:
    (said,) = WhatsApp().send([outgoing(address=address, body="048151", language="pl")])

    assert said.fate == Fate.ACCEPTED
    code = [{"type": "text", "text": "048151"}]
    assert far[0].taken[0]["template"] == {
        "name": CODE_TEMPLATE,
        "language": {"code": "pl"},
        "components": [
            {"type": "body", "parameters": code},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": code},
        ],
    }


@pytest.mark.parametrize("body", ["one\r\n\ttwo", "one        two", "one\x0btwo\u2028three", "x" * LONGEST_PARAMETER])
def test_what_stands_in_the_placeholder_is_as_meta_wants_it(body: str, far: tuple[FarWhatsApp, Provider]) -> None:
    (said,) = WhatsApp().send([outgoing(body=body)])

    assert said.fate == Fate.ACCEPTED


@pytest.mark.parametrize(("language", "code"), [("en", "en_GB"), ("pl", "pl"), ("cy", "en_GB")])
def test_the_template_is_in_their_language_where_there_is_one(
    language: str, code: str, far: tuple[FarWhatsApp, Provider]
) -> None:
    list(WhatsApp().send([outgoing(language=language)]))

    assert far[0].taken[0]["template"]["language"] == {"code": code}


@pytest.mark.parametrize(("words", "fate"), [
    ({"address": "nobody"}, Fate.BOUNCED),
    ({"address": "+07"}, Fate.BOUNCED),
    ({"body": "x" * (LONGEST_PARAMETER + 1)}, Fate.FAILED),
    ({"body": " \n "}, Fate.FAILED),
    ({"body": "x" * 5000, "address": WROTE}, Fate.FAILED),
    ({"body": " \n ", "address": WROTE}, Fate.FAILED),
])  # fmt: skip
def test_what_cannot_go_is_not_asked(words: dict[str, Any], fate: Fate, far: tuple[FarWhatsApp, Provider]) -> None:
    (said,) = WhatsApp().send([outgoing(**words)])

    assert (said.fate, said.try_again) == (fate, False)
    assert far[1].asked == []


def test_it_would_come_twice_so_a_person_decides() -> None:
    assert WhatsApp.again == Again.NEVER


# ---------------------------------------------------------------- what WhatsApp answers


@pytest.mark.parametrize(("status", "perhaps"), [(400, False), (500, True), (502, True), (503, False)])
def test_a_code_that_nobody_knows_of_a_server_that_broke_is_perhaps_sent(status: int, *, perhaps: bool) -> None:
    said = said_by(wrong(status, 987654, "?"))

    assert (said.try_again, said.perhaps) == (True, perhaps)


@pytest.mark.parametrize("row", samples("errors"), ids=lambda row: str(row["code"]))
def test_each_error_of_the_documentation_means_what_it_says(row: dict[str, Any]) -> None:
    said = said_by(wrong(row["status"], row["code"], "to 447700900123"))

    assert (said.fate, said.try_again, said.wait_s) == (row["fate"], row["again"], row.get("wait"))
    assert not said.perhaps
    assert "900123" not in said.detail


@pytest.mark.parametrize(("status", "code"), [(401, 190), (401, 0), (403, 10), (403, 200), (403, 299), (403, 131031)])
def test_who_does_not_let_us_in_takes_nothing(status: int, code: int) -> None:
    with provider(always(wrong(status, code))) as kept:
        made = WhatsApp(Number(kept.address, NUMBER, TOKEN, SECRET, AGREED, TEMPLATE, CODE_TEMPLATE), Pump(PATIENT))
        said: list[Handover] = []
        with pytest.raises(GatewayError, match=f"({code})") as refusal:
            said.extend(made.send([outgoing(reference=f"A-{number}") for number in range(5)]))

    assert refusal.value.lasting
    assert said == []


@pytest.mark.parametrize("reply", [
    Reply(200, b"<html>"), Reply(200, {"messages": []}), Reply(200, {"messages": [{}]}), Reply(200, []),
    Reply(200, b"[" * 60_000), Reply(200, b"x" * 200_000), Reply(502, b""), Reply(0, cut=True),
])  # fmt: skip
def test_an_answer_that_is_not_whatsapps_leaves_it_perhaps_sent(reply: Reply) -> None:
    said = said_by(reply)

    assert (said.try_again, said.perhaps) == (True, True)


def test_while_whatsapp_hangs_a_message_is_perhaps_sent() -> None:
    with provider(always(Reply(200, {"messages": [{"id": "1"}]}, hangs_s=60))) as kept:
        number = Number(kept.address, NUMBER, TOKEN, SECRET, AGREED, TEMPLATE, CODE_TEMPLATE)
        (said,) = WhatsApp(number, Pump(HASTY)).send([outgoing()])

    assert (said.try_again, said.perhaps) == (True, True)


def test_a_template_that_is_looked_at_first_is_said() -> None:
    said = said_by(Reply(200, {"messages": [{"id": "wamid.1", "message_status": "held_for_quality_assessment"}]}))

    assert (said.fate, said.detail) == (Fate.ACCEPTED, "WhatsApp looks at the template first: it may come later.")


# ---------------------------------------------------------------- what Meta tells us


def told(said: object, secret: str = SECRET, what: str = "told") -> Told:
    """Return a signed request of Meta's."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Told(what, "https://rural.example.org/hooks/whatsapp/told/", {"x-hub-signature-256": signature}, body)


def about(number: str = NUMBER, field: str = "messages", **value: Any) -> dict[str, Any]:
    """Return what Meta tells, as it wraps it."""
    metadata = {"display_phone_number": "441632960001", "phone_number_id": number}
    change = {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def heard(said: object, **words: Any) -> Heard:
    """Return what the gateway hears in it."""
    return WhatsApp(OURS).hears(told(said, **words), lambda _: None)


def status(word: str, **more: Any) -> dict[str, Any]:
    """Return what became of a message, as Meta says it."""
    return {
        "id": "wamid.1", "status": word, "timestamp": "1763802009", "recipient_id": "447700900123",
        "biz_opaque_callback_data": "K7M2PQXXXX-1", "pricing": {"billable": True}, **more,
    }  # fmt: skip


@pytest.mark.parametrize(("word", "errors", "fate"), [
    ("sent", [], Fate.ACCEPTED),
    ("delivered", [], Fate.DELIVERED),
    ("read", [], Fate.SEEN),
    ("played", [], Fate.SEEN),
    ("failed", [{"code": 131026, "title": "Message undeliverable"}], Fate.BOUNCED),
    ("failed", [{"code": 131050, "title": "User stopped marketing messages"}], Fate.BOUNCED),
    ("failed", [{"code": 130472, "title": "Part of an experiment"}], Fate.FAILED),
    ("failed", [{"code": 131049, "title": "Healthy ecosystem"}], Fate.FAILED),
    ("failed", [{"code": 131047, "title": "Re-engagement message"}], Fate.FAILED),
    ("failed", [{"code": 424242}], Fate.FAILED),
    ("failed", [{"code": []}], Fate.FAILED),
    ("failed", [], Fate.FAILED),
    ("telepathised", [], Fate.UNKNOWN),
])  # fmt: skip
def test_each_status_is_one_of_our_fates(word: str, errors: list[Any], fate: Fate) -> None:
    (receipt,) = heard(about(statuses=[status(word, errors=errors)])).receipts

    assert (receipt.gateway, receipt.provider_ref, receipt.fate) == ("whatsapp", "K7M2PQXXXX-1", fate)
    assert receipt.at == dt.datetime(2025, 11, 22, 9, 0, 9, tzinfo=dt.UTC)
    assert "900123" not in receipt.raw


@pytest.mark.parametrize("row", samples("messages"), ids=lambda row: row["name"])
def test_whatever_people_send_is_there_in_words(row: dict[str, Any]) -> None:
    said = {"from": "447700900111", "id": "wamid.7", "timestamp": "1763802009", **row["said"]}

    (came,) = heard(about(messages=[said], contacts=[{"wa_id": "447700900111"}])).incoming

    assert (came.gateway, came.provider_ref, came.channel, came.sender, came.body) == (
        "whatsapp", "wamid.7", "whatsapp", "+447700900111", row["words"],
    )  # fmt: skip


def preference(value: str, **more: Any) -> dict[str, Any]:
    """Return what Meta tells of somebody who presses the switch in WhatsApp itself."""
    one = {
        "wa_id": "447700900111", "detail": "User requested to stop marketing messages",
        "category": "marketing_messages", "value": value, "timestamp": 1763802009, **more,
    }  # fmt: skip
    return about(field="user_preferences", user_preferences=[one])


def test_who_stops_us_in_whatsapp_itself_has_said_stop() -> None:
    (came,), (again,) = (heard(preference("stop")).incoming for _ in range(2))

    assert (came.sender, came.channel, came.body, came.automatic) == ("+447700900111", "whatsapp", "STOP", True)
    assert came.provider_ref == again.provider_ref
    assert "900111" not in came.provider_ref
    assert not heard(preference("resume")).incoming
    assert not heard(preference("stop", wa_id="../x")).incoming


def test_who_stops_us_is_told_in_the_older_form_too() -> None:
    system = {"type": "user_preference_changed", "marketing": "stop", "body": "User requested to stop"}
    said = {"from": "447700900111", "id": "wamid.7", "timestamp": "1763802009", "type": "system", "system": system}

    (came,) = heard(about(messages=[said])).incoming

    assert (came.body, came.automatic) == ("STOP", True)
    assert not heard(about(messages=[said | {"system": {**system, "marketing": "resume"}}])).incoming
    assert heard(about(messages=[said | {"system": {"type": "other", "body": "x"}}])).incoming[0].body == "x"


def test_many_things_come_in_one_request_and_bad_ones_spoil_nothing() -> None:
    text = {"from": "447700900111", "id": "wamid.7", "timestamp": "nonsense", "type": "text", "text": {"body": "STOP"}}
    whole = about(statuses=[status("sent"), 7, {}, status("read")], messages=[text, None, {"from": "../x", "id": "1"}])
    whole["entry"] += [None, {"changes": "none"}, *about(statuses="none")["entry"]]

    said = heard(whole)

    assert [receipt.fate for receipt in said.receipts] == [Fate.ACCEPTED, Fate.SEEN]
    assert [one.body for one in said.incoming] == ["STOP"]


@pytest.mark.parametrize("whole", [
    about("999", statuses=[status("read")]),
    about(field="account_alerts", statuses=[status("read")]),
    about(statuses=[status("read", biz_opaque_callback_data=None)]),
    about(errors=[{"code": 130429}]),
])  # fmt: skip
def test_what_is_about_others_is_not_ours(whole: dict[str, Any]) -> None:
    said = heard(whole)

    assert (list(said.receipts), list(said.incoming)) == ([], [])


@pytest.mark.parametrize("header", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "ÿ"])
def test_who_does_not_sign_is_not_believed(header: str) -> None:
    signed = told(about(statuses=[status("read")]))

    with pytest.raises(ForgedError):
        WhatsApp(OURS).hears(Told("told", "", {"x-hub-signature-256": header}, signed.body), lambda _: None)
    with pytest.raises(ForgedError):
        heard(about(), secret="another")
    with pytest.raises(ForgedError):
        WhatsApp(OURS).hears(Told("told", "", signed.headers, signed.body + b" "), lambda _: None)


def test_without_a_secret_nobody_is_believed() -> None:
    made = WhatsApp(Number("https://graph.example.org", NUMBER, TOKEN))

    with pytest.raises(ForgedError):
        made.hears(told(about(), secret=""), lambda _: None)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff", b'{"object": "page"}', b"[" * 100_000])
def test_nonsense_that_is_signed_is_said_to_be_nonsense(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        heard(body)


def test_there_is_no_other_address() -> None:
    with pytest.raises(NotHereError):
        heard(about(), what="status")
    with pytest.raises(NotHereError):
        WhatsApp(OURS).vouches(Told("status", ""))


def looked(**asked: str) -> str:
    """Return what is answered to Meta's look at the address."""
    query = urlencode({f"hub.{name}": value for name, value in asked.items()})
    return WhatsApp(OURS).vouches(Told("told", f"https://rural.example.org/hooks/whatsapp/told/?{query}"))


def test_meta_hears_its_word_back_when_it_says_ours() -> None:
    assert looked(mode="subscribe", verify_token=AGREED, challenge="1158201444") == "1158201444"


@pytest.mark.parametrize("asked", [
    {"mode": "subscribe", "verify_token": "another", "challenge": "1"},
    {"mode": "unsubscribe", "verify_token": AGREED, "challenge": "1"},
    {"mode": "subscribe", "challenge": "1"},
    {},
])  # fmt: skip
def test_nobody_else_hears_it(asked: dict[str, str]) -> None:
    with pytest.raises(ForgedError):
        looked(**asked)


# ---------------------------------------------------------------- settings and doctor


@pytest.mark.parametrize(("words", "changed"), [
    ("https://", {"address": "http://graph.example.org"}),
    ("WHATSAPP_NUMBER_ID", {"id": "+441632960001"}),
    ("WHATSAPP_TOKEN", {"token": ""}),
    ("WHATSAPP_TEMPLATE", {"template": ""}),
    ("WHATSAPP_TEMPLATE", {"template": "Rural Alert"}),
    ("WHATSAPP_CODE_TEMPLATE", {"code_template": ""}),
    ("WHATSAPP_APP_SECRET", {"secret": ""}),
    ("WHATSAPP_VERIFY_TOKEN", {"agreed": ""}),
])  # fmt: skip
def test_what_is_wrong_with_the_settings_is_said(words: str, changed: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "address": OURS.address, "id": NUMBER, "token": TOKEN, "secret": SECRET, "agreed": AGREED, "template": TEMPLATE,
        "code_template": CODE_TEMPLATE,
    }  # fmt: skip
    made = WhatsApp(Number(**(right | changed)))

    assert words in made.check()
    with pytest.raises(GatewayError, match=words) as refusal:
        list(made.send([outgoing()]))
    assert refusal.value.lasting


@pytest.mark.parametrize("reply", [wrong(401, 190), wrong(400, 33), Reply(200, {"id": "7"}), Reply(0, cut=True)])
def test_a_check_says_what_whatsapp_says(reply: Reply) -> None:
    with provider(always(reply)) as kept:
        number = Number(kept.address, NUMBER, TOKEN, SECRET, AGREED, TEMPLATE, CODE_TEMPLATE)
        assert WhatsApp(number, Pump(PATIENT)).check()


def test_no_key_is_shown() -> None:
    assert not any(one in repr(OURS) for one in (TOKEN, SECRET, AGREED))
