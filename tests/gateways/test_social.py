"""Posts on Mastodon and Bluesky, against far sides made from their documents."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from hueandcry.gateways.contract import Again, Fate, GatewayError, Handover, Outgoing
from hueandcry.gateways.http import Pump, Terms
from hueandcry.gateways.social.bluesky import Account as BlueskyAccount
from hueandcry.gateways.social.bluesky import Bluesky, key_of
from hueandcry.gateways.social.mastodon import Account as MastodonAccount
from hueandcry.gateways.social.mastodon import Mastodon, counted
from tests.gateways.peers.bluesky import DID, NAME, PASSWORD, TID, FarBluesky, far_bluesky
from tests.gateways.peers.bluesky import said as bluesky_said
from tests.gateways.peers.mastodon import TOKEN, FarMastodon, far_mastodon
from tests.gateways.peers.provider import Asked, Provider, Reply, always, provider
from tests.gateways.sampled import Row, means, reply, rows

# For a far side that answers, however late it gets its turn; and for one that never does.
PATIENT = Terms(lines=1, connect=30, answer=30, batch=60)
HASTY = Terms(lines=1, connect=30, answer=1.5, batch=60)
LINK = "https://rural.example.org/alerts/K7M2PQ/"
SESSION = {"did": DID, "accessJwt": "a", "refreshJwt": "r"}


def outgoing(**words: Any) -> Outgoing:
    """Return a post."""
    return Outgoing(**{
        "reference": "K7M2PQXXXX-1", "address": "@police", "body": "Suspect van\nMill Lane & Holt", "link": LINK,
        **words,
    })  # fmt: skip


@pytest.fixture
def mastodon(settings: Any) -> Iterator[tuple[FarMastodon, Provider]]:
    with far_mastodon(settings) as running:
        yield running


@pytest.fixture
def bluesky(settings: Any) -> Iterator[tuple[FarBluesky, Provider]]:
    with far_bluesky(settings) as running:
        yield running


def one(gateway: Any, **words: Any) -> Handover:
    """Return what a gateway says of one post."""
    (said,) = gateway.send([outgoing(**words)])
    assert isinstance(said, Handover)
    return said


# ---------------------------------------------------------------- Mastodon


def test_a_post_on_mastodon_has_the_words_and_the_link(mastodon: tuple[FarMastodon, Provider]) -> None:
    said = one(Mastodon(), language="cy")

    post = mastodon[0].posts[said.provider_ref]
    assert said.fate == Fate.ACCEPTED
    assert (post["text"], post["visibility"], post["language"]) == (
        f"Suspect van\nMill Lane & Holt\n\n{LINK}", "public", "cy",
    )  # fmt: skip
    assert mastodon[1].asked[0].headers["idempotency-key"] == "K7M2PQXXXX-1"


def test_a_post_made_twice_on_mastodon_is_one(mastodon: tuple[FarMastodon, Provider]) -> None:
    first, second = one(Mastodon()), one(Mastodon())

    assert first.provider_ref == second.provider_ref
    assert len(mastodon[0].posts) == 1


def test_a_post_that_was_taken_without_an_answer_is_found_when_its_key_is_forgotten(
    mastodon: tuple[FarMastodon, Provider],
) -> None:
    one(Mastodon(), reference="K7M2PQXXXX-0", body="Another")
    mastodon[0].silent = True
    first = one(Mastodon())
    mastodon[0].silent = False
    mastodon[0].keys.clear()

    second = one(Mastodon(), before=True)

    assert (first.try_again, first.perhaps) == (True, True)
    assert second.fate == Fate.ACCEPTED
    assert mastodon[0].posts[second.provider_ref]["text"].startswith("Suspect van")
    assert len(mastodon[0].posts) == 2


def test_what_is_not_among_ours_is_posted(mastodon: tuple[FarMastodon, Provider]) -> None:
    assert one(Mastodon(), before=True).fate == Fate.ACCEPTED
    assert len(mastodon[0].posts) == 1


def test_an_answer_stands_under_its_post_and_an_edit_replaces_it(mastodon: tuple[FarMastodon, Provider]) -> None:
    first = one(Mastodon())

    answer = one(Mastodon(), reference="A-2", body="Stood down", headers=(("In-Reply-To", first.provider_ref),))
    edit = one(Mastodon(), reference="A-3", body="STOOD DOWN.", headers=(("Supersedes", first.provider_ref),))

    posts = mastodon[0].posts
    assert posts[answer.provider_ref]["in_reply_to_id"] == first.provider_ref
    assert edit.provider_ref == first.provider_ref
    assert posts[first.provider_ref]["text"] == f"STOOD DOWN.\n\n{LINK}"
    assert len(posts) == 2


@pytest.mark.parametrize("header", ["In-Reply-To", "Supersedes"])
def test_what_is_about_a_post_that_somebody_took_away_fails_for_good(
    header: str, mastodon: tuple[FarMastodon, Provider]
) -> None:
    said = one(Mastodon(), headers=((header, "103254962155270000"),))

    assert (said.fate, said.try_again) == (Fate.FAILED, False)
    assert mastodon[0].posts == {}


@pytest.mark.parametrize("words", [
    {"body": "x" * 500}, {"body": " ", "link": ""}, {"headers": (("In-Reply-To", "../accounts"),)},
])  # fmt: skip
def test_what_cannot_be_posted_on_mastodon_is_not_asked(
    words: dict[str, Any], mastodon: tuple[FarMastodon, Provider]
) -> None:
    assert one(Mastodon(), **words).fate == Fate.FAILED
    assert mastodon[1].asked == []


def test_a_link_counts_as_mastodon_counts_it() -> None:
    message = outgoing(body="x" * 475)

    assert counted(message) == 475 + 2 + 23


# ---------------------------------------------------------------- Bluesky


def test_a_post_on_bluesky_has_the_words_and_a_link_that_can_be_pressed(
    bluesky: tuple[FarBluesky, Provider],
) -> None:
    said = one(Bluesky(), body="Dŵr: Suspect van", language="cy")

    record = bluesky[0].records[said.provider_ref]
    assert (record["text"], record["langs"]) == (f"Dŵr: Suspect van\n\n{LINK}", ["cy"])
    (facet,) = record["facets"]
    pressed = record["text"].encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
    assert pressed == facet["features"][0]["uri"] == LINK
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["createdAt"])


def test_a_post_made_twice_on_bluesky_is_one(bluesky: tuple[FarBluesky, Provider]) -> None:
    bluesky[0].silent = True
    first = one(Bluesky())
    bluesky[0].silent = False
    second = one(Bluesky(), before=True)

    assert (first.try_again, first.perhaps) == (True, True)
    assert second.provider_ref == key_of("K7M2PQXXXX-1")
    assert len(bluesky[0].records) == 1


def test_an_answer_names_the_post_above_it_and_the_one_at_the_top(bluesky: tuple[FarBluesky, Provider]) -> None:
    gateway = Bluesky()
    first = one(gateway)
    second = one(gateway, reference="A-2", headers=(("In-Reply-To", first.provider_ref),))
    third = one(gateway, reference="A-3", headers=(("In-Reply-To", second.provider_ref),))

    shown = {key: bluesky[0]._shown(key) for key in bluesky[0].records}
    strong = {key: {"uri": post["uri"], "cid": post["cid"]} for key, post in shown.items()}
    assert shown[second.provider_ref]["value"]["reply"] == {
        "root": strong[first.provider_ref], "parent": strong[first.provider_ref],
    }  # fmt: skip
    assert shown[third.provider_ref]["value"]["reply"] == {
        "root": strong[first.provider_ref], "parent": strong[second.provider_ref],
    }  # fmt: skip
    assert bluesky[0].sessions == 1


def test_proof_that_has_run_out_is_renewed_without_the_password(bluesky: tuple[FarBluesky, Provider]) -> None:
    gateway = Bluesky()
    one(gateway)
    bluesky[0].good = "another"

    said = one(gateway, reference="A-2")

    assert said.fate == Fate.ACCEPTED
    assert (bluesky[0].sessions, bluesky[0].renewals) == (1, 1)


@pytest.mark.parametrize(("words", "detail"), [
    ({"body": "x" * 300}, "1 to 300"),
    ({"body": " ", "link": ""}, "1 to 300"),
    ({"headers": (("Supersedes", "3kabc"),)}, "cannot be changed"),
    ({"headers": (("In-Reply-To", "../x"),)}, "no post"),
])  # fmt: skip
def test_what_cannot_be_posted_on_bluesky_is_said(
    words: dict[str, Any], detail: str, bluesky: tuple[FarBluesky, Provider]
) -> None:
    said = one(Bluesky(), **words)

    assert (said.fate, said.try_again) == (Fate.FAILED, False)
    assert detail in said.detail
    assert bluesky[0].records == {}


def test_an_answer_to_a_post_that_somebody_took_away_fails_for_good(bluesky: tuple[FarBluesky, Provider]) -> None:
    said = one(Bluesky(), headers=(("In-Reply-To", key_of("gone")),))

    assert (said.fate, said.try_again) == (Fate.FAILED, False)


@given(st.text(max_size=60))
def test_every_reference_has_a_key_of_the_right_form_and_in_the_past(reference: str) -> None:
    key = key_of(reference)

    value = 0
    for sign in key:
        value = value * 32 + "234567abcdefghijklmnopqrstuvwxyz".index(sign)
    assert TID.fullmatch(key)
    assert 1_704_067_200 <= value // 1024 / 1_000_000 < 1_735_689_600  # within 2024


def test_keys_of_near_references_are_not_the_same() -> None:
    assert len({key_of(f"K7M2PQXXXX-{number}") for number in range(5000)}) == 5000


# ---------------------------------------------------------------- both, with a far side that is no good


def gateway_at(kind: str, address: str, terms: Terms = PATIENT) -> Any:
    """Return a gateway to this address."""
    if kind == "mastodon":
        return Mastodon(MastodonAccount(address, TOKEN), Pump(terms))
    return Bluesky(BlueskyAccount(address, NAME, PASSWORD), Pump(terms))


def signs_in_then(reply: Reply) -> Any:
    """Return a far side that lets us sign in, and then says one thing to everything."""

    def answer(asked: Asked) -> Reply:
        return Reply(200, SESSION) if asked.path.endswith("createSession") else reply

    return answer


@pytest.mark.parametrize("kind", ["mastodon", "bluesky"])
@pytest.mark.parametrize(("reply", "perhaps"), [
    (Reply(500, {"error": "Internal"}), True),
    (Reply(503, b""), False),
    (Reply(502, b"<html>"), True),
    (Reply(200, b"<html>"), True),
    (Reply(200, {"id": "../1", "uri": "at://other/post/1"}), True),
    (Reply(200, []), True),
    (Reply(200, b"[" * 60_000), True),
    (Reply(200, b"x" * 200_000), True),
    (Reply(0, cut=True), True),
])  # fmt: skip
def test_a_broken_far_side_leaves_it_to_be_tried_again(kind: str, reply: Reply, perhaps: bool) -> None:  # noqa: FBT001
    with provider(signs_in_then(reply)) as kept:
        said = one(gateway_at(kind, kept.address))

    assert (said.try_again, said.perhaps) == (True, perhaps)


@pytest.mark.parametrize("kind", ["mastodon", "bluesky"])
def test_a_far_side_that_hangs_is_left(kind: str) -> None:
    def hang(asked: Asked) -> Reply:
        if asked.path.endswith("createSession"):
            return Reply(200, SESSION)
        return Reply(200, {}, hangs_s=60)

    with provider(hang) as kept:
        said = one(gateway_at(kind, kept.address, HASTY))

    assert (said.try_again, said.perhaps) == (True, True)


def says_this(row: Row) -> Any:
    """Return a far side that says what a row has, where the row has it said; before that it lets us in."""

    def far(asked: Asked) -> Reply:
        if "to" not in row or asked.path.endswith(row["to"]):
            key = asked.json.get("rkey", "") if asked.method == "POST" else ""
            return replace(reply(row), said=json.loads(json.dumps(row["said"]).replace("{key}", key)))
        return Reply(200, SESSION)

    return far


def wanted(row: Row) -> dict[str, Any]:
    """Return what of a post has the provider say this."""
    answers = {"In-Reply-To": key_of("first")} if row.get("to") == "getRecord" else {}
    return {"headers": tuple((row.get("headers_of_ours") or answers).items())}


SAID = [(kind, row) for kind in ("mastodon", "bluesky") for row in rows(kind, "answers")]


@time_machine.travel("2026-11-22T09:00:00Z", tick=False)
@pytest.mark.parametrize(("kind", "row"), [(kind, row) for kind, row in SAID if "fate" in row],
    ids=lambda one: one["name"] if isinstance(one, dict) else one)  # fmt: skip
def test_an_answer_means_what_its_document_says(kind: str, row: Row) -> None:
    with provider(says_this(row)) as kept:
        said = one(gateway_at(kind, kept.address), **wanted(row))

    assert means(said, row)
    assert said.provider_ref == row.get("ref", key_of("K7M2PQXXXX-1") if row["fate"] == Fate.ACCEPTED else "")


@pytest.mark.parametrize(("kind", "row"), [(kind, row) for kind, row in SAID if "stops" in row],
    ids=lambda one: one["name"] if isinstance(one, dict) else one)  # fmt: skip
def test_who_is_not_known_stops_at_once(kind: str, row: Row) -> None:
    with provider(says_this(row)) as kept:
        with pytest.raises(GatewayError, match=re.escape(row["stops"])) as refusal:
            list(gateway_at(kind, kept.address).send([outgoing()]))
        checked = gateway_at(kind, kept.address).check()

    assert refusal.value.lasting is row["lasting"]
    assert (row["stops"] in checked) == (row.get("to") != "putRecord")


@pytest.mark.parametrize("error", ["ExpiredToken", "InvalidToken"])
def test_proof_that_is_good_no_more_is_made_anew_and_the_post_goes(
    bluesky: tuple[FarBluesky, Provider], error: str
) -> None:
    turned: list[str] = []

    def far(asked: Asked) -> Reply:
        if asked.path.endswith("putRecord") and not turned:
            turned.append(asked.headers["authorization"])
            return Reply(400, {"error": error, "message": "This token is not believed"})
        return bluesky[0].answer(asked)

    with provider(far) as kept:
        said = one(gateway_at("bluesky", kept.address))

    assert said.fate == Fate.ACCEPTED
    assert len(turned) == len(bluesky[0].records) == 1


def test_proof_that_is_never_good_enough_is_not_asked_for_for_ever() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(200, SESSION) if "Session" in asked.path else bluesky_said("proof that is none")

    with provider(answer) as kept, pytest.raises(GatewayError, match="does not let us in"):
        one(gateway_at("bluesky", kept.address))

    assert len(kept.asked) == 4


def test_a_server_that_is_broken_as_we_sign_in_is_tried_later() -> None:
    with provider(always(Reply(500, {}))) as kept, pytest.raises(GatewayError, match="sign in now") as refusal:
        one(gateway_at("bluesky", kept.address))

    assert not refusal.value.lasting


def test_proof_that_cannot_be_renewed_is_made_anew(bluesky: tuple[FarBluesky, Provider]) -> None:
    gateway = Bluesky()
    one(gateway)
    assert gateway._session is not None
    gateway._session = replace(gateway._session, token="old", renews="old")

    assert one(gateway, reference="A-2").fate == Fate.ACCEPTED
    assert (bluesky[0].sessions, bluesky[0].renewals) == (2, 0)


@pytest.mark.parametrize("kind", ["mastodon", "bluesky"])
def test_while_it_is_not_known_what_is_there_nothing_is_posted(kind: str) -> None:
    with provider(signs_in_then(Reply(500, {}))) as kept:
        gateway = gateway_at(kind, kept.address)
        if kind == "mastodon":
            with pytest.raises(GatewayError, match="which account"):
                one(gateway, before=True)
        else:
            said = one(gateway, headers=(("In-Reply-To", key_of("first")),))
            assert (said.try_again, said.perhaps) == (True, False)

    assert not any(asked.path.endswith(("statuses", "putRecord")) for asked in kept.asked)


def test_a_list_of_ours_that_cannot_be_read_leaves_it_perhaps_posted() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(200, {"id": "1"} if asked.path.endswith("verify_credentials") else {"not": "a list"})

    with provider(answer) as kept:
        said = one(gateway_at("mastodon", kept.address), before=True)

    assert (said.try_again, said.perhaps) == (True, True)


@pytest.mark.parametrize("gateway", [
    Mastodon(MastodonAccount("http://social.example.org", TOKEN)),
    Mastodon(MastodonAccount("https://social.example.org", "")),
    Bluesky(BlueskyAccount("http://bsky.example.org", NAME, PASSWORD)),
    Bluesky(BlueskyAccount("https://bsky.example.org", "", PASSWORD)),
    Bluesky(BlueskyAccount("https://bsky.example.org", NAME, "")),
])  # fmt: skip
def test_what_is_set_wrongly_is_said_and_nothing_goes(gateway: Any) -> None:
    with pytest.raises(GatewayError) as refusal:
        list(gateway.send([outgoing()]))

    assert refusal.value.lasting
    assert gateway.check() == str(refusal.value)
    assert list(gateway.send([])) == []


def test_both_keep_a_second_post_out() -> None:
    assert Mastodon.again == Bluesky.again == Again.KNOWN


def test_no_secret_is_shown() -> None:
    shown = repr(MastodonAccount("https://social.example.org", TOKEN)) + repr(BlueskyAccount("", NAME, PASSWORD))

    assert TOKEN not in shown
    assert PASSWORD not in shown
