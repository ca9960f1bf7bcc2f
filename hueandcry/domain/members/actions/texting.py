"""Joining by text, one question at a time: what is known so far stands in an application for a day."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.models import Q

from hueandcry.domain.members.actions import agree, join
from hueandcry.domain.members.actions.hearing import hear_from
from hueandcry.domain.members.actions.stopping import confirm_contact, lift
from hueandcry.domain.members.models import Application, Consent, ContactPoint, Member, MemberPlace, Membership, Scheme
from hueandcry.domain.members.rules import (
    ApplicationState,
    Channel,
    ConsentHow,
    Door,
    MembershipState,
    MemberState,
    NewContact,
    NewMember,
    NewPlace,
    PlaceUse,
    Purpose,
    SchemeState,
)
from hueandcry.domain.members.rules.joining import version_in
from hueandcry.domain.members.rules.texting import (
    ADD_WORDS,
    KEPT_FOR,
    PASS_WORDS,
    SAME_PLACE_M,
    SCHEME_OF,
    TEXT_WORDING,
    TextedWish,
    TextReply,
    could_answer,
    is_yes,
    read_kind,
    read_place,
    read_wish,
)
from hueandcry.domain.members.rules.tongue_words import language_of, language_of_answer
from hueandcry.domain.organisations.queries import force
from hueandcry.domain.places.queries import areas, areas_containing, find, point_of_force_check
from hueandcry.domain.places.rules import AreaKind, Found, FoundBy, PlaceError
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock, shapes
from hueandcry.kit.geometry import Point
from hueandcry.kit.text import fold
from hueandcry.kit.words import ENGLISH

_MOST_PLACES = 10
# The second place that nobody knows goes to a person, once.
_HANDED_OVER = 2
_LONGEST_SAID = 12


@dataclass
class Plan:
    """What a text means for somebody's joining: nothing is changed yet.

    Attributes:
        one: their application, when there is one.
        wish: what the text adds to it; `agrees` when it is a yes to our question whether to.
    """

    channel: Channel
    address: str = field(repr=False)
    member_ids: Sequence[int]
    one: Application | None
    wish: TextedWish = field(repr=False)
    found: Found | None = field(default=None, repr=False)
    agrees: bool = False


@dataclass(frozen=True)
class Taken:
    """What is answered, and whether the text moved anything on."""

    reply: TextReply
    place: str = field(default="", repr=False)
    moved: bool = True


def plan(*, channel: Channel, address: str, member_ids: Sequence[int], text: str) -> Plan | None:
    """Say what a text means for joining; None when it means nothing for it, and is for people to read.

    A wish begins with JOIN; an answer to one of our questions looks like an answer to it.
    """
    wish = read_wish(text)
    if wish is None and not could_answer(text, known=bool(member_ids)):
        return None
    one = _open(channel, address)
    if wish is not None:
        return Plan(channel, address, member_ids, one, wish, _find(wish))
    if one is None or one.state != ApplicationState.ASKING:
        return None
    return _answer(Plan(channel, address, member_ids, one, TextedWish()), text)


def _answer(made: Plan, text: str) -> Plan | None:
    """Return the plan with the answer that this text is to what was asked last, or None when it answers nothing."""
    asked = made.one.answers.get("asked") if made.one else None
    if asked in {"add", "pass"}:
        made.agrees = fold(text) in (ADD_WORDS if asked == "add" else PASS_WORDS)
        return made if made.agrees else None
    use = read_kind(text) if asked == "kind" else None
    if use is not None:
        made.wish = TextedWish(use=use, language=language_of_answer(text))
        return made
    place = read_place(text)
    if place is None or (asked != "where" and not place.codes):
        return None
    found = _find(place)
    if found is None and not place.codes and not place.square:
        return None  # `seen it` is no name of a place: for people to read
    made.wish, made.found = replace(place, language=language_of(text)), found
    return made


def _open(channel: Channel, address: str) -> Application | None:
    """Return the application of an address that stands open: one, however often they begin."""
    rows = Application.objects.filter(channel=channel, address=address, door=Door.TEXT, expires_at__gt=clock.now())
    return rows.order_by("-id").first()


def _find(wish: TextedWish) -> Found | None:
    """Return the one place that is meant; of several namesakes the one in our force, if it is one."""
    for text in (*wish.codes, wish.square, wish.name):
        if not text:
            continue
        try:
            found = find(text=text)
        except PlaceError:
            continue
        if len(found) == 1:
            return found[0]
        ours = [one for one in found if point_of_force_check(point=one.point)]
        return ours[0] if len(ours) == 1 else None
    return None


# ---------------------------------------------------------------- doing it


@transaction.atomic
def carry_out(*, plan: Plan, actor: str) -> Taken:
    """Do what a text means, and say what is answered. Logged as what it comes to, e.g. `member.joined`.

    The caller has seen to it that texts of one address come one after another.
    """
    if plan.agrees and plan.one is not None:
        return _add(plan.one, plan, actor) if plan.one.answers["asked"] == "add" else _pass_on(plan.one, actor)
    return _known(plan, actor) if plan.member_ids else _go_on(plan, actor)


def _passed_on_already(plan: Plan) -> bool:
    """Tell whether they say again what an officer passes on already."""
    waits = plan.one is not None and plan.one.state == ApplicationState.ELSEWHERE
    return waits and (plan.found is None or not point_of_force_check(point=plan.found.point))


def _go_on(plan: Plan, actor: str) -> Taken:
    if _passed_on_already(plan):
        return Taken(TextReply.PASSED_ON, moved=False)
    going_on = plan.one is not None and plan.one.state in {ApplicationState.ASKING, ApplicationState.GIVEN_UP}
    one = plan.one if plan.one is not None and going_on else _begun(plan, actor)
    answers: dict[str, Any] = dict(one.answers)
    _speak(one, answers, plan.wish.language)
    if plan.wish.use:
        answers["use"] = plan.wish.use.value
    if plan.wish.house:
        answers["house"] = plan.wish.house
    if plan.wish.says_where:
        refused = _place(plan, answers)
        if refused is not None:
            return _kept(one, answers, refused)
    if "point" not in answers:
        return _kept(one, {**answers, "asked": "where"}, Taken(TextReply.ASK_WHERE))
    if "use" not in answers:
        return _kept(one, {**answers, "asked": "kind"}, Taken(TextReply.ASK_KIND))
    return _joined(one, answers, actor)


def _speak(one: Application, answers: dict[str, Any], language: str) -> None:
    """Go on in the language in which somebody answers who began in English, with JOIN as it stands on our posters.

    What they agree to stays what they read: it is kept beside.
    """
    if one.language == ENGLISH and language != ENGLISH:
        answers["read"] = one.language
        one.language = language
        one.save(update_fields=["language"])


def _begun(plan: Plan, actor: str) -> Application:
    now = clock.now()
    made = Application.objects.create(
        door=Door.TEXT,
        channel=plan.channel,
        address=plan.address,
        language=plan.wish.language,
        opened_at=now,
        expires_at=now + KEPT_FOR,
    )
    log("application.opened_by_text", subject=f"application:{made.ref}", actor=actor, channel=plan.channel.value)
    return made


def _place(plan: Plan, answers: dict[str, Any]) -> Taken | None:
    """Take the place into the answers, or say what is the matter with it."""
    if plan.found is None or not areas(kind=AreaKind.FORCE):
        wrong = answers.get("wrong", 0)
        if wrong >= _HANDED_OVER:
            return Taken(TextReply.TO_PERSON, moved=False)
        answers.update(asked="where", wrong=wrong + 1)
        return Taken(TextReply.TO_PERSON if wrong + 1 == _HANDED_OVER else TextReply.ASK_WHERE_AGAIN)
    code = _code(plan.found)
    answers.update(point=list(plan.found.point), postcode=code.replace(" ", ""), said=_said(plan.found))
    if not point_of_force_check(point=plan.found.point):
        answers["asked"] = "pass"
        return Taken(TextReply.ELSEWHERE, place=answers["said"])
    return None


def _kept(one: Application, answers: dict[str, Any], taken: Taken) -> Taken:
    """Keep what is known now, when anything of it is new."""
    before = (one.state, one.answers)
    if not taken.moved:
        return taken
    handed_over = taken.reply == TextReply.TO_PERSON
    one.state = ApplicationState.GIVEN_UP if handed_over else ApplicationState.ASKING
    one.answers = answers
    if before == (one.state, one.answers):
        return Taken(taken.reply, taken.place, moved=False)
    one.save(update_fields=["state", "answers"])
    return taken


def _joined(one: Application, answers: dict[str, Any], actor: str) -> Taken:
    use, point = PlaceUse(answers["use"]), Point(*answers["point"])
    house = answers.get("house", "")
    schemes = list(_schemes(use, point))
    ours = force()
    member = join(
        member=NewMember(
            name=(house or f"{use.label} at {answers['said']}")[:120],
            places=(NewPlace(answers["postcode"], point, use, house),),
            contacts=(NewContact(Channel(one.channel), one.address),),
            organisations=(ours.pk,),
        ),
        how=ConsentHow.TEXT,
        taken_by=actor,
        wording=version_in(answers.get("read", one.language), TEXT_WORDING),
    )
    if one.language != member.language:
        member.language = one.language
        member.save(update_fields=["language"])
    now = clock.now()
    Membership.objects.bulk_create(
        Membership(
            scheme_id=scheme,
            member=member,
            state=MembershipState.IN if is_open else MembershipState.ASKED,
            joined_at=now,
        )
        for scheme, is_open in schemes
    )
    hear_from(member_ids=[member.pk], how=ConsentHow.TEXT, taken_by=actor)
    log("contact.confirmed", subject=f"member:{member.ref}", actor=actor, channel=one.channel)
    one.state, one.member, one.answers = ApplicationState.JOINED, member, {}
    one.save(update_fields=["state", "member", "answers"])
    return Taken(TextReply.JOINED, place=answers["said"])


def _schemes(use: PlaceUse, point: Point) -> Sequence[tuple[int, bool]]:
    """Return the running schemes of this kind there, those of an area before those of the whole force."""
    here = [area.id for area in areas_containing(point=point)]
    rows = Scheme.objects.filter(state=SchemeState.ACTIVE, kind=SCHEME_OF[use])
    rows = rows.filter(Q(area=None) | Q(area_id__in=here))
    near = list(rows.exclude(area=None).order_by("pk").values_list("pk", "open_to_all"))
    return near or list(rows.filter(area=None).order_by("pk").values_list("pk", "open_to_all"))


# ---------------------------------------------------------------- who is here already


def _known(plan: Plan, actor: str) -> Taken:
    member = Member.objects.get(pk=plan.member_ids[0])
    agreed = Consent.objects.filter(
        member__in=plan.member_ids, channel=plan.channel, scheme=None, withdrawn_at=None
    ).exists()
    confirmed = confirm_contact(member_id=member.pk, channel=plan.channel, address=plan.address, actor=actor)
    if not agreed:
        agree_by_text(member_id=member.pk, channel=plan.channel, address=plan.address, actor=actor)
    if not agreed or confirmed:
        return Taken(TextReply.JOINED, place=_said(plan.found) if plan.found else "")
    if plan.found is None or not point_of_force_check(point=plan.found.point) or _has(member, plan.found):
        return Taken(TextReply.KNOWN, moved=False)
    one = plan.one if plan.one is not None and plan.one.state == ApplicationState.ASKING else _begun(plan, actor)
    answers = {
        "asked": "add",
        "point": list(plan.found.point),
        "postcode": _code(plan.found).replace(" ", ""),
        "said": _said(plan.found),
        "use": (plan.wish.use or PlaceUse.OTHER).value,
        "house": plan.wish.house,
    }
    return _kept(one, answers, Taken(TextReply.KNOWN_ADD, place=_said(plan.found)))


def agree_by_text(*, member_id: int, channel: Channel, address: str, actor: str) -> None:
    """Let a member agree anew from their own number or address, and lift its stop. Logged as `consent.given`.

    Raises:
        MemberError: they have left.
    """
    ours = force()
    lift(channel=channel, address=address, organisation_ids=[ours.pk])
    agree(
        member_id=member_id,
        organisation_id=ours.pk,
        channel=channel,
        purposes=(Purpose.ALERT,),
        how=ConsentHow.VOICE if channel == Channel.VOICE else ConsentHow.TEXT,
        taken_by=actor,
        wording=version_in(Member.objects.get(pk=member_id).language, TEXT_WORDING),
    )


def _has(member: Member, found: Found) -> bool:
    """Tell whether a member has this place already, or as many as fit."""
    code = _code(found).replace(" ", "")
    places = list(MemberPlace.objects.filter(member=member))
    same = any((code and place.postcode == code) or _near(place.point, found.point) for place in places)
    return same or len(places) >= _MOST_PLACES


def _near(one: Point, other: Point) -> bool:
    return shapes.distance_m(Point(*one), other) <= SAME_PLACE_M


def _add(one: Application, plan: Plan, actor: str) -> Taken:
    member = Member.objects.select_for_update(no_key=True).exclude(state=MemberState.LEFT)
    found = member.filter(pk__in=plan.member_ids).order_by("pk").first()
    if found is None:
        return Taken(TextReply.ASK_WHERE, moved=False)
    answers = one.answers
    MemberPlace.objects.create(
        member=found,
        use=answers["use"],
        name=answers["house"],
        postcode=answers["postcode"],
        point=Point(*answers["point"]),
    )
    one.state, one.member, one.answers = ApplicationState.JOINED, found, {}
    one.save(update_fields=["state", "member", "answers"])
    log("member.place_added", subject=f"member:{found.ref}", actor=actor)
    return Taken(TextReply.ADDED, place=answers["said"])


def _pass_on(one: Application, actor: str) -> Taken:
    """Let an officer pass the wish on to the force of that place: it stands among those who wait."""
    answers = one.answers
    one.answers = {
        "name": answers.get("house") or "By text",
        "places": [
            {
                "use": answers.get("use", PlaceUse.OTHER.value),
                "name": answers.get("house", ""),
                "postcode": answers["postcode"],
                "point": answers["point"],
            }
        ],
    }
    one.state = ApplicationState.ELSEWHERE
    one.save(update_fields=["state", "answers"])
    log("application.elsewhere", subject=f"application:{one.ref}", actor=actor)
    return Taken(TextReply.PASSED_ON)


# ---------------------------------------------------------------- yes to a question of ours


def may_confirm(*, channel: Channel, address: str, member_ids: Sequence[int], text: str) -> bool:
    """Tell whether a text is a yes that confirms a number not confirmed yet, or answers whether they want us again."""
    if not member_ids or not is_yes(text):
        return False
    waits = ContactPoint.objects.filter(
        member__in=list(member_ids), channel=channel, address=address, confirmed_at=None
    )
    return waits.exists() or _question(channel, address) is not None


def ask_again(*, member_id: int, channel: Channel, address: str, actor: str) -> Application | None:
    """Keep that a member is asked whether they want us again; None when that was asked today.

    Logged as `member.question_sent`.

    Raises:
        NotHereError: there is no such member.
    """
    if _question(channel, address) is not None:
        return None
    now = clock.now()
    made = Application.objects.create(
        door=Door.TEXT,
        channel=channel,
        address=address,
        answers={"asked": "yes"},
        opened_at=now,
        expires_at=now + KEPT_FOR,
        member_id=member_id,
    )
    ref = Member.objects.values_list("ref", flat=True).get(pk=member_id)
    log("member.question_sent", subject=f"member:{ref}", actor=actor, channel=channel.value)
    return made


def _question(channel: Channel, address: str) -> Application | None:
    one = _open(channel, address)
    asked = one is not None and one.state == ApplicationState.ASKING and one.answers.get("asked") == "yes"
    return one if asked else None


@transaction.atomic
def say_yes(*, channel: Channel, address: str, member_ids: Sequence[int], actor: str) -> None:
    """Take a yes: confirm the number, and agree anew where that was asked. Logged as `contact.confirmed`."""
    for member in member_ids:
        confirm_contact(member_id=member, channel=channel, address=address, actor=actor)
    question = _question(channel, address)
    if question is not None and question.member_id is not None and question.member_id in member_ids:
        agree_by_text(member_id=question.member_id, channel=channel, address=address, actor=actor)
        question.state = ApplicationState.JOINED
        question.save(update_fields=["state"])


@transaction.atomic
def give_up(*, channel: Channel, address: str) -> None:
    """End what is open of an address that asks us to stop."""
    Application.objects.filter(
        channel=channel, address=address, state=ApplicationState.ASKING, expires_at__gt=clock.now()
    ).update(state=ApplicationState.GIVEN_UP)


# ---------------------------------------------------------------- how a place is called in a text


def _code(found: Found) -> str:
    code = found.label.partition(" (")[0]
    return code if found.by == FoundBy.POSTCODE else ""


def _said(found: Found) -> str:
    """Return how a text calls a place, in few signs: its postcode, its name, or `your place`."""
    said = found.label.partition(" (")[0].partition(",")[0]
    return said if len(said) <= _LONGEST_SAID else "your place"
