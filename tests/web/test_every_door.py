"""Every address of the site, tried by everybody: who may not enter learns nothing, and looking changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.urls import get_resolver, reverse

from hueandcry.console.map import walk
from hueandcry.domain.alerts.actions import warnings
from hueandcry.domain.alerts.models import Alert, Note, PartnerWarning
from hueandcry.domain.alerts.rules import State
from hueandcry.domain.members.actions import saving
from hueandcry.domain.members.models import (
    Batch,
    Bridge,
    Community,
    KeyContact,
    Member,
    Merge,
    Pair,
    SavedAudience,
    Scheme,
)
from hueandcry.domain.members.rules import Purpose, SchemeKind, Tier
from hueandcry.domain.messaging import actions as messaging
from hueandcry.domain.messaging.models import Message
from hueandcry.domain.organisations.models import Duty, Officer
from hueandcry.domain.organisations.rules import OrganisationKind, Permission, Role
from hueandcry.domain.places import actions as places
from hueandcry.domain.places.models import Barrier
from hueandcry.domain.reports import actions as reporting
from hueandcry.domain.reports.models import Report
from hueandcry.kit import clock
from tests import builders, cast
from tests.domain import alerts as given
from tests.domain.test_alert_warnings import document
from tests.web.desk import alert_form, audience_form, signed_in, the_force

pytestmark = pytest.mark.django_db

# What stands for each address that has an argument; "" for those without. A new address needs a line here.
NOTHING, ALERT, REPORT, MEMBER, SCHEME, TOKEN, PHONE, OFFICER = (
    *("", "alert", "report", "member", "scheme"),
    *("token", "phone", "officer"),
)
COMMUNITY, KIN = "community", "kin"
ADDRESSES: dict[str, str] = {
    "public:home:front": NOTHING,
    "public:alerts:newest": NOTHING,
    "public:places:ground": NOTHING,
    "public:alerts:show": ALERT,
    **dict.fromkeys((f"public:alerts:{name}" for name in ("atom", "json", "calendar", "cap_index")), NOTHING),
    "public:alerts:cap": "saying",
    "public:phones:shelf": NOTHING,
    "public:phones:new": NOTHING,
    "public:phones:one": PHONE,
    "public:phones:answer": PHONE,
    "public:demonstration:cast": NOTHING,
    "public:demonstration:sign_in": OFFICER,
    "public:join:form": NOTHING,
    "desk:applications:list": NOTHING,
    **dict.fromkeys(("desk:applications:confirm", "desk:applications:end"), "application"),
    **dict.fromkeys((f"public:join:{name}" for name in ("code", "again")), "sealed"),
    **dict.fromkeys(
        (f"public:my:{name}" for name in ("page", "pause", "resume", "stop_channel", "stop", "leave")), TOKEN
    ),
    **dict.fromkeys((f"public:my:{name}" for name in ("pause_until", "how", "person", "reach", "mark")), TOKEN),
    **dict.fromkeys((f"public:my:{name}" for name in ("remove_contact", "places", "remove_place")), TOKEN),
    "public:my:show_here": TOKEN,
    **dict.fromkeys((f"public:push:{name}" for name in ("worker", "moved")), NOTHING),
    **dict.fromkeys((f"public:my:{name}" for name in ("interests", "agreed", "end_agreement")), TOKEN),
    **dict.fromkeys((f"public:my:{name}" for name in ("agree_again", "held", "download")), TOKEN),
    "desk:home:front": NOTHING,
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("list", "new", "check", "quick")), NOTHING),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("templates", "template_new")), NOTHING),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("quick_one", "quick_look")), "quick"),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("template", "template_offer")), "template"),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("preview", "tongues")), ALERT),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("print", "board", "letters", "carried")), ALERT),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("page", "edit", "figures", "audience", "areas")), ALERT),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("count", "outline", "submit", "approve")), ALERT),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("send_back", "release_fast", "stand_down", "end")), ALERT),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("suspect", "how", "withdraw", "release_approved")), ALERT),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("taking_back", "recall", "pause", "resume")), ALERT),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("correct", "agree_to_correction", "drop_correction")), ALERT),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("leaked", "write_anew")), ALERT),
    **dict.fromkeys((f"desk:alerts:{name}" for name in ("rules", "use_shipped")), NOTHING),
    "desk:alerts:train": OFFICER,
    "desk:told:form": NOTHING,
    "desk:alerts:asked": ALERT,
    **dict.fromkeys((f"desk:rota:{name}" for name in ("week", "add")), NOTHING),
    "desk:rota:end": "duty",
    "desk:inbox:list": NOTHING,
    "desk:inbox:write": NOTHING,
    **dict.fromkeys(
        (f"desk:inbox:{name}" for name in ("page", "read", "relay", "relay_check", "reply", "close")), REPORT
    ),
    **dict.fromkeys(
        (f"desk:inbox:{name}" for name in ("ring", "ring_relay", "hand_over", "send_hand_over", "hand_over_cap")),
        REPORT,
    ),
    **dict.fromkeys((f"desk:members:{name}" for name in ("list", "new", "came_back")), NOTHING),
    "desk:members:ask_where": "broken contact",
    **dict.fromkeys(
        (f"desk:members:{name}" for name in ("page", "contacts", "pause", "resume", "withdraw", "leave")), MEMBER
    ),
    "desk:members:ask_again": "contact",
    "desk:imports:list": NOTHING,
    **dict.fromkeys((f"desk:imports:{name}" for name in ("page", "columns", "words", "try_out", "bring")), "batch"),
    **dict.fromkeys((f"desk:imports:{name}" for name in ("ask", "drop", "rows")), "batch"),
    "desk:pairs:list": NOTHING,
    **dict.fromkeys((f"desk:pairs:{name}" for name in ("page", "merge", "two")), "pair"),
    "desk:pairs:undo": "merge",
    "desk:leaving:page": NOTHING,
    "public:my:go_on": TOKEN,
    **dict.fromkeys((f"desk:schemes:{name}" for name in ("list", "new", "notes")), NOTHING),
    **dict.fromkeys((f"desk:schemes:{name}" for name in ("page", "edit", "approve", "close")), SCHEME),
    **dict.fromkeys((f"desk:schemes:{name}" for name in ("invite", "outline")), SCHEME),
    "desk:schemes:decide": "scheme member",
    "desk:schemes:sheet": "scheme sheet",
    **dict.fromkeys((f"desk:schemes:{name}" for name in ("pass_note", "return_note")), "note"),
    **dict.fromkeys((f"public:my:{name}" for name in ("schemes", "propose", "groups")), TOKEN),
    **dict.fromkeys((f"public:my:{name}" for name in ("hear_scheme", "divide")), "my scheme"),
    **dict.fromkeys((f"public:my:{name}" for name in ("scheme", "join_scheme", "leave_scheme", "share")), "my scheme"),
    **dict.fromkeys((f"public:my:{name}" for name in ("answer_offer", "code", "people", "invite")), "my scheme"),
    "public:my:note": "my scheme",
    "public:my:decide": "my scheme member",
    "public:my:withdraw_note": "my scheme note",
    **dict.fromkeys(("public:my:sheet", "public:my:tree"), "my scheme sheet"),
    **dict.fromkeys(("public:my:tick", "public:my:number"), "my scheme tree"),
    "public:my:end_group": "my group",
    "public:group:card": "card",
    **dict.fromkeys((f"desk:places:{name}" for name in ("find", "ground", "boundaries")), NOTHING),
    **dict.fromkeys((f"desk:coverage:{name}" for name in ("table", "outlines", "sheet")), NOTHING),
    "desk:alerts:reaches": ALERT,
    "desk:warnings:list": NOTHING,
    **dict.fromkeys(("desk:warnings:begin", "desk:warnings:put_aside"), "warning"),
    **dict.fromkeys((f"desk:alerts:live{name}" for name in ("", "_parts", "_stream", "_areas")), ALERT),
    "desk:alerts:live_sheet": "alert file",
    "desk:audiences:list": NOTHING,
    **dict.fromkeys((f"desk:audiences:{name}" for name in ("page", "count", "rename", "end")), "audience"),
    **dict.fromkeys((f"desk:barriers:{name}" for name in ("list", "outlines", "draw")), NOTHING),
    "desk:barriers:remove": "barrier",
    "desk:records:list": NOTHING,
    **dict.fromkeys((f"desk:sending:{name}" for name in ("page", "live", "halt", "lift", "allow")), NOTHING),
    "desk:sending:decide": "message",
    "desk:members:vetting": NOTHING,
    **dict.fromkeys((f"desk:members:{name}" for name in ("checks", "check", "tier")), MEMBER),
    **dict.fromkeys(
        (f"desk:networks:{name}" for name in ("matrix", "sheet", "people", "asked", "hand_over", "results", "new")),
        NOTHING,
    ),
    "desk:networks:new_community": NOTHING,
    **dict.fromkeys(
        (f"desk:networks:{name}" for name in ("community", "add_mechanism", "mechanism", "end_community")), COMMUNITY
    ),
    **dict.fromkeys((f"desk:networks:{name}" for name in ("page", "talk", "change", "give")), KIN),
    **dict.fromkeys((f"desk:networks:{name}" for name in ("successor", "end", "pulse")), KIN),
    "public:my:pulse": TOKEN,
    **dict.fromkeys((f"patrol:home:{name}" for name in ("front", "worker", "manifest", "pack")), NOTHING),
    **dict.fromkeys(("patrol:sign_ups:take", "patrol:visits:take", "patrol:visits:street"), NOTHING),
    "hooks:messaging:hear": "gateway",
    # The door itself, which is allauth's.
    **dict.fromkeys(
        (
            *("account_login", "account_logout", "account_inactive", "account_signup", "account_reauthenticate"),
            *("account_email", "account_email_verification_sent", "account_change_password", "account_set_password"),
            *("account_reset_password", "account_confirm_login_code", "account_reset_password_from_key_done"),
            "account_reset_password_done",
        ),
        NOTHING,
    ),
    "account_confirm_email": "key",
    "account_reset_password_from_key": "keys",
}
ARGUMENTS: dict[str, Callable[["World"], dict[str, str]]] = {
    NOTHING: lambda _: {},
    ALERT: lambda world: {"ref": world.alert.ref},
    "warning": lambda _: {"ref": PartnerWarning.objects.get().ref},
    "saying": lambda world: {"ref": world.alert.ref, "number": "1"},
    REPORT: lambda world: {"ref": world.report.ref},
    MEMBER: lambda world: {"ref": world.member.ref},
    SCHEME: lambda world: {"ref": world.scheme.ref},
    TOKEN: lambda world: {"token": world.member.page_token},
    PHONE: lambda _: {"address": NUMBER},
    "broken contact": lambda world: {"contact": str(world.member.contacts.order_by("pk")[0].pk)},
    "contact": lambda world: {"ref": world.member.ref, "contact": str(world.member.contacts.order_by("pk")[0].pk)},
    COMMUNITY: lambda _: {"ref": Community.objects.get().ref},
    KIN: lambda _: {"ref": KeyContact.objects.get().ref},
    OFFICER: lambda world: {"ref": world.author.ref},
    "application": lambda _: {"ref": "K7M2PQ2345"},
    "sealed": lambda _: {"sealed": "K7M2PQ2345-0123456789abcdef"},
    "duty": lambda _: {"ref": Duty.objects.order_by("pk")[0].ref},
    "audience": lambda _: {"ref": SavedAudience.objects.get().ref},
    "quick": lambda _: {"template": "kelpish-boats"},
    "template": lambda _: {"key": "kelpish-boats"},
    "barrier": lambda _: {"ref": Barrier.objects.get().ref},
    "batch": lambda _: {"ref": Batch.objects.get().ref},
    "pair": lambda _: {"pair": str(Pair.objects.get().pk)},
    "merge": lambda _: {"ref": Merge.objects.get().ref},
    "scheme member": lambda world: {"ref": world.scheme.ref, "member_ref": world.member.ref},
    "scheme sheet": lambda world: {"ref": world.scheme.ref, "about": world.alert.ref},
    "note": lambda _: {"ref": Note.objects.get().ref},
    "my scheme": lambda world: {"token": world.member.page_token, "ref": world.scheme.ref},
    "my scheme member": lambda world: {**ARGUMENTS["my scheme"](world), "member_ref": world.member.ref},
    "my scheme note": lambda world: {**ARGUMENTS["my scheme"](world), "note_ref": Note.objects.get().ref},
    "my scheme sheet": lambda world: {**ARGUMENTS["my scheme"](world), "about": world.alert.ref},
    "my scheme tree": lambda world: {**ARGUMENTS["my scheme sheet"](world), "member_ref": world.member.ref},
    "my group": lambda world: {"token": world.member.page_token, "ref": Bridge.objects.get().ref},
    "card": lambda world: {"code": Bridge.objects.get().code, "ref": world.alert.ref},
    "message": lambda world: {
        "ref": Message.objects.get(about=f"alert:{world.alert.ref}", kind="alert").ref,
        "channel": "sms",
    },
    "alert file": lambda world: {"ref": world.alert.ref, "what": "channels"},
    "gateway": lambda _: {"gateway": "sandbox-text", "what": "status"},
    "key": lambda _: {"key": "abc"},
    "keys": lambda _: {"uidb36": "1", "key": "abc-def"},
}
# Whoever holds the secret link may act, and a mail program that stops e-mails sends no token (RFC 8058).
WITHOUT_TOKEN = {name for name, stands in ADDRESSES.items() if stands == TOKEN or stands.startswith("my ")}
# Joining acts on nothing but a fresh application, and nothing comes of that without the code.
BY_A_CODE = {name for name in ADDRESSES if name.startswith("public:join:")}

# A provider's request is signed instead.
BY_A_SIGNATURE = {"hooks:messaging:hear"}
# A browser's maker gave it a new address: it names the old one, which nobody else knows.
BY_A_SIGNATURE |= {"public:push:moved"}

NUMBER = "+447700900111"
# One word of everything that the world below holds; none stands in any template.
SECRETS = (
    *("Quillon", "Barrowby", "900111", "900 111", "quillon@example.org", "QD1 1AA", "QD11AA", "Rings twice"),
    *("Zebrafinch", "Wherrylane", "Purplehaze", "Kelpish", "Magentacar", "AB12"),
)


@dataclass
class World:
    """One of each thing, all of the force's own."""

    alert: Alert
    report: Report
    member: Member
    scheme: Scheme
    author: Officer


@pytest.fixture
def world() -> World:
    """Make an alert that is out, an answer to it, its author and the member who wrote."""
    the_force()
    builders.place("Holt Haven")
    scheme = builders.scheme("Kelpish Farm Watch", SchemeKind.FARM)
    member = given.farmer(
        name="Quillon Barrowby", mobile=NUMBER, email="quillon@example.org", note="Rings twice", tier=Tier.VETTED
    )
    member.places.update(postcode="QD11AA", name="Barrowby Farm")
    member.memberships.create(scheme=scheme, joined_at=member.joined_at)
    author = cast.amos()
    words = given.WORDS.__class__("Zebrafinch seen", "Purplehaze pick-up, men with dogs", "Wherrylane", "Seen it?")
    builders.key_contact(author, builders.community("Kelpish dairy farmers"), member=member)
    alert = given.released(author, cast.birch(), words=words)
    Note.objects.create(
        scheme=scheme, author=member, purpose=Purpose.ALERT, text="Zebrafinch", state="waiting", written_at=clock.now()
    )
    Bridge.objects.create(code="G4TX", member=member, name="Kelpish group", made_at=clock.now())
    inbound = messaging.type_on_phone(address=NUMBER, body="Magentacar AB12 CDE seen here, Quillon")
    report = reporting.open_from_message(inbound_ref=inbound.ref)
    assert report is not None
    assert report.about == f"alert:{alert.ref}"
    twin = builders.member(name="Quillon Barrowbee", mobile=None)
    Pair.objects.create(first=member, second=twin, why="Similar names", found_at=member.joined_at)
    Merge.objects.create(
        kept=member, gone=twin, before={"before": {}, "after": {"members_consent": []}}, by="x", at=member.joined_at
    )
    batch = Batch.objects.create(
        organisation=author.organisation,
        officer=author,
        name="Kelpish.csv",
        columns=["Name"],
        mapping={"meanings": ["name"]},
        rows_total=1,
        made_at=member.joined_at,
    )
    batch.rows.create(number=1, raw=["Quillon Barrowby"])
    saving.save_audience(officer=author, name="Kelpish audience", question=given.question())
    given.own_template()
    line = '{"type":"LineString","coordinates":[[1.7,54.1],[1.8,54.1]]}'
    places.draw_barrier(name="The Haven", line=line, actor=author.as_actor())
    warnings.take_in(organisation_id=author.organisation_id, body=document(), actor=author.as_actor())
    return World(alert, report, member, scheme, author)


def doors() -> Iterator[tuple[str, Permission | None, bool]]:
    """Yield the name of every address, what it needs, and whether it is ours."""
    for _, name, view in walk(get_resolver().url_patterns):
        if name.startswith("api:"):  # doors for machines, tried in tests/api
            continue
        yield name, getattr(view, "permission", None), getattr(view, "__module__", "").startswith("hueandcry.")


def at(name: str, world: World) -> str:
    return reverse(name, kwargs=ARGUMENTS[ADDRESSES[name]](world))


def what_is_kept(*but: str) -> dict[str, str]:
    """Return a print of every row of every table, records, sessions and what is remembered for a moment apart."""
    aside = {"records_record", "django_session", "web_cache", *but}
    tables = sorted(set(connection.introspection.table_names()) - aside)
    with connection.cursor() as cursor:
        prints = (
            f"SELECT '{table}', md5(coalesce(string_agg(kept::text, '|' ORDER BY kept::text), '')) FROM {table} AS kept"  # noqa: S608
            for table in tables
        )
        cursor.execute(" UNION ALL ".join(prints))
        return dict(cursor.fetchall())


def said_by(answer: HttpResponseBase) -> str:
    """Return everything that an answer tells: words, headers, cookies."""
    body = getattr(answer, "content", b"").decode()
    return f"{body} {dict(answer.items())} {answer.cookies}"


def leaks(answer: HttpResponseBase) -> list[str]:
    said = said_by(answer)
    return [secret for secret in SECRETS if secret in said]


def both(client: Client, address: str, fields: dict[str, Any] | None = None) -> Iterator[tuple[str, Any]]:
    yield "GET", client.get(address)
    yield "POST", client.post(address, {} if fields is None else fields)


def strangers() -> dict[str, Officer | None]:
    """Return those whom most doors are shut to, and nobody at all."""
    clerk = builders.partner("Kelp Parish Council", kind=OrganisationKind.COUNCIL, signs_as="Kelp Council")
    return {
        "nobody": None,
        "grey": cast.grey(),
        "clerk": builders.officer(Role.CLERK, name="Tansy", organisation=clerk),
        "partner": cast.frost(),
        "auditor": builders.officer(Role.AUDITOR, name="Brill"),
        "analyst": cast.cole(),
    }


STRANGERS = ("nobody", "grey", "clerk", "partner", "auditor", "analyst")


def test_every_address_has_an_example_here() -> None:
    assert sorted(name for name, _, _ in doors()) == sorted(ADDRESSES)


def test_every_screen_of_ours_has_a_lock_or_says_that_it_is_open() -> None:
    for _, name, view in walk(get_resolver().url_patterns):
        if getattr(view, "__module__", "").startswith("hueandcry."):
            assert hasattr(view, "permission"), f"{name} has neither @needs nor @open_to_all"
            assert name.startswith(("public:", "hooks:")) == (view.permission is None), name


@pytest.mark.parametrize("who", STRANGERS)
def test_who_may_not_enter_learns_nothing_and_changes_nothing(world: World, who: str) -> None:
    officer = strangers()[who]
    client = signed_in(officer) if officer else Client()
    shut = [name for name, lock, _ in doors() if lock and not (officer and officer.may(lock))]
    before = what_is_kept()

    for name in shut:
        for method, answer in both(client, at(name, world), {"sure": "1", "reason": "Because", "outcome": "Done"}):
            if officer is None:
                assert answer.status_code == 302, (name, method)
                assert answer["Location"].startswith("/accounts/login/?next="), (name, method)
            else:
                # 405: a screen that takes no GET says so to everybody.
                assert answer.status_code in {403, 405}, (name, method)
            assert leaks(answer) == [], (name, method)

    assert shut or who == "analyst"
    assert what_is_kept() == before


@pytest.mark.parametrize("who", STRANGERS)
def test_what_is_open_tells_a_stranger_nothing_of_ours(world: World, who: str) -> None:
    officer = strangers()[who]
    client = signed_in(officer) if officer else Client()
    may = [name for name, lock, ours in doors() if ours and name not in WITHOUT_TOKEN and lock is None]
    if who in {"grey", "clerk", "partner"}:
        may += [name for name, lock, _ in doors() if lock and officer and officer.may(lock)]

    for name in may:
        for method, answer in both(client, at(name, world)):
            assert answer.status_code in ({200, 302, 404, 405} if ADDRESSES[name] == NOTHING else {404, 405}), (
                name,
                method,
            )
            assert leaks(answer) == [], (name, method)


def test_an_answer_and_a_member_stay_shut_to_who_reads_alerts_only(world: World) -> None:
    auditor, analyst = signed_in(builders.officer(Role.AUDITOR, name="Brill")), signed_in(cast.cole())
    page = reverse("desk:alerts:page", args=[world.alert.ref])

    assert "Zebrafinch" in auditor.get(page).content.decode()
    assert "Magentacar" not in auditor.get(page).content.decode()
    assert "Magentacar" in analyst.get(page).content.decode()
    for client in (auditor, analyst):
        for secret in ("900111", "900 111", "QD1 1AA", "Rings twice"):
            assert secret not in client.get(page).content.decode()
    assert "Magentacar" not in auditor.get(reverse("desk:records:list")).content.decode()


def test_what_belongs_to_another_organisation_is_not_there(world: World) -> None:
    """Even for an officer of another organisation who has every role there is."""
    elsewhere = builders.partner("Faraway Fire", signs_as="Faraway Fire")
    everything = builders.officer(*Role, name="Allseer", organisation=elsewhere)
    client = signed_in(everything)
    fields = {**alert_form(), **audience_form(), "text": "Hello", "sure": "1", "reason": "Why", "outcome": "Done"}
    before = what_is_kept()

    for name, lock, _ in doors():
        if lock is None:
            continue
        assert everything.may(lock), name
        for method, answer in both(client, at(name, world), fields if ADDRESSES[name] else {}):
            if ADDRESSES[name]:
                assert answer.status_code in {404, 405}, (name, method)
            assert leaks(answer) == [], (name, method)

    assert what_is_kept() == before


def test_looking_changes_nothing_but_the_records(world: World) -> None:
    officer = builders.officer(Role.INSPECTOR, Role.ENGAGEMENT, Role.ANALYST, name="Thornback")
    inspector, inspector_may = signed_in(officer), officer.may
    waits = given.waiting(world.author)
    for name, lock, ours in doors():
        address = at(name, world)
        # allauth copies an officer's address into a table of its own when they first look at it.
        but = () if ours else ("account_emailaddress",)
        for there in {address, address.replace(world.alert.ref, waits.ref)}:
            before = what_is_kept(*but)

            answer = inspector.get(there)

            may = lock is None or inspector_may(lock)
            # A server that holds no lines open has nothing to stream.
            nothing = {204} if name == "desk:alerts:live_stream" else set()
            assert answer.status_code in ({200, 302, 404, 405} | nothing if ours and may else {200, 302, 403, 404}), (
                name
            )
            assert what_is_kept(*but) == before, name


def test_no_button_works_from_another_site(world: World) -> None:
    inspector = builders.officer(Role.INSPECTOR, Role.ENGAGEMENT, name="Thornback")
    client = Client(enforce_csrf_checks=True)
    client.force_login(inspector)
    fields = {**alert_form(), **audience_form(), "text": "Hello", "sure": "1", "reason": "Why", "outcome": "Done"}
    before = what_is_kept()

    for name, _, _ in doors():
        if name not in WITHOUT_TOKEN | BY_A_CODE | BY_A_SIGNATURE:
            assert client.post(at(name, world), fields).status_code == 403, name

    assert what_is_kept() == before


def test_only_the_secret_link_does_without_a_token(world: World) -> None:
    client = Client(enforce_csrf_checks=True)

    stopped = client.post(at("public:my:stop", world), {"List-Unsubscribe": "One-Click"})

    assert stopped.status_code == 200
    for name in sorted(WITHOUT_TOKEN):
        arguments = ARGUMENTS[ADDRESSES[name]](world)
        wrong = reverse(name, kwargs={**arguments, "token": f"{world.member.page_token[:-1]}-"})
        # 405: a screen that is for looking only says so to everybody.
        assert client.post(wrong).status_code in {404, 405}, name
        assert leaks(client.post(wrong)) == [], name


def test_a_scheme_of_a_partner_is_theirs_to_see(world: World) -> None:
    """The doors are not merely shut to everybody: what is Frost's opens to Frost."""
    frost = cast.frost()
    own = builders.scheme("Fire Cadets", SchemeKind.OTHER, organisation=frost.organisation)
    theirs = builders.member(name="Ember", agreed_to=frost.organisation, schemes=(own,))
    client = signed_in(frost)

    assert "Ember" in client.get(reverse("desk:schemes:page", args=[own.ref])).content.decode()
    assert "Ember" in client.get(reverse("desk:members:page", args=[theirs.ref])).content.decode()
    assert client.get(at("desk:schemes:page", world)).status_code == 404


def test_a_night_passes_and_the_alert_stays_shut(world: World) -> None:
    """A vetted alert that is over is as shut to the public as one that runs."""
    Alert.objects.filter(pk=world.alert.pk).update(state=State.ENDED)

    for name in ("public:home:front", "public:alerts:newest", "public:alerts:show"):
        assert leaks(Client().get(at(name, world))) == [], name
