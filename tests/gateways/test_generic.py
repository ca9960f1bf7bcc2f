"""The gateway that settings describe: descriptions good and bad, odd answers, receipts and texts that come in."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as some

from hueandcry.gateways import registry
from hueandcry.gateways.contract import Again, Fate, ForgedError, GatewayError, Heard, Outgoing, Told, UnreadableError
from hueandcry.gateways.sms import described
from hueandcry.gateways.sms.generic import MOST_ITEMS, HttpText, SecondHttpText
from hueandcry.kit.finding import NotHereError
from tests.gateways.peers import http_text as peer
from tests.gateways.peers.provider import Asked, Provider, Reply, always, provider
from tests.gateways.sampled import Row, means, reply, rows
from tests.gateways.sampled import described as described_in

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
SITE = "https://alerts.example.org"
PHONE = "+447700900101"
# Everything that would break out of where it is put, were it pasted.
WORDS = 'Farm "Watch" {to} & \\ </x>\n\'; DROP {text} %s + \U0001f690 ŵ {"to": "x"}'
Far = tuple[peer.FarTexts, Provider]


@pytest.fixture
def far(settings: Any) -> Iterator[Far]:
    with peer.far_texts(settings) as there:
        yield there


@pytest.fixture
def gateway(far: Far) -> Iterator[HttpText]:
    made = HttpText()
    yield made
    made.close()


def text(**fields: Any) -> Outgoing:
    return Outgoing(**{"reference": "K7M2PQ2345-7", "address": PHONE, "body": WORDS, "sender": "Farm & Co", **fields})


def sent(settings: Any, reply: Reply | None = None, **described_as: str) -> tuple[Asked, Any]:
    """Send one text to a provider that is described like this; return what it was asked and what came of it."""
    with provider(always(reply or Reply(200, {"id": "far-1"}))) as there:
        settings.TEXT_HTTP_URL = f"{there.address}/send"
        for name, value in described_as.items():
            setattr(settings, f"TEXT_HTTP_{name}", value)
        (said,) = HttpText().send([text()])
        return there.asked[0], said


# ---------------------------------------------------------------- what is sent


def test_json_holds_every_word_as_it_is_and_nothing_breaks_out(far: Far, gateway: HttpText) -> None:
    with time_machine.travel(NOON, tick=False):
        (said,) = gateway.send([text(until=NOON + dt.timedelta(hours=1))])

    assert far[1].asked[0].json == {
        "messages": [
            {
                "to": "447700900101",
                "text": WORDS,
                "ref": "K7M2PQ2345-7",
                "ttl": 3600,
                "by": "2026-11-20T13:00:00Z",
                "from": "Farm & Co",
                "flash": False,
            }
        ]
    }
    assert far[1].asked[0].headers["content-type"] == "application/json"
    assert (said.fate, said.provider_ref) == (Fate.ACCEPTED, "far-K7M2PQ2345-7")


def test_a_text_without_an_end_has_none(far: Far, gateway: HttpText) -> None:
    list(gateway.send([text()]))

    (one,) = far[1].asked[0].json["messages"]
    assert (one["ttl"], one["by"]) == (None, "")


def test_a_form_holds_every_word_as_it_is(settings: Any) -> None:
    asked, _ = sent(settings, BODY="to={to}&text=Says: {text}&from={from}&fixed=a%20b&empty=")

    assert parse_qs(asked.body.decode(), keep_blank_values=True) == {
        "to": [PHONE],
        "text": [f"Says: {WORDS}"],
        "from": ["Farm & Co"],
        "fixed": ["a b"],
        "empty": [""],
    }
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


def test_with_get_the_form_goes_into_the_address(settings: Any) -> None:
    asked, _ = sent(settings, BODY="to={number}&text={text}", METHOD="GET")

    assert (asked.method, asked.body) == ("GET", b"")
    assert asked.query == {"to": ["447700900101"], "text": [WORDS]}


def test_put_is_put(settings: Any) -> None:
    asked, _ = sent(settings, METHOD="PUT")

    assert (asked.method, asked.json["text"]) == ("PUT", WORDS)


def test_a_sender_that_is_set_goes_before_the_organisation_s(settings: Any) -> None:
    asked, _ = sent(settings, SENDER="07700 900999")

    assert asked.json["from"] == "07700 900999"


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        ("basic name:pass:word", "authorization", f"Basic {base64.b64encode(b'name:pass:word').decode()}"),
        ("Bearer abc", "authorization", "Bearer abc"),
        ("header X-Api-Key: a key", "x-api-key", "a key"),
    ],
)
def test_we_show_who_we_are(settings: Any, auth: str, name: str, value: str) -> None:
    asked, _ = sent(settings, AUTH=auth, HEADERS="Accept: application/json | X-Account: 12\nX-Third: a: b")

    assert asked.headers[name] == value
    assert (asked.headers["accept"], asked.headers["x-account"], asked.headers["x-third"]) == (
        *("application/json", "12", "a: b"),
    )


def test_a_content_type_of_one_s_own_is_kept(settings: Any) -> None:
    asked, _ = sent(settings, HEADERS="content-type: application/vnd.texts+json")

    assert asked.headers["content-type"] == "application/vnd.texts+json"


VALUES = some.fixed_dictionaries({name: some.text(max_size=20) for name in described.PLACES})


@given(VALUES)
def test_whatever_stands_in_a_place_is_written_as_json_writes_it(values: dict[str, str]) -> None:
    made = described.template(
        '{"a%": ["{to}", "100% {text} of {from}, {text}"], "b": {"ŵ": "{seconds}", "c": [1, null]}}'
    )

    assert json.loads(made.fill({**values, "seconds": "60"})) == {
        "a%": [values["to"], f"100% {values['text']} of {values['from']}, {values['text']}"],
        "b": {"ŵ": 60, "c": [1, None]},
    }
    assert made.named == {"to", "text", "from", "seconds"}


@given(VALUES)
def test_whatever_stands_in_a_place_is_written_as_a_form_writes_it(values: dict[str, str]) -> None:
    made = described.template("a%25=100%25&to={to}&text=Says+{text}, {number}{reference}&from=")

    assert made.fill(values) == urlencode({
        "a%": "100%",
        "to": values["to"],
        "text": f"Says {values['text']}, {values['number']}{values['reference']}",
        "from": "",
    })  # fmt: skip


@pytest.mark.parametrize(
    "said", ['{"id": 1}', ' {"id": 1}\n', '{"id": 1} and more', "", "\ufeff{}", "nonsense", "NaN", "[]"]
)
def test_an_answer_is_read_as_json_reads_it(said: str) -> None:
    try:
        expected = json.loads(said)
    except ValueError:
        expected = None

    assert repr(described.document_in(said)) == repr(expected)


# ---------------------------------------------------------------- what answers mean


@pytest.mark.parametrize(
    ("answer", "described_as", "fate", "ref"),
    [
        ({"id": 77}, {"ID": "id"}, Fate.ACCEPTED, "77"),
        ({"a": [{"b": "x"}]}, {"ID": "a.0.b"}, Fate.ACCEPTED, "x"),
        (b"OK id=123 cost=4", {"ID": r"body ~ id=(\d+)"}, Fate.ACCEPTED, "123"),
        (b"4711", {"ID": "body", "TAKEN": r"body ~ ^\d+$"}, Fate.ACCEPTED, "4711"),
        (b"-512", {"ID": "body", "TAKEN": r"body ~ ^\d+$", "NO_SUCH": "body = -512"}, Fate.BOUNCED, ""),
        ({"ok": True}, {"TAKEN": "ok = true"}, Fate.ACCEPTED, "K7M2PQ2345-7"),
        ({}, {}, Fate.ACCEPTED, "K7M2PQ2345-7"),
        ({"state": "Queued"}, {"TAKEN": "state = queued, sent", "ID": "id"}, Fate.ACCEPTED, ""),
    ],
)
def test_a_good_answer_gives_the_name_of_the_text(
    settings: Any, answer: Any, described_as: dict[str, str], fate: Fate, ref: str
) -> None:
    _, said = sent(settings, Reply(200, answer), **described_as)

    assert (said.fate, said.provider_ref, said.try_again) == (fate, ref, False)


@pytest.mark.parametrize(
    ("reply", "described_as", "perhaps"),
    [
        (Reply(200, b"<html>Log in</html>"), {"ID": "id"}, True),
        (Reply(200, b"<html>Log in</html>"), {"TAKEN": "state = queued"}, True),
        (Reply(200, {}), {"ID": "id"}, True),
        (Reply(200, {"id": None}), {"ID": "id"}, True),
        (Reply(200, {"id": {"a": 1}}), {"ID": "id"}, True),
        (Reply(200, [1]), {"ID": "5"}, True),
        (Reply(200, b"[" * 50000), {"ID": "id"}, True),
        (Reply(200, {"state": "no money"}), {"TAKEN": "state = queued"}, False),
        (Reply(200, {"login": "please"}), {"TAKEN": "state = queued"}, True),
        (Reply(200, b"ERR no money"), {"TAKEN": "body ~ ^OK"}, False),
        (Reply(401, {}), {}, False),
        (Reply(500, b"Oops"), {}, True),
        (Reply(503, b"Oops"), {}, False),
        (Reply(429, b"", {"Retry-After": "5"}), {}, False),
        (Reply(200, None, cut=True), {}, True),
    ],
)
def test_what_is_not_said_to_be_taken_waits_or_is_in_doubt(
    settings: Any, reply: Reply, described_as: dict[str, str], *, perhaps: bool
) -> None:
    _, said = sent(settings, reply, **described_as)

    assert (said.fate, said.try_again, said.perhaps) == (Fate.UNKNOWN, True, perhaps)
    assert "900101" not in said.detail


def test_a_refusal_by_status_is_one(settings: Any) -> None:
    _, said = sent(settings, Reply(400, {"error": {"code": 7}}), NO_SUCH="error.code = 8")

    assert (said.fate, said.try_again) == (Fate.FAILED, False)


BUSY = {"state": "busy"}


@pytest.mark.parametrize(
    ("reply", "described_as", "wait"),
    [
        (Reply(200, BUSY), {"SLOWER": "state = slow, busy"}, 2.0),
        (Reply(200, BUSY), {"SLOWER": "state = busy", "TAKEN": "state = queued"}, 2.0),
        (Reply(200, BUSY, {"Retry-After": "30"}), {"SLOWER": "state = busy", "TAKEN": "state = queued"}, 30.0),
        (Reply(200, BUSY, {"Retry-After": "86400"}), {"SLOWER": "state = busy"}, 600.0),
        (Reply(200, BUSY, {"Retry-After": "soon"}), {"SLOWER": "state = busy"}, 2.0),
        (Reply(200, b"THROTTLED 12"), {"SLOWER": "body ~ ^THROTTLED", "TAKEN": "body ~ ^OK"}, 2.0),
        (Reply(400, {"error": {"code": 88}}), {"SLOWER": "error.code = 88"}, 2.0),
        (Reply(500, {"error": {"code": 88}}), {"SLOWER": "error.code = 88"}, 2.0),
        (Reply(429, BUSY, {"Retry-After": "5"}), {"SLOWER": "state = busy"}, 5.0),
    ],
)
def test_who_asks_in_its_own_words_to_go_slower_is_left_alone_for_so_long(
    settings: Any, reply: Reply, described_as: dict[str, str], wait: float
) -> None:
    _, said = sent(settings, reply, **described_as)

    assert (said.fate, said.try_again, said.perhaps, said.wait_s) == (Fate.UNKNOWN, True, False, wait)
    assert said.detail == f"Slower, please ({reply.status})."


@pytest.mark.parametrize(
    ("reply", "described_as", "fate", "perhaps"),
    [
        # It took it, whatever else it says: a second one would be another text.
        (Reply(200, b"OK, but you are slow"), {"SLOWER": "body ~ slow", "TAKEN": "body ~ ^OK"}, Fate.ACCEPTED, False),
        (Reply(200, {"state": "queued"}), {"SLOWER": "state = busy"}, Fate.ACCEPTED, False),
        # Half an answer: nobody knows what stood in the rest.
        (Reply(200, b"slow", cut=True), {"SLOWER": "body ~ slow", "TAKEN": "body ~ ^OK"}, Fate.UNKNOWN, True),
        (Reply(200, BUSY), {"NO_SUCH": "state = busy", "SLOWER": "state = busy"}, Fate.BOUNCED, False),
        (Reply(500, b"Oops"), {"SLOWER": "state = busy"}, Fate.UNKNOWN, True),
    ],
)
def test_nobody_goes_slower_for_what_was_taken_or_is_in_doubt(
    settings: Any, reply: Reply, described_as: dict[str, str], fate: Fate, *, perhaps: bool
) -> None:
    _, said = sent(settings, reply, **described_as)

    assert (said.fate, said.perhaps, said.wait_s) == (fate, perhaps, None)


def test_the_second_is_told_by_its_own_word_to_go_slower(settings: Any) -> None:
    settings.TEXT_HTTP_SLOWER, settings.TEXT_HTTP2_SLOWER = "state = queued", "state = busy"
    with provider(always(Reply(200, BUSY))) as there:
        settings.TEXT_HTTP2_URL = f"{there.address}/send"
        (handover,) = SecondHttpText().send([text()])

    assert handover.wait_s == 2.0


@pytest.mark.parametrize(("knows", "again"), [(True, Again.KNOWN), (False, Again.NEVER)])
def test_only_a_provider_that_knows_our_reference_gets_a_text_twice(
    settings: Any, *, knows: bool, again: Again
) -> None:
    settings.TEXT_HTTP_URL, settings.TEXT_HTTP_KNOWS_REFERENCE = "https://texts.example/send", knows

    assert HttpText().again == again
    assert HttpText.again == Again.NEVER


# ---------------------------------------------------------------- providers as their documents have them

PROVIDERS = ("infobip", "made_up", "vonage")


def sampled(part: str) -> list[tuple[str, Row]]:
    """Return the rows of every provider."""
    return [(name, row) for name in PROVIDERS for row in rows("http_text", name, part)]


def name_of(one: object) -> str:
    return str(one["name"]) if isinstance(one, dict) else str(one)


@pytest.fixture
def made(settings: Any) -> Iterator[Callable[..., HttpText]]:
    """Make a gateway as the samples describe a provider."""
    there: list[HttpText] = []

    def make(name: str, address: str = "https://texts.example/send") -> HttpText:
        for setting, value in {"URL": address, **described_in("http_text", name)}.items():
            setattr(settings, f"TEXT_HTTP_{setting}", value)
        there.append(HttpText())
        return there[-1]

    yield make
    for one in there:
        one.close()


def shown(name: str, what: str, said: Any) -> Told:
    """Return what a provider tells us, with what it shows that it is the provider."""
    body = json.dumps(said).encode()
    kind, place, secret = described_in("http_text", name)["SIGNED"].split(None, 2)
    query = f"?{urlencode({place: secret})}" if kind == "query" else ""
    headers = {place.lower(): secret} if kind == "header" else signed(body)
    return Told(what, f"{SITE}/hooks/http-text/{what}/{query}", headers, body)


@pytest.mark.parametrize(("name", "row"), sampled("answers"), ids=name_of)
def test_an_answer_means_what_its_provider_says_of_it(made: Callable[..., HttpText], name: str, row: Row) -> None:
    with provider(always(reply(row))) as there:
        (said,) = made(name, f"{there.address}/send").send([text()])

    assert means(said, row)
    assert said.provider_ref == row["ref"]
    assert PHONE[1:] not in said.detail


@pytest.mark.parametrize(("name", "row"), sampled("receipts"), ids=name_of)
def test_a_receipt_means_what_its_provider_says_of_it(made: Callable[..., HttpText], name: str, row: Row) -> None:
    heard = made(name).hears(shown(name, "status", row["told"]), lambda _: None)

    assert {receipt.provider_ref: receipt.fate for receipt in heard.receipts} == row["fates"]


@pytest.mark.parametrize(("name", "row"), sampled("came"), ids=name_of)
def test_a_text_that_comes_in_is_read_as_its_provider_writes_it(
    made: Callable[..., HttpText], name: str, row: Row
) -> None:
    (came,) = made(name).hears(shown(name, "text", row["told"]), lambda _: None).incoming

    assert (came.provider_ref, came.sender, came.body) == (row["ref"], row["sender"], row["words"])


# ---------------------------------------------------------------- wrong descriptions


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("URL", "", "Set TEXT_HTTP_URL"),
        ("URL", "http://texts.example/send", "in clear"),
        ("METHOD", "DELETE", "TEXT_HTTP_METHOD is"),
        ("BODY", "", "has no {to} or no {text}"),
        ("BODY", '{"to": "{to}"}', "has no {to} or no {text}"),
        ("BODY", '{"text": "{text}", "to": "{recipient}"}', "{recipient} is not known"),
        ("BODY", '{"to": "{to}", "text": {text}}', "begins like JSON and is none"),
        ("BODY", '{"to": "{to}", "text": "{text}"', "begins like JSON and is none"),
        ("BODY", '{"{to}": "x", "text": "{text}"}', "not a name"),
        ("BODY", "a{to}=x&text={text}", "not a name"),
        ("BODY", "to {to} {text}", "a form such as"),
        ("HEADERS", "nonsense", "TEXT_HTTP_HEADERS"),
        ("HEADERS", "X One: 1", "TEXT_HTTP_HEADERS"),
        ("AUTH", "secret", "TEXT_HTTP_AUTH is"),
        ("AUTH", "basic secret", "TEXT_HTTP_AUTH is"),
        ("AUTH", "header X-Key", "TEXT_HTTP_AUTH is"),
        ("ID", "a b c", "TEXT_HTTP_ID"),
        ("TAKEN", "body ~ (", "cannot be read"),
        ("SLOWER", "body ~ (", "TEXT_HTTP_SLOWER: the pattern"),
        ("RECEIPT", "id=a", "word"),
        ("RECEIPT", "id=a; word=b", "what each word means"),
        ("RECEIPT", "id=a; word=b; lost=x", "lost=x cannot be read"),
        ("RECEIPT", "id=a; word=b; unknown=x", "cannot be read"),
        ("CAME", "id=a; from=b", "text"),
        ("CAME", "id=a; from=b; text=c; delivered=x", "cannot be read"),
        ("SIGNED", "trust me", "TEXT_HTTP_SIGNED is"),
        ("SIGNED", "hmac-md5 X-Signature a-secret-of-sixteen-signs", "TEXT_HTTP_SIGNED is"),
        ("SIGNED", "header X-Secret short", "16 signs"),
    ],
)
def test_a_wrong_description_is_said_and_nothing_goes(
    far: Far, settings: Any, name: str, value: str, sentence: str
) -> None:
    setattr(settings, f"TEXT_HTTP_{name}", value)

    gateway = HttpText()

    assert sentence in gateway.check()
    with pytest.raises(GatewayError) as fault:
        list(gateway.send([text()]))
    assert fault.value.lasting
    assert far[1].asked == []
    with pytest.raises(NotHereError):
        gateway.hears(Told("status", f"{SITE}/hooks/http-text/status/"), lambda _: None)


def test_json_cannot_go_into_an_address(settings: Any) -> None:
    settings.TEXT_HTTP_URL, settings.TEXT_HTTP_METHOD = "https://texts.example/", "GET"

    assert "With GET" in HttpText().check()


def test_secrets_stand_in_no_trace() -> None:
    assert "abcdefgh" not in repr(described.seal("header X-Secret abcdefghabcdefgh"))


# ---------------------------------------------------------------- two providers


def test_two_providers_stand_side_by_side_each_by_its_own_description(far: Far, settings: Any) -> None:
    line = "hueandcry.gateways.sms.generic.HttpText?weight=70 hueandcry.gateways.sms.generic.SecondHttpText?weight=30"
    settings.GATEWAYS = {"sms": line}
    registry.routes_for.cache_clear()

    with provider(always(Reply(200, b"1234567"))) as other:
        settings.TEXT_HTTP2_URL, settings.TEXT_HTTP2_METHOD = f"{other.address}/send", "GET"
        settings.TEXT_HTTP2_BODY, settings.TEXT_HTTP2_ID = "to={number}&text={text}", r"body ~ ^(\d+)$"
        settings.TEXT_HTTP2_AUTH, settings.TEXT_HTTP2_SIGNED = "basic other:word", f"header X-Secret {peer.SECRET}"
        settings.TEXT_HTTP2_RECEIPT = "id=id; word=state; delivered=OK"
        first, second = (route.gateway for route in registry.routes_for("sms"))
        (by_first,), (by_second,) = first.send([text()]), second.send([text(reference="K7M2PQ2345-8")])
        heard = second.hears(  # type: ignore[attr-defined]
            Told("status", f"{SITE}/hooks/http-text-2/status/?id=1234567&state=OK", {"x-secret": peer.SECRET}), said
        )
        with pytest.raises(ForgedError):
            second.hears(told("status", {"results": []}), said)  # type: ignore[attr-defined]
        asked = other.asked[0]
    registry.routes_for.cache_clear()

    assert ((first.name, first.again), (second.name, second.again)) == (
        ("http-text", Again.KNOWN),
        ("http-text-2", Again.NEVER),
    )
    assert (by_first.provider_ref, by_second.provider_ref) == ("far-K7M2PQ2345-7", "1234567")
    assert (asked.method, asked.headers.get("x-api-key")) == ("GET", None)
    assert len(far[1].asked) == 1
    assert [(one.gateway, one.provider_ref, one.fate) for one in heard.receipts] == [
        ("http-text-2", "1234567", Fate.DELIVERED)
    ]


def said(_reference: str) -> None:
    """Know of no call."""


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("URL", "", "Set TEXT_HTTP2_URL"),
        ("BODY", "to={to}", "TEXT_HTTP2_BODY has no"),
        ("TAKEN", "a b c", "TEXT_HTTP2_TAKEN: write a path"),
        ("SLOWER", "a b c", "TEXT_HTTP2_SLOWER: write a path"),
        ("RECEIPT", "id=x", "TEXT_HTTP2_RECEIPT: it does not say"),
    ],
)
def test_what_is_wrong_with_the_second_names_its_own_settings(
    far: Far, settings: Any, name: str, value: str, sentence: str
) -> None:
    peer.describe(settings, far[1].address, "TEXT_HTTP2")
    setattr(settings, f"TEXT_HTTP2_{name}", value)

    assert sentence in SecondHttpText().check()
    assert HttpText().check() == ""


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [({}, "nothing stands at TEXT_HTTP2_TAKEN"), ({"state": "OK"}, "nothing stands at TEXT_HTTP2_ID")],
)
def test_what_an_answer_lacks_names_the_settings_of_the_second(
    settings: Any, answer: dict[str, str], sentence: str
) -> None:
    with provider(always(Reply(200, answer))) as there:
        settings.TEXT_HTTP2_URL, settings.TEXT_HTTP2_ID = f"{there.address}/send", "id"
        settings.TEXT_HTTP2_TAKEN = "" if answer else "state = OK"
        (handover,) = SecondHttpText().send([text()])

    assert sentence in handover.detail


# ---------------------------------------------------------------- what it tells us


def signed(body: bytes, *, secret: str = peer.SECRET, **more: str) -> dict[str, str]:
    return {"x-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(), **more}


def told(what: str, said: Any, query: str = "") -> Told:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return Told(what, f"{SITE}/hooks/http-text/{what}/{query}", signed(body), body)


def hear(gateway: HttpText, what: str, said: Any) -> Heard:
    return gateway.hears(told(what, said), lambda _: None)


def test_a_list_of_receipts_is_read_and_unknown_words_are_kept_as_such(gateway: HttpText) -> None:
    words = ("SENT", "delivrd", "Delivered", "UNDELIV", "UNKNOWN_SUBSCRIBER", "EXPIRED", "BEAMED", None)

    heard = hear(
        gateway,
        "status",
        {"results": [{"message": {"id": number}, "state": word} for number, word in enumerate(words)]},
    )

    assert [(receipt.provider_ref, receipt.fate) for receipt in heard.receipts] == [
        ("0", Fate.ACCEPTED),
        ("1", Fate.DELIVERED),
        ("2", Fate.DELIVERED),
        ("3", Fate.FAILED),
        ("4", Fate.BOUNCED),
        ("5", Fate.EXPIRED),
        ("6", Fate.UNKNOWN),
        ("7", Fate.UNKNOWN),
    ]
    assert {receipt.gateway for receipt in heard.receipts} == {"http-text"}
    assert "BEAMED" in heard.receipts[6].raw


def test_what_names_no_text_is_passed_over(gateway: HttpText) -> None:
    heard = hear(
        gateway, "status", {"results": [{"state": "SENT"}, {"message": {"id": "7"}, "state": "SENT"}, 5, None]}
    )

    assert [receipt.provider_ref for receipt in heard.receipts] == ["7"]


def test_texts_that_came_in_are_taken_as_they_came(gateway: HttpText) -> None:
    words = 'Yes "grey" van\n& dogs \U0001f690'

    heard = hear(
        gateway,
        "text",
        {"results": [{"id": "in-1", "sender": {"number": PHONE}, "content": words}, {"id": "in-2", "content": "x"}]},
    )

    (came,) = heard.incoming
    assert (came.gateway, came.provider_ref, came.channel, came.sender, came.body) == (
        *("http-text", "in-1", "sms", PHONE, words),
    )


def test_a_form_and_what_stands_in_the_address_are_read_too(far: Far, settings: Any) -> None:
    settings.TEXT_HTTP_SIGNED = "query key a-secret-of-sixteen-signs"
    settings.TEXT_HTTP_RECEIPT = "id=msgid; word=dlr; delivered=1; failed=2"
    address = f"{SITE}/hooks/http-text/status/?key=a-secret-of-sixteen-signs&msgid=77"

    heard = HttpText().hears(Told("status", address, {}, b"dlr=1&x=%C5%B5"), lambda _: None)

    assert [(receipt.provider_ref, receipt.fate) for receipt in heard.receipts] == [("77", Fate.DELIVERED)]


@pytest.mark.parametrize(
    "said",
    [
        {},
        [],
        {"results": []},
        {"results": "x"},
        {"results": [{}]},
        [[[]]],
        b"{",
        b"",
        b"\xff\xfe",
        b"[" * 50000,
        b"a=1&" * 300,
        {"results": [{"message": {"id": "7"}, "state": "SENT"}] * (MOST_ITEMS + 1)},
    ],
    ids=lambda said: str(said)[:20],
)
def test_nonsense_that_is_signed_cannot_be_read(gateway: HttpText, said: Any) -> None:
    with pytest.raises(UnreadableError):
        hear(gateway, "status", said)


def test_nothing_else_is_told_here(gateway: HttpText) -> None:
    with pytest.raises(NotHereError):
        hear(gateway, "keys", {})


@pytest.mark.parametrize(("what", "name"), [("status", "RECEIPT"), ("text", "CAME"), ("status", "SIGNED")])
def test_what_is_not_described_has_no_address(far: Far, settings: Any, what: str, name: str) -> None:
    setattr(settings, f"TEXT_HTTP_{name}", "")

    with pytest.raises(NotHereError):
        HttpText().hears(told(what, {}), lambda _: None)


BODY = b'{"results": []}'
DIGEST = hmac.new(peer.SECRET.encode(), BODY, hashlib.sha256).digest()


@pytest.mark.parametrize(
    "shown",
    [
        DIGEST.hex(),
        DIGEST.hex().upper(),
        base64.b64encode(DIGEST).decode(),
        f"sha256={DIGEST.hex()}",
        f"v1={DIGEST.hex()}",
    ],
)
def test_a_signature_is_read_however_it_is_written(gateway: HttpText, shown: str) -> None:
    with pytest.raises(UnreadableError):  # believed, and empty
        gateway.hears(Told("status", SITE, {"x-signature": shown}, BODY), lambda _: None)


FORGERIES: dict[str, Callable[[], Told]] = {
    "no signature": lambda: Told("status", SITE, {}, BODY),
    "another secret": lambda: Told("status", SITE, signed(BODY, secret="another secret of many signs"), BODY),
    "another body": lambda: Told("status", SITE, signed(b"{}"), BODY),
    "cut": lambda: Told("status", SITE, {"x-signature": DIGEST.hex()[:-2]}, BODY),
    "none": lambda: Told("status", SITE, {"x-signature": ""}, BODY),
    "signs that are none": lambda: Told("status", SITE, {"x-signature": "ŵ\udcff=="}, BODY),
    "another header": lambda: Told("status", SITE, {"signature": DIGEST.hex()}, BODY),
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forgery_is_not_believed(gateway: HttpText, how: str) -> None:
    with pytest.raises(ForgedError):
        gateway.hears(FORGERIES[how](), lambda _: None)


@pytest.mark.parametrize(
    ("seal", "headers", "query", "fits"),
    [
        ("header X-Secret a-secret-of-sixteen-signs", {"x-secret": "a-secret-of-sixteen-signs"}, {}, True),
        ("header X-Secret a-secret-of-sixteen-signs", {"x-secret": "a-secret-of-sixteen-sign"}, {}, False),
        ("header X-Secret a-secret-of-sixteen-signs", {}, {"X-Secret": "a-secret-of-sixteen-signs"}, False),
        ("query key a-secret-of-sixteen-signs", {}, {"key": "a-secret-of-sixteen-signs"}, True),
        ("query key a-secret-of-sixteen-signs", {}, {"key": ""}, False),
    ],
)
def test_a_shared_secret_is_looked_for_where_it_is_said_to_stand(
    seal: str, headers: dict[str, str], query: dict[str, str], *, fits: bool
) -> None:
    made = described.seal(seal)

    assert made is not None
    assert made.fits(headers, query, b"") is fits


def test_it_brings_nothing_by_itself(gateway: HttpText) -> None:
    assert gateway.collect() == ((), ())
    assert list(gateway.send([])) == []
