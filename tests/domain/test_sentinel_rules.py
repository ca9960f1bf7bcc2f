"""The sentinel: which words stop an officer, which never do, and what counts as asking again."""

import pytest

from hueandcry.domain.members.rules.sentinel import (
    Verdict,
    asks,
    cautions,
    cautions_in_note,
    subject_hash,
    subjects,
    tasking,
)
from hueandcry.domain.members.rules.tasking import TASKING

UNIT = "the source unit on extension 0000"

MUST_STOP = {
    "find_out": "Could you find out who owns the grey van?",
    "help_find": "Can you help us find out more?",
    "watch": "Please keep an eye on the yard at the back and on him.",
    "get_close": "Get close to him and see what he is like.",
    "use_relationship": "He trusts you, so you may hear more.",
    "ask_them": "Ask him about the dogs.",
    "note_down": "Note down who visits the caravan.",
    "see_who": "See who comes and goes at night.",
    "follow": "Follow him to the gate.",
    "film": "Film them next time.",
    "go_there": "Could you drive past and see whether it is there?",
    "obtain": "Can you get his number?",
    "look_inside": "Have a look in his barn.",
    "covertly": "Do it without him knowing.",
    "stay_close": "Stay friends with him for now.",
    "online": "Join their chat group for us.",
    "report_back": "Tell us every time he goes out.",
    "reward": "We can make it worth your while.",
}
MUST_STOP_TOO = (
    "please find out where they keep the dogs",
    "We need you to find out who drives it",
    "Keep tabs on the lads at the end house",
    "Keep a close watch over the farm opposite",
    "Try to become friendly with the brother",
    "Try and get him talking in the pub",
    "Ask her what time he gets home",
    "ask around about the quad",
    "Write down all the plates that go in",
    "Keep a record of when he leaves",
    "Tail the van if it moves off",
    "Take some photos of his yard",
    "Go round and ask the neighbours",
    "Report back to me",
    "Let me know what he says",
    "Don\u2019t tell him why",
    "Use your job to get in",
    "As his landlord you could look round.",
)
# One hundred ordinary replies of officers: what stops is listed, so that nobody need guess.
ORDINARY = (
    "Thank you, that helps.",
    "Thank you. Which lane was it?",
    "Thanks. How many men were there?",
    "Did you see which way it went?",
    "Did you see who was driving?",
    "Do you know whose it is?",
    "Was it towing anything?",
    "What colour was the trailer?",
    "About what time was that?",
    "Was that this morning or last night?",
    "Are you safe? Please stay indoors.",
    "Please do not approach them. Ring 999 if they come near.",
    "Please do not follow it. We have what we need.",
    "Never follow a vehicle. Let us do that.",
    "Don't try to stop or film them.",
    "Let us know if you see it again.",
    "Let us know if you see them again.",
    "Tell us if anything else comes to mind.",
    "If you see it again ring 999.",
    "If he comes back ring 999 at once.",
    "We will find out who owns it.",
    "We'll find out which farm it came from.",
    "Officers are trying to find out who did it.",
    "We are keeping an eye on the area tonight.",
    "We will keep an eye on the lane.",
    "Colleagues will go and look at the gate today.",
    "A patrol will go past again tonight.",
    "An officer will ask him about it.",
    "We have asked the owner to move it.",
    "We will follow it up tomorrow.",
    "I will follow this up with the council.",
    "Please follow the link in our message.",
    "Please follow the advice on our page about tanks.",
    "Keep an eye on your own stock and lock the gates.",
    "Keep an eye on your tank and tell us of anything odd.",
    "Please keep your dogs in.",
    "Please lock the fuel tank and take the keys in.",
    "Keep an eye on the weather, the road may flood.",
    "Can you ring us on 101 and give the reference?",
    "Ask him to ring us on 101.",
    "Ask them to call 999 if it happens again.",
    "Your neighbour can sign up on our page.",
    "Please ask your neighbours to join Farm Watch too.",
    "Can we ring you this afternoon?",
    "When is a good time to ring?",
    "May an officer visit you tomorrow?",
    "PC Amos will call on you on Friday.",
    "Somebody from the rural team will ring you.",
    "Could you send us the photo that you took?",
    "Please send the pictures you already have.",
    "Can you send a photo of the damage?",
    "Please take a photo of the damage to the gate.",
    "Do you have CCTV of last night?",
    "Did your camera catch the plate?",
    "Did you get a plate?",
    "Did you happen to film them?",
    "Were you able to take a photo of him?",
    "Can you remember the plate?",
    "Do you remember what he was wearing?",
    "Had you seen him before?",
    "Is the gate open or shut?",
    "Which field was it, by the road?",
    "Where exactly was it parked?",
    "What was in the back of it?",
    "Did they say anything to you?",
    "Did anybody else see it?",
    "Was the dog hurt?",
    "Are the sheep off the road now?",
    "Is the road clear?",
    "The sheep are back in. Thank you.",
    "We found the quad. Thank you for your help.",
    "Two men were stopped. Thank you.",
    "The van was stopped near the bridge.",
    "No offences there, it was the vet.",
    "It was a contractor. Thank you for telling us.",
    "Nothing was found this time.",
    "This has been passed to the council.",
    "The fire service knows of it.",
    "Please report fly-tipping to the council as well.",
    "You can report it with this reference.",
    "Your reference is on its way.",
    "You can find out more about Farm Watch on our page.",
    "You can find out how to mark your tools on our page.",
    "We look at every answer.",
    "We can't say more for now, but thank you.",
    "Sorry for the late answer.",
    "Sorry to hear that. Was anything taken?",
    "Have you told your insurer?",
    "Was the shed locked?",
    "Please keep the note that they left, in a bag.",
    "Please don't touch the lock, we'd like to look at it.",
    "Can you leave the gate as it is until we come?",
    "Please make a list of what is missing.",
    "Keep a diary of what happens, with times.",
    "Write down what you remember while it is fresh.",
    "Your information helps us find out who did this.",
    "Stay well. Good night.",
    "Merry Christmas to you too.",
    "Yes, that is fine.",
    "No need to do anything more.",
)
FALSE_STOPS: tuple[str, ...] = ()


@pytest.mark.parametrize("code", [row.code for row in TASKING])
def test_each_row_stops_its_own_words_and_says_the_test_and_the_way_out(code: str) -> None:
    found = cautions(text=MUST_STOP[code], unit=UNIT)

    assert [(one.code, one.verdict) for one in found] == [(code, Verdict.STOP)]
    assert "test for a covert source" in found[0].sentence
    assert UNIT in found[0].sentence
    assert "RIPA" in found[0].source


@pytest.mark.parametrize("words", MUST_STOP_TOO)
def test_a_task_is_stopped_however_it_is_put(words: str) -> None:
    assert tasking(text=words) is not None


def test_of_a_hundred_ordinary_replies_only_those_listed_are_stopped() -> None:
    stopped = tuple(words for words in ORDINARY if cautions(text=words, unit=UNIT))

    assert len(ORDINARY) == len(set(ORDINARY)) == 100
    assert stopped == FALSE_STOPS


@pytest.mark.parametrize(
    ("times", "verdicts"), [(0, []), (1, [Verdict.WARN]), (2, [Verdict.STOP]), (9, [Verdict.STOP])]
)
def test_the_first_asking_is_free_the_second_warns_the_third_stops(times: int, verdicts: list[Verdict]) -> None:
    found = cautions(text="Have you seen AB12 CDE?", times=times, unit=UNIT)

    assert [one.verdict for one in found] == verdicts


def test_who_may_be_under_eighteen_is_not_asked_about_a_person() -> None:
    assert cautions(text="What is his name?", young=True, unit=UNIT)[0].verdict == Verdict.STOP
    assert cautions(text="Has Tarn Moorland been there?", young=True, unit=UNIT)[0].code == "young"
    assert cautions(text="Is the bus shelter mended?", young=True, unit=UNIT) == []
    assert cautions(text="What is his name?", unit=UNIT) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Have you seen AB12 CDE?", {"AB12CDE"}),
        ("have you seen ab12cde?", {"AB12CDE"}),
        ("Any news of Mr Barrow?", {"BARROW"}),
        ("Any news of Tom Barrow?", {"TOMBARROW", "BARROW"}),
        ("Is anybody at Holt Farm?", {"HOLTFARM"}),
        ("Is anybody at Mill Lane?", {"MILLLANE"}),
        ("We stopped AB12 CDE. Thank you.", set()),
        ("Let us know if you see AB12 CDE again.", set()),
        ("Which lane was it?", set()),
        ("Are you in Farm Watch?", set()),
        ("Can PC Amos ring you on Friday?", set()),
    ],
)
def test_what_somebody_is_asked_about(words: str, expected: set[str]) -> None:
    assert set(subjects(text=words)) == expected


def test_asking_for_more_of_the_same_counts_what_the_conversation_is_about() -> None:
    known = ("AB12CDE",)

    assert subjects(text="Have you seen it again?", known=known) == known
    assert subjects(text="Which lane was it?", known=known) == ()
    assert subjects(text="Thank you.", known=known) == ()


def test_a_subject_is_kept_as_a_hash_and_the_same_however_it_is_written() -> None:
    assert subject_hash("AB12 CDE") == subject_hash("ab12cde")
    assert subject_hash("AB12 CDE") != subject_hash("AB12 CDF")
    assert b"AB12" not in subject_hash("AB12 CDE")


@pytest.mark.parametrize("words", ["", "   ", "\x00", "?" * 20_000, "ask him " * 2_000, "\u202eknil"])
def test_odd_words_do_no_harm(words: str) -> None:
    assert asks(text=words) in {True, False}
    assert isinstance(cautions(text=words, unit=UNIT), list)


def test_a_note_holds_what_is_practical_and_nothing_else() -> None:
    assert cautions_in_note(text="Mornings are best, ring twice", unit=UNIT) == []
    assert cautions_in_note(text="He saw AB12 CDE at the barn", unit=UNIT)[0].code == "told"
    assert cautions_in_note(text="We asked her to keep an eye on the yard", unit=UNIT)[0].code == "watch"
    # Their own words in a questionnaire set nobody a task.
    assert cautions_in_note(text="People want you to find out who did it", unit=UNIT, theirs=True) == []
