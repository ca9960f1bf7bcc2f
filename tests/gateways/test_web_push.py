"""Notifications: sealed for one browser, signed in our name, posted only where browsers' makers take them."""

import base64
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hueandcry.gateways.contract import Again, Fate, ForgedError, GatewayError, Outgoing, Told, UnreadableError
from hueandcry.gateways.push import sealing
from hueandcry.gateways.push.web import WebPush, public_key
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.push import is_push_service
from tests.gateways.peers.provider import Provider, Reply
from tests.gateways.peers.web_push import BROWSER, FarPush, far_push
from tests.gateways.sampled import Row, means, reply, rows
from tests.shared_data import shared_file

KNOWN = "fcm.googleapis.com *.push.services.mozilla.com *.push.apple.com *.notify.windows.com"
LINK = "https://dogger.example.org/my/a-secret/"


@pytest.fixture
def far(settings: Any) -> Iterator[tuple[FarPush, Provider]]:
    with far_push(settings) as there:
        yield there


def outgoing(ending: str = "100", **more: Any) -> Outgoing:
    said = {"reference": "K7M2PQ-1", "body": "Sheep on the A12.", "sender": "Doggerland Police", "link": LINK}
    return Outgoing(address=f"push:{ending}", **{**said, **more})


def opened(header: str) -> tuple[dict[str, Any], bytes, bytes, str]:
    """Return what a VAPID header claims, what was signed, the signature and the key."""
    token, key = header.removeprefix("vapid t=").split(", k=")
    what, _, signature = token.rpartition(".")
    claims = json.loads(sealing.unb64(what.partition(".")[2]))
    return claims, what.encode(), sealing.unb64(signature), key


# ---------------------------------------------------------------- sealed and signed


@pytest.mark.county
def test_what_is_sealed_is_what_the_standard_seals() -> None:
    case = json.loads(shared_file("web-push/rfc8291_vector.json").read_text())
    ours = ec.derive_private_key(int.from_bytes(sealing.unb64(case["as_private"]), "big"), sealing.CURVE)

    body = sealing.seal(
        sealing.unb64(case["plaintext"]),
        browser=case["ua_public"],
        secret=case["auth_secret"],
        sender=ours,
        salt=sealing.unb64(case["salt"]),
    )

    assert sealing.b64(sealing.point_of(ours)) == case["as_public"]
    assert sealing.b64(body) == case["body"]


def test_the_same_words_are_sealed_otherwise_each_time() -> None:
    first, second = (sealing.seal(b"Sheep", browser=BROWSER.p256dh, secret=BROWSER.auth) for _ in range(2))

    assert first != second
    assert first[21:86] != second[21:86]  # the sender's key


@pytest.mark.parametrize(
    ("browser", "secret"),
    [
        ("", BROWSER.auth),
        ("no key at all", BROWSER.auth),
        ("ü", BROWSER.auth),
        (sealing.b64(b"\x04" + b"\x01" * 64), BROWSER.auth),  # not on the curve
        (sealing.b64(b"\x00"), BROWSER.auth),
        (BROWSER.p256dh, ""),
        (BROWSER.p256dh, sealing.b64(b"a" * 15)),
        (BROWSER.p256dh, "A"),
    ],
    # The keys are drawn anew in each process.
    ids=["none", "words", "foreign", "off the curve", "too short", "no secret", "short secret", "half a secret"],
)
def test_keys_that_are_none_are_said(browser: str, secret: str) -> None:
    with pytest.raises(sealing.SealError):
        sealing.seal(b"Sheep", browser=browser, secret=secret)


def test_our_name_is_signed_for_one_push_service_and_half_a_day(far: tuple[FarPush, Provider]) -> None:
    gateway = WebPush()
    list(gateway.send([outgoing("100"), outgoing("101", reference="K7M2PQ-2")]))

    headers = [asked.headers["authorization"] for asked in far[1].asked]
    claims, what, signature, key = opened(headers[0])
    halves = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")

    assert headers[0] == headers[1]  # signed once
    assert claims["aud"] == far[1].address
    assert claims["sub"] == "mailto:duty@example.org"
    assert 11 * 3600 < claims["exp"] - clock.now().timestamp() < 13 * 3600
    assert key == gateway.public_key == public_key()
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(sealing.CURVE, sealing.unb64(key))
    theirs.verify(encode_dss_signature(*halves), what, ec.ECDSA(hashes.SHA256()))  # or it raises


def test_our_key_is_the_same_for_every_worker_unless_one_is_set(settings: Any) -> None:
    made = public_key()
    settings.WEB_PUSH_KEY = base64.urlsafe_b64encode(b"\x01" * 32).decode()
    told = public_key()

    assert len(made) == len(told) == 87
    assert made != told
    settings.WEB_PUSH_KEY = ""
    assert public_key() == made
    settings.SECRET_KEY = "another"
    assert public_key() != made


@pytest.mark.parametrize("key", ["short", "ü" * 43, "A" * 43, sealing.b64(b"\xff" * 32)])
def test_a_key_that_is_none_stops_it_with_a_sentence(settings: Any, key: str) -> None:
    settings.WEB_PUSH_KEY = key

    gateway = WebPush()

    assert "key" in gateway.check()
    assert gateway.public_key == public_key() == ""
    with pytest.raises(GatewayError) as refusal:
        list(gateway.send([outgoing()]))
    assert refusal.value.lasting


def test_without_hosts_it_says_that_nobody_can_be_sent_any(settings: Any) -> None:
    settings.WEB_PUSH_HOSTS = " "

    assert "WEB_PUSH_HOSTS" in WebPush().check()


# ---------------------------------------------------------------- what goes


def test_the_browser_reads_the_words_and_where_they_stand(far: tuple[FarPush, Provider]) -> None:
    (said,) = WebPush().send([outgoing(language="cy")])

    (shown,) = far[0].taken
    assert (said.fate, said.provider_ref) == (Fate.ACCEPTED, "K7M2PQ-1")
    assert (shown["title"], shown["body"]) == ("Doggerland Police", "Sheep on the A12.")
    assert (shown["link"], shown["lang"], shown["tag"]) == (LINK, "cy", "K7M2PQ-1")
    assert "Sheep" not in repr(far[1].asked[0].body)


@pytest.mark.parametrize(
    ("urgent", "minutes", "urgency", "seconds"),
    [
        (True, 10, "high", range(590, 601)),
        (False, None, "normal", range(86400, 86401)),
        (False, -5, "normal", range(1)),
        (False, 60 * 24 * 365, "normal", range(2419200, 2419201)),
    ],
)
def test_the_push_service_is_told_how_long_and_how_urgent(
    far: tuple[FarPush, Provider], *, urgent: bool, minutes: int | None, urgency: str, seconds: range
) -> None:
    until = None if minutes is None else clock.now() + dt.timedelta(minutes=minutes)

    list(WebPush().send([outgoing(urgent=urgent, until=until)]))

    headers = far[1].asked[0].headers
    assert headers["urgency"] == urgency
    assert int(headers["ttl"]) in seconds
    assert headers["content-encoding"] == "aes128gcm"


def test_sent_again_it_replaces_the_first(far: tuple[FarPush, Provider]) -> None:
    gateway = WebPush()
    for _ in range(2):
        list(gateway.send([outgoing()]))
    list(gateway.send([outgoing(reference="K7M2PQ-2")]))
    list(gateway.send([outgoing(reference="x" * 80)]))

    topics = [asked.headers["topic"] for asked in far[1].asked]
    assert gateway.again == Again.SAME
    assert topics[:3] == ["K7M2PQ-1", "K7M2PQ-1", "K7M2PQ-2"]
    assert len(topics[3]) == 32
    assert [shown["tag"] for shown in far[0].taken[:2]] == ["K7M2PQ-1"] * 2


@pytest.mark.parametrize("body", ["a" * 100_000, "🐑" * 5_000, 'ŵ"\\' * 3_000, "\u202eSheep\n\x07" * 900])
def test_words_of_any_length_fit_what_push_services_take(far: tuple[FarPush, Provider], body: str) -> None:
    (said,) = WebPush().send([outgoing(body=body, sender="D" * 500)])

    assert said.fate == Fate.ACCEPTED
    assert len(far[1].asked[0].body) <= 4096
    assert far[0].taken[0]["body"].endswith("…")
    assert body.startswith(far[0].taken[0]["body"][:-1])


# ---------------------------------------------------------------- what comes back


@pytest.mark.parametrize("row", rows("web_push", "answers"), ids=lambda row: row["name"])
def test_each_answer_of_a_push_service_is_understood(far: tuple[FarPush, Provider], row: Row) -> None:
    far[0].status["100"] = reply(row)

    said = {one.reference: one for one in WebPush().send([outgoing("100"), outgoing("101", reference="K7M2PQ-2")])}

    assert means(said["K7M2PQ-1"], row)
    assert said["K7M2PQ-2"].fate == Fate.ACCEPTED  # its neighbour is none the worse


@pytest.mark.parametrize("says", ["", "-1", "soon", "4.5", "٣"])
def test_a_time_of_windows_that_is_none_is_a_short_one(far: tuple[FarPush, Provider], says: str) -> None:
    far[0].status["100"] = Reply(406, headers={"X-WNS-Continue-After": says.encode().decode("latin-1")})

    (said,) = WebPush().send([outgoing("100")])

    assert (said.try_again, said.wait_s) == (True, 2.0)


def test_windows_cannot_have_us_wait_for_ever(far: tuple[FarPush, Provider]) -> None:
    far[0].status["100"] = Reply(406, headers={"X-WNS-Continue-After": "9" * 400})

    (said,) = WebPush().send([outgoing("100")])

    assert (said.try_again, said.wait_s) == (True, 600.0)


def test_words_after_a_good_answer_change_nothing_and_silence_is_doubt(far: tuple[FarPush, Provider]) -> None:
    far[0].status |= {"100": Reply(201, b"\xff" * 5000), "101": Reply(0, cut=True)}

    said = {one.reference: one for one in WebPush().send([outgoing("100"), outgoing("101", reference="K7M2PQ-2")])}

    assert said["K7M2PQ-1"].fate == Fate.ACCEPTED
    assert (said["K7M2PQ-2"].try_again, said["K7M2PQ-2"].perhaps) == (True, True)


def test_a_browser_that_is_known_no_more_or_has_a_wrong_key_bounces_without_a_request(settings: Any) -> None:
    settings.WEB_PUSH_HOSTS = "127.0.0.1"
    found = {
        "push:elsewhere": ("https://10.0.0.1/send/1", BROWSER.p256dh, BROWSER.auth),
        "push:no-key": ("http://127.0.0.1:9/send/1", "nonsense", BROWSER.auth),
    }
    gateway = WebPush(find=lambda _addresses: found)

    said = list(gateway.send([outgoing(one, reference=f"K7M2PQ-{n}") for n, one in
        enumerate(["unknown", "elsewhere", "no-key"])]))  # fmt: skip

    assert {(one.fate, one.try_again) for one in said} == {(Fate.BOUNCED, False)}
    assert len({one.reference for one in said}) == 3


# ---------------------------------------------------------------- it was shown


def told(body: bytes, what: str = "shown") -> Told:
    return Told(what, "https://dogger.example.org/hooks/web-push/shown/", {}, body)


def test_a_browser_says_that_it_was_shown(far: tuple[FarPush, Provider]) -> None:
    gateway = WebPush()
    list(gateway.send([outgoing()]))
    mark = far[0].taken[0]["mark"]

    (receipt,) = gateway.hears(told(mark.encode()), lambda _: None).receipts

    assert (receipt.provider_ref, receipt.fate, receipt.gateway) == ("K7M2PQ-1", Fate.DELIVERED, "web-push")


def test_nobody_says_so_of_another_s(far: tuple[FarPush, Provider]) -> None:
    gateway = WebPush()
    list(gateway.send([outgoing()]))
    mark = far[0].taken[0]["mark"].partition(".")[2]

    for body in (f"K7M2PQ-2.{mark}".encode(), b"K7M2PQ-1.", b"K7M2PQ-1.\xff\xfe"):
        with pytest.raises(ForgedError):
            gateway.hears(told(body), lambda _: None)
    for body in (b"", b"K7M2PQ-1", b".", b"\x00" * 100):
        with pytest.raises(UnreadableError):
            gateway.hears(told(body), lambda _: None)
    with pytest.raises(NotHereError):
        gateway.hears(told(b"", "else"), lambda _: None)


# ---------------------------------------------------------------- where it may go


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:443/wp/abc",
        "https://FCM.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/QGuQyavXutnMH",
        "https://wns2-db5p.notify.windows.com/w/?token=abc",
    ],
)
def test_push_services_are_known(endpoint: str) -> None:
    assert is_push_service(endpoint, hosts=KNOWN)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "nonsense",
        "http://fcm.googleapis.com/fcm/send/abc",
        "http://localhost/send",
        "http://127.0.0.1:5432/",
        "https://127.0.0.1/send",
        "https://[::1]/send",
        "https://169.254.169.254/latest/meta-data/",
        "https://fcm.googleapis.com.example.org/x",
        "https://example.org/fcm.googleapis.com",
        "https://example.org#fcm.googleapis.com/x",
        "https://evilfcm.googleapis.com/x",
        "https://push.apple.com/x",
        "https://.push.apple.com@example.org/x",
        "https://fcm.googleapis.com@example.org/x",
        "https://user:word@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:22/x",
        "https://fcm.googleapis.com:99999/x",
        "https://fcm.googleapis.com\\@example.org/x",
        "https://fcm.googleapis.com/x\r\nHost: example.org",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/ü",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com/",
        "https://[fcm.googleapis.com/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://fcm.googleapis.com/" + "x" * 1000,
    ],
)
def test_nothing_else_is_one(endpoint: str) -> None:
    assert not is_push_service(endpoint, hosts=KNOWN)
