"""Joining by text: one question at a time, in whatever way people write."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from shapely.geometry import box

from hueandcry.domain.members.models import Application, Consent, Member, MemberPlace, Membership
from hueandcry.domain.members.rules import ConsentHow, PlaceUse, SchemeKind
from hueandcry.domain.members.rules.joining import version_in
from hueandcry.domain.members.rules.texting import TEXT_WORDING, could_answer, read_kind, read_place, read_wish
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.models import Inbound, Message
from hueandcry.domain.messaging.rules import Command, MessageKind
from hueandcry.domain.places.models import Postcode
from hueandcry.domain.places.rules import AreaKind
from hueandcry.domain.records.models import Record
from tests import builders
from tests.domain.messaging import alert_to, by_phone, incoming

pytestmark = pytest.mark.django_db
PHONE = "+447700900101"
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def force_with_postcodes() -> None:
    """Make a force of four degrees with two postcodes inside and one outside."""
    builders.force()
    builders.area("E23009999", kind=AreaKind.FORCE, shape=box(1, 53, 4, 56))
    for code, lon in (("PR32NL", 2.5), ("LA14XY", 3.0), ("QQ11QQ", 3.5), ("NR251AA", 8.0)):
        Postcode.objects.create(code=code, point=(lon, 54.5), uncertainty_m=100)


def text(body: str, *, sender: str = PHONE, **fields: Any) -> Inbound:
    return actions.receive(incoming=incoming(sender, body, **fields))


def answers(address: str = PHONE) -> list[str]:
    """Return what the service said, without its signature, oldest first."""
    for ref in Message.objects.order_by("id").values_list("ref", flat=True):
        actions.dispatch(message_ref=ref)
    return [said.partition(": ")[2] for said in by_phone(address)]


# ---------------------------------------------------------------- what people write


@pytest.mark.parametrize(
    ("said", "code", "use", "house"),
    [
        ("JOIN PR3 2NL FARM", "PR3 2NL", PlaceUse.FARM, ""),
        ("join pr32nl", "PR3 2NL", None, ""),
        ("Join farm watch pr3 2nl", "PR3 2NL", PlaceUse.FARM, ""),
        ("JION PR3 2NL", "PR3 2NL", None, ""),
        ("YMUNO PR3 2NL ceffylau", "PR3 2NL", PlaceUse.STABLE, ""),
        ("Dołącz PR3 2NL", "PR3 2NL", None, ""),
        ("please can I join PR32NL", "PR3 2NL", None, ""),
        ("I'd like to join, pr3 2nl.", "PR3 2NL", None, ""),
        ("sign me up PR3 2NL boat", "PR3 2NL", PlaceUse.BOAT, ""),
        ("JOIN PR3 2NL FARM High Barn", "PR3 2NL", PlaceUse.FARM, "High Barn"),
        ("JOIN PR3 2NL Manor Farm", "PR3 2NL", PlaceUse.FARM, "Manor Farm"),
        ("JOIN Old Barn, PR3 2NL village", "PR3 2NL", PlaceUse.HOME, "Old Barn"),
        ("join PR3 2NL!", "PR3 2NL", None, ""),
        ("join LAI 4XY", "LA1 4XY", None, ""),
        ("join LA1 4XY canal watch", "LA1 4XY", PlaceUse.BOAT, ""),
        ("JOIN BB1O 2NL", "BB10 2NL", None, ""),
        ("JOIN BB IO 2 NL", "BB10 2NL", None, ""),
    ],
)
def test_a_wish_is_read_however_it_is_written(said: str, code: str, use: PlaceUse | None, house: str) -> None:
    wish = read_wish(said)

    assert wish is not None
    assert (wish.codes[0], wish.use, wish.house) == (code, use, house)


@pytest.mark.parametrize("said", ["JOIN", "join.", "Join up", "  joim ", "Ymuno", "hi join", "can i join", "REGISTER"])
def test_the_bare_word_is_a_wish(said: str) -> None:
    wish = read_wish(said)

    assert wish is not None
    assert not wish.says_where


@pytest.mark.parametrize(
    "said",
    [
        "join the queue at the gate, they are back",
        "Join us now!",
        "they join the road at PR3 2NL",
        "Joined by two more men with dogs",
        "joiners van, white, at the bridge",
        "join them",
        "White van at PR3 2NL",
        "want to stop",
        "",
        "JOIN " + "x " * 200,
    ],
)
def test_other_messages_are_no_wish(said: str) -> None:
    assert read_wish(said) is None


def test_a_name_and_a_grid_reference_are_places_too() -> None:
    named, squared = read_wish("JOIN Long Sand"), read_wish("join SD 564 429 farm")

    assert named is not None
    assert named.name == "Long Sand"
    assert squared is not None
    assert (squared.square, squared.use) == ("SD 564 429", PlaceUse.FARM)


@pytest.mark.parametrize("said", ["White van at the bridge with two men", "seen it?", "van 51 reg", "HELP!"])
def test_what_people_see_answers_no_question_of_ours(said: str) -> None:
    assert not could_answer(said, known=False) or (read_place(said) is None and read_kind(said) is None)


def test_of_a_member_only_add_and_pass_are_looked_at() -> None:
    assert could_answer("add", known=True)
    assert not could_answer("PR3 2NL", known=True)
    assert could_answer("PR3 2NL", known=False)


@pytest.mark.parametrize(
    ("said", "use"),
    [("FARM", PlaceUse.FARM), ("a farm please", PlaceUse.FARM), ("Horses.", PlaceUse.STABLE), ("fram", PlaceUse.FARM)],
)
def test_the_kind_is_one_word(said: str, use: PlaceUse) -> None:
    assert read_kind(said) == use
    assert read_kind(f"{said} van seen") is None


# ---------------------------------------------------------------- joining


def test_all_in_one_text_signs_up() -> None:
    said = text("JOIN PR3 2NL FARM High Barn")

    member = Member.objects.get()
    place = MemberPlace.objects.get()
    consent = Consent.objects.get()
    assert said.command == Command.JOIN
    assert (place.postcode, place.use, place.name) == ("PR32NL", "farm", "High Barn")
    assert (consent.how, consent.wording, consent.channel) == (ConsentHow.TEXT, TEXT_WORDING, "sms")
    assert consent.taken_by == f"contact:{said.conversation.ref}"
    assert member.contacts.get().confirmed_at is not None
    (reply,) = answers()
    assert reply.startswith("you are in. We text crime alerts for PR3 2NL")
    assert "STOP" in reply
    assert alert_to(member).deliveries.get().address == PHONE


def test_what_is_missing_is_asked_one_question_at_a_time() -> None:
    for body in ("JOIN", "pr3 2nl", "farm"):
        text(body)

    asked = [reply[:22] for reply in answers()]
    assert asked == ["good to hear from you.", "thank you. Now tell us", "you are in. We text cr"]
    assert MemberPlace.objects.get().use == PlaceUse.FARM
    assert Application.objects.get().answers == {}


def test_an_observation_in_between_is_for_people_and_the_questions_go_on() -> None:
    text("JOIN")
    seen = text("White van at the bridge")
    short = text("seen it")
    text("PR3 2NL")
    text("horse")

    assert [seen.command, short.command] == [Command.NONE, Command.NONE]
    assert Record.objects.filter(event="message.received").count() == 2
    assert MemberPlace.objects.get().use == PlaceUse.STABLE


def test_a_place_on_the_map_does_and_a_name_nobody_knows_is_asked_again() -> None:
    builders.place("Long Sand", at=(2.6, 54.6))
    text("JOIN Nowhere")
    text("Long Sand")
    text("boat")

    assert "do not know that place" in answers()[0]
    assert MemberPlace.objects.get().point == pytest.approx((2.6, 54.6))


def test_an_unknown_postcode_is_asked_again_once_and_then_goes_to_a_person() -> None:
    first = text("JOIN PR9 9ZZ farm")
    second = text("PR9 9ZY")
    third = text("JOIN PR9 9ZX")

    assert [first.command, second.command, third.command] == [Command.JOIN, Command.NONE, Command.JOIN]
    assert [record.subject for record in Record.objects.filter(event="message.received")] == [f"inbound:{second.ref}"]
    assert "one of us will look" in answers()[1]
    assert not Member.objects.exists()


def test_a_right_postcode_after_all_signs_up() -> None:
    for body in ("JOIN PR9 9ZZ farm", "PR9 9ZY", "JOIN PR3 2NL"):
        text(body)

    assert MemberPlace.objects.get().postcode == "PR32NL"


def test_another_forces_postcode_is_passed_on_when_they_agree() -> None:
    text("JOIN NR25 1AA farm")
    text("PASS")
    text("JOIN NR25 1AA farm")

    one = Application.objects.get()
    assert one.state == "elsewhere"
    assert one.answers["places"][0]["postcode"] == "NR251AA"
    assert [reply[:20] for reply in answers()] == [
        "NR25 1AA belongs to ", "thank you, we tell t", "thank you, we tell t",
    ]  # fmt: skip
    assert not Member.objects.exists()


def test_pass_of_somebody_whom_nobody_asked_is_an_answer() -> None:
    assert text("PASS").command == Command.NONE
    assert text("farm").command == Command.NONE
    assert text("PR3 2NL").command == Command.NONE


def test_after_a_day_the_questions_are_forgotten() -> None:
    with time_machine.travel(NOON, tick=False) as now:
        text("JOIN")
        now.shift(dt.timedelta(hours=24, seconds=1))

        assert text("PR3 2NL").command == Command.NONE
        text("JOIN PR3 2NL")

    assert Application.objects.count() == 2


def test_the_watch_of_that_kind_and_place_is_joined() -> None:
    area = builders.area("Holt")
    builders.scheme("Holt Farm Watch", area_id=area.id)
    builders.scheme("All Farm Watch")
    builders.scheme("Holt Horse Watch", kind=SchemeKind.HORSE, area_id=area.id)

    text("JOIN PR3 2NL FARM")

    assert [part.scheme.name for part in Membership.objects.all()] == ["Holt Farm Watch"]


def test_in_welsh_they_are_a_welsh_member() -> None:
    text("YMUNO PR3 2NL FFERM")

    assert Member.objects.get().language == "cy"


# ---------------------------------------------------------------- who is here already


def test_a_member_is_told_so_and_never_doubled() -> None:
    builders.member(mobile=PHONE)
    for body in ("JOIN", "JOIN PR3 2NL FARM"):
        text(body)

    assert Member.objects.count() == 1
    assert all("signed up already" in reply for reply in answers())


def test_a_member_may_add_a_place() -> None:
    member = builders.member(mobile=PHONE)
    text("JOIN LA1 4XY farm")
    text("add")
    text("JOIN LA1 4XY farm")

    assert sorted(member.places.values_list("postcode", "use")) == [("", "home"), ("LA14XY", "farm")]
    assert [reply[:26] for reply in answers()][:2] == ["you are signed up already.", "done, you will hear about "]


def test_add_out_of_the_blue_is_an_answer() -> None:
    builders.member(mobile=PHONE)

    assert text("ADD").command == Command.NONE


def test_join_after_a_stop_agrees_anew_and_lifts_it() -> None:
    member = builders.member(mobile=PHONE)
    text("STOP")
    text("JOIN")

    assert alert_to(member).deliveries.count() == 1
    assert list(Consent.objects.filter(withdrawn_at=None).values_list("how", "wording")) == [("text", TEXT_WORDING)]
    assert "you are in" in answers()[1]


def test_join_of_somebody_erased_lifts_the_stop_that_outlived_them() -> None:
    member = builders.member(mobile=PHONE)
    text("STOP")
    member.delete()

    text("JOIN PR3 2NL FARM")

    assert alert_to(Member.objects.get()).deliveries.count() == 1


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("sender", ["81025", "RURALBANK", "", "anonymous"])
def test_a_sender_whom_nobody_can_answer_is_counted_only(sender: str) -> None:
    said = text("JOIN PR3 2NL FARM", sender=sender)

    assert said.command == Command.JOIN
    assert Record.objects.get(event="message.obeyed").facts["changed"] is False
    assert not Message.objects.exists()
    assert not Member.objects.exists()


def test_a_flood_from_one_number_is_one_application_and_a_handful_of_answers() -> None:
    for turn in range(60):
        text("JOIN" if turn % 2 else f"JOIN ZZ{turn} 9ZZ")

    assert Application.objects.count() == 1
    assert Message.objects.filter(kind=MessageKind.CONTROL).count() <= 3
    assert len(answers()) <= 11
    assert Record.objects.filter(event="message.received").count() <= 1


def test_a_flood_of_whole_wishes_is_one_member() -> None:
    for _ in range(30):
        text("JOIN PR3 2NL FARM")

    assert Member.objects.count() == 1
    assert len(answers()) <= 10


def test_a_machine_that_joins_is_not_answered() -> None:
    text("JOIN PR3 2NL FARM", automatic=True)

    assert not Member.objects.exists()
    assert not Message.objects.exists()


def test_no_word_of_a_wish_stands_in_the_record() -> None:
    text("JOIN PR3 2NL FARM High Barn")

    kept = str(list(Record.objects.values_list("event", "subject", "actor", "facts")))
    assert "High" not in kept
    assert "PR3 2NL" not in kept
    assert "PR32NL" not in kept
    assert "7700900101" not in kept


# ---------------------------------------------------------------- in Welsh and Polish


@pytest.mark.parametrize(
    ("said", "use", "house", "language"),
    [
        ("YMUNO PR3 2NL fferm", PlaceUse.FARM, "", "cy"),
        ("Hoffwn ymuno, PR3 2NL, Fferm Tŷ Gwyn", PlaceUse.FARM, "Fferm Tŷ Gwyn", "cy"),
        ("Ga i ymuno os gwelwch yn dda? Cod post PR3 2NL, ceffylau", PlaceUse.STABLE, "", "cy"),
        ("Cofrestrwch fi PR3 2NL Tafarn y Bont", PlaceUse.BUSINESS, "Tafarn y Bont", "cy"),
        ("Dołącz PR3 2NL gospodarstwo", PlaceUse.FARM, "", "pl"),
        ("chce dolaczyc PR3 2NL wies", PlaceUse.HOME, "", "pl"),
        ("Proszę mnie zapisać, kod pocztowy PR3 2NL, barka", PlaceUse.BOAT, "", "pl"),
        ("JOIN PR3 2NL Fferm Tŷ Gwyn", PlaceUse.FARM, "Fferm Tŷ Gwyn", "en"),
    ],
)
def test_a_wish_is_read_in_welsh_and_polish(said: str, use: PlaceUse, house: str, language: str) -> None:
    wish = read_wish(said)

    assert wish is not None
    assert (wish.codes, wish.use, wish.house, wish.language) == (("PR3 2NL",), use, house, language)


@pytest.mark.parametrize(
    "said",
    [
        "Ymunwch â'r ciw wrth y giât, maen nhw nôl",
        "ymunwch â ni",
        "Ymunodd dau ddyn arall â nhw",
        "Dołączam zdjęcie",
        "Zapisz numer 51 BCD",
        "dołączyło do nich dwóch",
        "Zapisałem numery",
    ],
)
def test_other_messages_in_welsh_and_polish_are_no_wish(said: str) -> None:
    assert read_wish(said) is None


@pytest.mark.parametrize(
    ("said", "use"),
    [
        ("Fferm.", PlaceUse.FARM),
        ("mae'n gennym fferm", None),
        ("mae gennym geffylau", PlaceUse.STABLE),
        ("Cwch yw e", None),
        ("tŷ", PlaceUse.HOME),
        ("to jest stajnia", PlaceUse.STABLE),
        ("mamy konie", PlaceUse.STABLE),
        ("ŁÓDŹ", PlaceUse.BOAT),
        ("koń uciekł", None),
        ("widzę farmę i vana", None),
        ("ceffyl ar y ffordd", None),
    ],
)
def test_the_kind_is_one_word_in_welsh_and_polish_too(said: str, use: PlaceUse | None) -> None:
    assert read_kind(said) == use


@pytest.mark.parametrize(
    ("bodies", "language", "asked"),
    [
        (("Hoffwn ymuno", "PR3 2NL", "fferm"), "cy", ["da", "diolch", "rydych"]),
        (("Chcę dołączyć", "PR3 2NL", "farma"), "pl", ["milo", "dziekujemy", "zapisano"]),
        (("JOIN", "PR3 2NL", "Ceffylau"), "cy", ["good", "thank", "rydych"]),
        (("JOIN", "PR3 2NL proszę", "wies"), "pl", ["good", "dziekujemy", "zapisano"]),
        (("JOIN", "PR3 2NL", "farm"), "en", ["good", "thank", "you"]),
        (("JOIN PR3 2NL Fferm Tŷ Gwyn",), "en", ["you"]),
    ],
)
def test_who_joins_is_answered_in_the_language_that_they_write(
    bodies: tuple[str, ...], language: str, asked: list[str]
) -> None:
    for body in bodies:
        text(body)

    assert [reply.partition(" ")[0].strip(".,:") for reply in answers()] == asked
    assert Member.objects.get().language == language
    # What they agreed to is what they read before they answered.
    assert Consent.objects.get().wording == version_in({"da": "cy", "milo": "pl"}.get(asked[0], "en"), TEXT_WORDING)


def test_a_place_is_added_and_passed_on_in_welsh_and_polish() -> None:
    member = builders.member(mobile=PHONE)
    text("YMUNO LA1 4XY fferm")
    text("Ychwanegwch")
    text("Dołącz NR25 1AA", sender="+447700900102")
    text("Proszę przekazać", sender="+447700900102")

    assert sorted(member.places.values_list("postcode", "use")) == [("", "home"), ("LA14XY", "farm")]
    assert Application.objects.get(address="+447700900102").state == "elsewhere"
