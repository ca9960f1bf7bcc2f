"""Texts by SMPP, against a server written by others (the npm package `smpp`)."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from hueandcry.gateways import registry
from hueandcry.gateways.contract import Fate, GatewayError, Incoming, Outgoing, Receipt
from hueandcry.gateways.sms import smpp, smpp_board, smpp_clerk, smpp_kept
from hueandcry.gateways.sms.smpp import STATUSES, SecondSmppText, SmppText, meaning
from hueandcry.gateways.sms.smpp_form import Style
from hueandcry.gateways.sms.smpp_kept import COLLECT, HOLD
from hueandcry.gateways.sms.smpp_lines import Account
from hueandcry.gateways.sms.smpp_wire import Terms
from hueandcry.kit import clock
from tests.gateways.peers.names import lives_at
from tests.gateways.peers.smpp import Peer, far_side, peer
from tests.gateways.peers.smtp import AUTHORITY, free_port

PASSWORD = "secret"
LONG = "A white van [reg. unknown] was seen near Clitheroe, going north on the A59. " * 3
WELSH = "Gwelwyd fan wen ger Llŷn, yn mynd tua'r gogledd. " * 2


def outgoing(number: int = 101, **words: Any) -> Outgoing:
    """Return a message to one member."""
    return Outgoing(**{
        "reference": f"K7M2PQ-{number}",
        "address": f"+447700900{number}",
        "body": "A white van was seen.",
        "sender": "Doggerland Police",
        **words,
    })  # fmt: skip


@contextmanager
def gateway_to(there: Peer, **words: Any) -> Iterator[SmppText]:
    """Return a gateway to a server of this machine; its connections are ended afterwards."""
    style = Style(**{"sender": "07700 900999", **words.pop("style", {})})
    account = Account(**{
        "host": "127.0.0.1",
        "port": there.port,
        "terms": Terms("hueandcry", PASSWORD),
        "tls": "none",
        "binds": 1,
        # However late this machine gives the provider its turn, it has not taken too long.
        "answer": 20.0,
        "batch": 40.0,
        **words,
    })  # fmt: skip
    made = SmppText(account, style)
    try:
        yield made
    finally:
        made.close()


def until(found: Callable[[], Any], *, within: float = 60.0) -> Any:
    """Wait for something and return it."""
    end = time.monotonic() + within
    while not (there := found()) and time.monotonic() < end:
        time.sleep(0.01)
    return there


def told(gateway: SmppText, *, receipts: int = 0, texts: int = 0) -> tuple[list[Receipt], list[Incoming]]:
    """Collect until so many have come."""
    all_receipts: list[Receipt] = []
    all_texts: list[Incoming] = []

    def enough() -> bool:
        said, came = gateway.collect()
        all_receipts.extend(said)
        all_texts.extend(came)
        return len(all_receipts) >= receipts and len(all_texts) >= texts

    until(enough)
    return all_receipts, all_texts


def wiped() -> None:
    """Remove what clerks have written: they do so in transactions of their own, which no test's end takes back."""

    def wipe() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM gateways_arrival")
            cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [COLLECT])
        connection.close()

    thread = threading.Thread(target=wipe)
    thread.start()
    thread.join()


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_left(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield
    with django_db_blocker.unblock():
        wiped()


@pytest.fixture
def kept(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test begin with nothing kept."""
    monkeypatch.setattr(smpp_kept, "HOLD", dt.timedelta(seconds=0.1))
    wiped()


# ---------------------------------------------------------------- what goes out


@pytest.mark.django_db
def test_a_text_arrives_as_it_was_written_with_all_that_was_asked_for() -> None:
    moment = clock.now() + dt.timedelta(hours=12, seconds=30)

    with peer(password=PASSWORD) as there, gateway_to(there) as gateway:
        (said,) = gateway.send([outgoing(body="£5 for @home {€}", until=moment, urgent=True)])
        (plain,) = gateway.send([outgoing(102)])

    first, second = there.submits()
    assert (said.fate, said.provider_ref, said.parts) == (Fate.ACCEPTED, "1000", 1)
    assert plain.provider_ref == "1001"
    assert (first["source_addr_ton"], first["source_addr_npi"], first["source_addr"]) == (1, 1, "447700900999")
    assert (first["dest_addr_ton"], first["dest_addr_npi"], first["destination_addr"]) == (1, 1, "447700900101")
    assert first["short_message"]["message"] == "£5 for @home {€}"
    assert (first["data_coding"], first["esm_class"]) == (0, 0)
    assert (first["registered_delivery"], first["priority_flag"], second["priority_flag"]) == (1, 1, 0)
    assert first["user_message_reference"] == 101
    # The library reads it as the moment that it is.
    assert abs(dt.datetime.fromisoformat(first["validity_period"]) - moment) < dt.timedelta(minutes=2)
    assert not second["validity_period"]
    (bound,) = there.all("bind")
    assert (bound["command"], bound["user"], bound["version"]) == ("bind_transceiver", "hueandcry", 0x34)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "parts", "coding"),
    [(LONG, 2, 0), (WELSH, 2, 8), ("😬" * 80, 3, 8), ("€" * 155, 3, 0)],
    ids=["long", "Welsh", "faces", "euros"],
)
def test_a_long_text_goes_in_parts_that_a_phone_joins(body: str, parts: int, coding: int) -> None:
    with peer() as there, gateway_to(there) as gateway:
        (said,) = gateway.send([outgoing(body=body)])

    submits = there.submits()
    headers = [bytes.fromhex(submit["short_message"]["udh"][0]) for submit in submits]
    assert (said.fate, said.parts, said.provider_ref) == (Fate.ACCEPTED, parts, f"1000+{parts - 1}")
    assert "".join(submit["short_message"]["message"] for submit in submits) == body
    assert {(submit["esm_class"], submit["data_coding"]) for submit in submits} == {(0x40, coding)}
    assert [header[-2:] for header in headers] == [bytes([parts, number]) for number in range(1, parts + 1)]
    assert len({header[:-1] for header in headers}) == 1


@pytest.mark.django_db
def test_a_long_text_may_go_by_parameters_or_whole() -> None:
    with peer() as there:
        with gateway_to(there, style={"long": "sar"}) as gateway:
            (by_parameters,) = gateway.send([outgoing(body=LONG)])
        with gateway_to(there, style={"long": "payload"}) as gateway:
            (whole,) = gateway.send([outgoing(body=LONG)])

    first, second, payload = there.submits()
    assert [by_parameters.parts, whole.parts] == [2, 2]
    assert [(one["sar_total_segments"], one["sar_segment_seqnum"]) for one in (first, second)] == [(2, 1), (2, 2)]
    assert first["sar_msg_ref_num"] == second["sar_msg_ref_num"]
    assert first["short_message"]["message"] + second["short_message"]["message"] == LONG
    assert payload["message_payload"]["message"] == LONG
    assert whole.provider_ref == "1002"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sender", "ton", "written"),
    [("Doggerland", 5, "Doggerland"), ("60777", 3, "60777"), ("+447700900999", 1, "447700900999"), ("0:1:7", 0, "7")],
)
def test_texts_come_from_a_name_a_short_code_or_a_number(sender: str, ton: int, written: str) -> None:
    with peer() as there, gateway_to(there, style={"sender": sender}) as gateway:
        list(gateway.send([outgoing()]))

    (submit,) = there.submits()
    assert (submit["source_addr_ton"], submit["source_addr"]) == (ton, written)


@pytest.mark.django_db
def test_without_a_sender_in_the_settings_it_is_the_organisations_name_if_that_fits() -> None:
    with peer() as there, gateway_to(there, style={"sender": ""}) as gateway:
        list(gateway.send([outgoing(sender="Watch Scheme 7"[:11]), outgoing(102, sender="Doggerland Constabulary")]))

    assert [submit["source_addr"] for submit in there.submits()] == ["Watch Schem", ""]


@pytest.mark.django_db
def test_what_cannot_go_holds_up_nothing() -> None:
    messages = [
        outgoing(101),
        outgoing(102, address="not a number"),
        outgoing(103, body="  "),
        outgoing(104, until=clock.now()),
        outgoing(105, body="€" * 77 * 256),
        outgoing(998),
        outgoing(106),
    ]

    with peer() as there, gateway_to(there) as gateway:
        said = {handover.reference[-3:]: handover for handover in gateway.send(messages)}

    assert {key: (handover.fate, handover.try_again) for key, handover in said.items()} == {
        "101": (Fate.ACCEPTED, False),
        "102": (Fate.BOUNCED, False),
        "103": (Fate.FAILED, False),
        "104": (Fate.EXPIRED, False),
        "105": (Fate.FAILED, False),
        "998": (Fate.BOUNCED, False),
        "106": (Fate.ACCEPTED, False),
    }
    assert said["998"].detail == "There is no such number. (0x0B)"


@pytest.mark.django_db
def test_many_texts_from_many_threads_each_arrive_once() -> None:
    said: list[str] = []

    def send(first: int) -> None:
        messages = [outgoing(100 + number, reference=f"K7M2PQ-{first}{number:03}") for number in range(300)]
        said.extend(handover.provider_ref for handover in gateway.send(messages) if handover.fate == Fate.ACCEPTED)

    with peer() as there, gateway_to(there, binds=2) as gateway:
        threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(there.submits()) == 4 * 300
    assert len(said) == len(set(said)) == 4 * 300


# ---------------------------------------------------------------- refusals


@pytest.mark.django_db
@pytest.mark.parametrize("status", sorted(set(STATUSES) - {0x14, 0x58}))
def test_each_status_means_what_the_table_says(status: int) -> None:
    with peer(statuses={"447700900101": [status]}) as there, gateway_to(there) as gateway:
        said = {handover.reference[-3:]: handover for handover in gateway.send([outgoing(), outgoing(102)])}

    means = STATUSES[status]
    assert (said["101"].fate, said["101"].try_again, said["101"].perhaps) == (means.fate, means.again, False)
    assert said["101"].detail == f"{means.words} (0x{status:02X})"
    assert said["101"].wait_s is None
    assert said["102"].fate == Fate.ACCEPTED


def test_a_status_that_nobody_knows_was_a_refusal_all_the_same() -> None:
    means = meaning(0x0407)

    assert (means.fate, means.again) == (Fate.UNKNOWN, True)
    assert "0x407" in means.words


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "without"),
    [(0x06, "priority_flag"), (0x62, "validity_period"), (0xC1, "user_message_reference")],
)
def test_what_a_provider_does_not_take_is_left_out_next_time(status: int, without: str) -> None:
    message = outgoing(urgent=True, until=clock.now() + dt.timedelta(hours=1))

    with peer(statuses={"447700900101": [status, 0]}) as there, gateway_to(there) as gateway:
        (first,) = gateway.send([message])
        (second,) = gateway.send([message])

    with_it, without_it = there.submits()
    assert (first.try_again, second.fate) == (True, Fate.ACCEPTED)
    assert with_it[without]
    assert not without_it.get(without)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [0x14, 0x58])
def test_a_provider_that_has_enough_of_us_gets_what_is_in_flight_and_nothing_more(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smpp_board, "FIRST_PAUSE", 25.0)
    messages = [outgoing(number) for number in range(100, 200)]

    with peer(statuses={"447700900103": [status, 0]}) as there, gateway_to(there) as gateway:
        said = list(gateway.send(messages))
        meanwhile = list(gateway.send([outgoing(201)]))
        tried = len(there.submits())

    back = [handover for handover in said if handover.fate != Fate.ACCEPTED]
    assert len(said) == 100
    assert 0 < tried < 20
    assert all(handover.try_again and not handover.perhaps and handover.wait_s for handover in [*back, *meanwhile])
    assert max(handover.wait_s or 0 for handover in back) <= smpp_board.FIRST_PAUSE


@pytest.mark.django_db
def test_the_rest_of_a_text_that_is_begun_follows_after_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_board, "FIRST_PAUSE", 0.3)
    with peer(statuses={"447700900101": [0, 0x58, 0]}) as there, gateway_to(there) as gateway:
        messages = [outgoing(number, body=LONG) for number in range(101, 120)]
        said = {handover.reference[-3:]: handover for handover in gateway.send(messages)}

    assert said["101"].fate == Fate.ACCEPTED
    assert said["119"].wait_s
    assert len([one for one in there.submits() if one["destination_addr"] == "447700900101"]) == 3


@pytest.mark.django_db
def test_a_text_of_which_one_part_is_refused_was_perhaps_sent() -> None:
    with peer(statuses={"447700900101": [0, 0x0B]}) as there, gateway_to(there) as gateway:
        (said,) = gateway.send([outgoing(body=LONG)])

    assert (said.fate, said.try_again, said.perhaps) == (Fate.UNKNOWN, True, True)
    assert "some of its parts" in said.detail


@pytest.mark.django_db
def test_a_text_of_which_every_part_is_refused_is_refused() -> None:
    with peer(statuses={"*": [0x0B]}) as there, gateway_to(there) as gateway:
        (said,) = gateway.send([outgoing(body=LONG)])

    assert (said.fate, said.try_again, said.perhaps) == (Fate.BOUNCED, False, False)


# ---------------------------------------------------------------- connections


@pytest.mark.django_db
def test_connections_stand_between_sends_and_end_with_a_goodbye() -> None:
    with peer() as there:
        with gateway_to(there) as gateway:
            for number in range(3):
                list(gateway.send([outgoing(101 + number)]))
        there.wait_for("unbind")

        assert len(there.all("bind")) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "binds"),
    [("pair", {"bind_transmitter", "bind_receiver"}), ("transmitter", {"bind_transmitter"})],
)
def test_it_connects_as_the_provider_wants_it(mode: str, binds: set[str]) -> None:
    with peer() as there, gateway_to(there, mode=mode) as gateway:
        (said,) = gateway.send([outgoing()])
        until(lambda: len(there.all("bind")) == len(binds))

    assert said.fate == Fate.ACCEPTED
    assert {bound["command"] for bound in there.all("bind")} == binds


@pytest.mark.django_db
def test_a_gateway_that_is_made_twice_connects_once_and_says_goodbye_with_the_worker(settings: Any) -> None:
    with far_side(settings) as there:
        first, second = SmppText(), SmppText()
        said = [next(iter(gateway.send([outgoing()]))) for gateway in (first, second)]
        binds = len(there.all("bind"))
        smpp.goodbye()
        there.wait_for("unbind")

    assert [handover.fate for handover in said] == [Fate.ACCEPTED] * 2
    assert binds == 1


@pytest.mark.django_db
def test_where_nothing_comes_back_nobody_listens() -> None:
    with peer() as there, gateway_to(there, mode="transmitter") as gateway:
        nothing = gateway.collect()

        assert nothing == ([], [])
        assert not gateway._board.runs


@pytest.mark.django_db
def test_it_goes_on_over_a_new_connection_when_one_breaks() -> None:
    with peer() as there, gateway_to(there) as gateway:
        list(gateway.send([outgoing()]))
        there.cut()
        # It breaks when we come to it: under the first, or before it.
        there.all("bind")
        said = [handover for number in (102, 103, 104) for handover in gateway.send([outgoing(number)])]

    broken = [handover for handover in said if handover.fate != Fate.ACCEPTED]
    assert len(said) == 3
    assert said[-1].fate == Fate.ACCEPTED
    assert [handover.perhaps for handover in broken] in ([], [True])


@pytest.mark.django_db
@pytest.mark.parametrize("nobody_first", [True, False])
def test_where_nobody_listens_at_one_address_of_the_provider_all_go_to_another(
    monkeypatch: pytest.MonkeyPatch,
    nobody_first: bool,  # noqa: FBT001
) -> None:
    with peer(password=PASSWORD) as there, gateway_to(there, host="provider.example") as gateway:
        lives_at(monkeypatch, [("127.0.0.1", free_port()), ("127.0.0.1", there.port)][:: 1 if nobody_first else -1])
        well = gateway.check()
        said = list(gateway.send([outgoing(number) for number in range(100, 160)]))
        bound = len(there.all("bind"))

    assert well == ""
    assert {handover.fate for handover in said} == {Fate.ACCEPTED}
    assert bound == 2


@pytest.mark.django_db
def test_where_nobody_listens_at_any_address_of_the_provider_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(password=PASSWORD) as there, gateway_to(there, host="provider.example") as gateway:
        lives_at(monkeypatch, [("127.0.0.1", free_port()), ("127.0.0.1", free_port())])
        wrong = gateway.check()
        with pytest.raises(GatewayError, match="Nobody answers at provider"):
            list(gateway.send([outgoing()]))
        lives_at(monkeypatch, [("127.0.0.1", there.port)])

        def taken() -> bool:
            try:
                return [handover.fate for handover in gateway.send([outgoing()])] == [Fate.ACCEPTED]
            except GatewayError:
                return False

        assert until(taken)

    assert "Nobody answers at provider.example" in wrong


@pytest.mark.django_db
def test_texts_go_in_secret_to_a_provider_whose_certificate_is_trusted(tmp_path: Path) -> None:
    AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.pem")
    # Not localhost, which is another address too on many machines.
    issued, other_name = AUTHORITY.issue_cert("127.0.0.1"), AUTHORITY.issue_cert("provider.example")
    secret = {"key": issued.private_key_pem.bytes().decode(), "cert": issued.cert_chain_pems[0].bytes().decode()}
    another = {
        "key": other_name.private_key_pem.bytes().decode(), "cert": other_name.cert_chain_pems[0].bytes().decode(),
    }  # fmt: skip
    ours = {"tls": "tls", "ca_file": str(tmp_path / "ca.pem")}

    with peer(password=PASSWORD, **secret) as there:
        with gateway_to(there, **ours) as gateway:
            well = gateway.check()
            said = list(gateway.send([outgoing(number) for number in range(100, 160)]))
        with gateway_to(there, tls="tls") as stranger:
            strange = stranger.check()
    with (
        peer(password=PASSWORD, **another) as elsewhere,
        gateway_to(elsewhere, **ours) as other,
        pytest.raises(GatewayError, match="certificate is not trusted") as wrong_name,
    ):
        list(other.send([outgoing()]))

    assert well == ""
    assert {handover.fate for handover in said} == {Fate.ACCEPTED}
    assert "certificate is not trusted" in strange
    assert wrong_name.value.lasting


@pytest.mark.django_db
def test_a_wrong_password_is_said_and_not_tried_again_and_again() -> None:
    with peer(password="another") as there, gateway_to(there) as gateway:
        trouble = gateway.check()
        for _ in range(3):
            with pytest.raises(GatewayError, match="look at SMPP_PASSWORD") as refusal:
                list(gateway.send([outgoing()]))
        tried = len(there.all("bind"))

    assert trouble == "The provider does not take our password: look at SMPP_PASSWORD (0x0E)."
    assert refusal.value.lasting
    assert tried == 2


@pytest.mark.django_db
def test_as_many_connections_as_the_provider_allows_are_no_fault_for_whoever_only_asks() -> None:
    with peer(bindStatus=0x05) as there, gateway_to(there) as gateway:
        assert gateway.check() == ""


@pytest.mark.django_db
def test_nobody_there_is_said() -> None:
    with peer() as there:
        gone = there
    with gateway_to(gone) as gateway:
        trouble = gateway.check()
        with pytest.raises(GatewayError, match="Nobody answers at") as refusal:
            list(gateway.send([outgoing()]))

    assert trouble == f"Nobody answers at 127.0.0.1, port {gone.port}."
    assert not refusal.value.lasting


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"host": ""}, "SMPP_HOST"),
        ({"terms": Terms("")}, "SMPP_USER"),
        ({"tls": "perhaps"}, "SMPP_TLS is tls or none, not perhaps."),
        ({"mode": "both"}, "SMPP_MODE"),
        ({"style": {"alphabet": "runes"}}, "SMPP_ALPHABET is gsm or latin-1, not runes."),
        ({"style": {"long": "rope"}}, "SMPP_LONG"),
        ({"style": {"ids": "roman"}}, "SMPP_RECEIPT_IDS"),
        ({"style": {"sender": "Doggerland Constabulary"}}, "SMPP_SENDER"),
        ({"binds": 0}, "SMPP_BINDS"),
        ({"window": 5000}, "SMPP_WINDOW"),
        ({"batch": 60}, "the lease"),
        ({"tls": "tls", "ca_file": "/nowhere.pem"}, "SMPP_CA_FILE"),
    ],
)
def test_settings_that_cannot_be_are_said(words: dict[str, Any], sentence: str) -> None:
    with peer() as there, gateway_to(there, **words) as gateway:
        trouble = gateway.check()
        with pytest.raises(GatewayError) as refusal:
            list(gateway.send([outgoing()]))
        with pytest.raises(GatewayError):
            gateway.collect()

    assert sentence in trouble
    assert (str(refusal.value), refusal.value.lasting) == (trouble, True)


def on_their_way() -> int:
    """Return how many have parts of texts on their way, as whoever tells receipts sees it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted"
            " AND objid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.usefixtures("kept")
def test_while_parts_are_on_their_way_whoever_tells_receipts_knows_it() -> None:
    with peer() as there, gateway_to(there) as gateway:
        short = gateway.send([outgoing()])
        next(short)
        of_one = on_their_way()
        long = gateway.send([outgoing(102, body=LONG)])
        next(long)
        of_several = on_their_way()
        list(long)

    assert (of_one, of_several, on_their_way()) == (0, 1, 0)


@pytest.mark.usefixtures("kept")
def test_a_text_of_several_parts_goes_though_nobody_can_be_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_kept, "_PARTS_GO", "SELECT of_no_use(%s, %s)")

    with peer() as there, gateway_to(there) as gateway, transaction.atomic():
        (said,) = gateway.send([outgoing(body=LONG)])

    assert (said.fate, said.parts) == (Fate.ACCEPTED, 2)


# ---------------------------------------------------------------- two accounts


@contextmanager
def both_sides(settings: Any, **second: Any) -> Iterator[tuple[Peer, Peer]]:
    """Run two providers, and name them in the settings."""
    with far_side(settings) as one, peer(**{"password": "other", **second}) as other:
        settings.SMPP2_HOST, settings.SMPP2_PORT, settings.SMPP2_TLS = "127.0.0.1", other.port, "none"
        settings.SMPP2_USER, settings.SMPP2_PASSWORD, settings.SMPP2_SENDER = "doggerland-2", "other", "60777"
        settings.SMPP2_ANSWER_SECONDS = 20
        try:
            yield one, other
        finally:
            smpp.goodbye()


@pytest.mark.usefixtures("kept")
def test_two_accounts_stand_side_by_side_each_with_its_own_receipts(settings: Any) -> None:
    line = "hueandcry.gateways.sms.smpp.SmppText?weight=70 hueandcry.gateways.sms.smpp.SecondSmppText?weight=30"
    settings.GATEWAYS = {"sms": line}
    registry.routes_for.cache_clear()

    with both_sides(settings, receipts=True) as (one, other):
        first, second = (route.gateway for route in registry.routes_for("sms"))
        (by_first,) = first.send([outgoing()])
        (by_second,) = second.send([outgoing(102)])
        assert isinstance(second, SmppText)
        receipts, _ = told(second, receipts=1)
        of_first = first.collect()
    registry.routes_for.cache_clear()

    assert (first.name, second.name) == ("smpp", "smpp-2")
    assert (by_first.fate, by_second.fate) == (Fate.ACCEPTED, Fate.ACCEPTED)
    assert [text["source_addr"] for text in one.submits()] == ["447700900999"]
    assert [text["source_addr"] for text in other.submits()] == ["60777"]
    assert [(one.gateway, one.provider_ref) for one in receipts] == [("smpp-2", by_second.provider_ref)]
    assert of_first == ([], [])


@pytest.mark.django_db
def test_two_accounts_with_the_same_words_are_two_all_the_same(settings: Any) -> None:
    with both_sides(settings) as (one, _):
        for name in ("HOST", "PORT", "TLS", "USER", "PASSWORD", "SENDER", "ANSWER_SECONDS"):
            setattr(settings, f"SMPP2_{name}", getattr(settings, f"SMPP_{name}"))
        first, second = SmppText(), SecondSmppText()
        (said,) = second.send([outgoing()])

    assert said.fate == Fate.ACCEPTED
    assert first._board is not second._board
    assert len(one.submits()) == 1


@pytest.mark.django_db
def test_what_is_wrong_with_the_second_account_names_its_own_settings(settings: Any) -> None:
    with both_sides(settings, statuses={"447700900101": [0x0A]}):
        gateway = SecondSmppText()
        (refused,) = gateway.send([outgoing()])
        settings.SMPP2_PASSWORD = "wrong"
        locked_out = SecondSmppText()
        checked = locked_out.check()
        with pytest.raises(GatewayError) as trouble:
            list(locked_out.send([outgoing()]))
        settings.SMPP2_MODE = "both"
        misread = SecondSmppText().check()

    assert "look at SMPP2_SENDER" in refused.detail
    assert "SMPP2_PASSWORD" in checked
    assert "SMPP2_PASSWORD" in str(trouble.value)
    assert misread.startswith("SMPP2_MODE is ")


# ---------------------------------------------------------------- what comes in


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("ids", ["decimal", "hex"])
def test_receipts_come_for_what_was_sent_however_the_provider_names_it(ids: str) -> None:
    style = {"ids": "decimal" if ids == "hex" else "same"}

    with peer(receipts=True, ids=ids, begin=0xABC0) as there, gateway_to(there, style=style) as gateway:
        said = list(gateway.send([outgoing(number) for number in range(100, 120)]))
        receipts, _ = told(gateway, receipts=20)

    assert {receipt.provider_ref for receipt in receipts} == {handover.provider_ref for handover in said}
    assert {(receipt.gateway, receipt.fate) for receipt in receipts} == {("smpp", Fate.DELIVERED)}
    assert len(there.all("deliver_sm_resp")) == 20


@pytest.mark.usefixtures("kept")
def test_a_text_of_several_parts_is_delivered_when_all_of_them_are() -> None:
    with peer(receipts=True) as there, gateway_to(there) as gateway:
        (said,) = gateway.send([outgoing(body=LONG)])
        receipts, _ = told(gateway, receipts=1)

        assert [(receipt.provider_ref, receipt.fate) for receipt in receipts] == [(said.provider_ref, Fate.DELIVERED)]
        assert gateway.collect() == ([], [])


@pytest.mark.usefixtures("kept")
def test_what_people_text_comes_within_a_second_or_two_and_asks_to_be_collected() -> None:
    with peer() as there, gateway_to(there) as gateway:
        gateway.collect()
        there.wait_for("bind")
        there.deliver(source_addr_ton=1, source_addr="447700900101", destination_addr="447700900999",
                      short_message="White van at the {ford}")  # fmt: skip
        there.wait_for("deliver_sm_resp")
        waiting = job_names()
        _, (came,) = told(gateway, texts=1)

    # Whoever keeps it waits for it, and looks so often besides.
    assert max(smpp_board.IDLE_LOOK, smpp_clerk.LOOK_AFTER) <= 1
    assert (came.gateway, came.channel, came.sender, came.body) == (
        "smpp", "sms", "+447700900101", "White van at the {ford}",
    )  # fmt: skip
    assert waiting == ["messaging.collect_soon"]


def job_names() -> list[str]:
    """Return the jobs that wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'")
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.usefixtures("kept")
def test_a_long_text_comes_in_parts_over_two_connections_and_is_one() -> None:
    words = "Gwelais fan wen ger Llŷn 😬 " * 6
    halves = [words[:67], words[67:134], words[134:]]

    with peer() as there, gateway_to(there, binds=2) as gateway, gateway_to(there, binds=2) as another:
        gateway.collect()
        another.collect()
        until(lambda: len(there.all("bind")) == 2)
        for number in (3, 1, 2):
            there.deliver(
                over=number, source_addr_ton=1, source_addr="447700900101", destination_addr="60777", esm_class=0x40,
                data_coding=8,
                short_message=f"hex:050003aa03{number:02x}" + halves[number - 1].encode("utf-16-be").hex(),
            )  # fmt: skip
        until(lambda: len(there.all("deliver_sm_resp")) == 3)
        _, texts = told(gateway, texts=1)

        assert [text.body for text in texts] == [words]
        assert another.collect() == ([], [])


@pytest.mark.usefixtures("kept")
def test_data_sm_brings_texts_too() -> None:
    with peer() as there, gateway_to(there) as gateway:
        gateway.collect()
        there.wait_for("bind")
        there.deliver(command="data_sm", source_addr_ton=1, source_addr="447700900101", destination_addr="60777",
                      message_payload="By data_sm")  # fmt: skip
        there.wait_for("data_sm_resp")
        _, (came,) = told(gateway, texts=1)

    assert came.body == "By data_sm"


@pytest.mark.usefixtures("kept")
def test_what_a_transaction_did_not_keep_is_told_again() -> None:
    with peer() as there, gateway_to(there) as gateway:
        gateway.collect()
        there.wait_for("bind")
        there.deliver(source_addr="447700900101", destination_addr="60777", short_message="Once")
        there.wait_for("deliver_sm_resp")
        with transaction.atomic():
            _, (first,) = gateway.collect()
            transaction.set_rollback(True)
        _, (second,) = gateway.collect()
        nothing = gateway.collect()

    assert (first.provider_ref, first.body) == (second.provider_ref, second.body) == (first.provider_ref, "Once")
    assert nothing == ([], [])


def test_receipts_wait_a_moment_for_what_the_hand_over_writes() -> None:
    assert dt.timedelta(0) < HOLD <= dt.timedelta(seconds=1)
