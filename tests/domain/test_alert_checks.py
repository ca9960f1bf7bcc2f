"""The send check: every row of the table, on both sides."""

import datetime as dt
import gzip
import re
import time
from dataclasses import replace

import pytest

from hueandcry.domain.alerts import rules
from hueandcry.domain.alerts.rules import AlertError, Facts, Severity, Words, checks
from hueandcry.domain.alerts.rules.canaries import OurLines
from hueandcry.domain.alerts.rules.danger import UNSAFE
from hueandcry.domain.alerts.rules.disguise import spelt_out, undisguised
from hueandcry.domain.alerts.rules.kinds import Ground, Marking, Suspect
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging.rules.budget import Budget
from hueandcry.domain.organisations.rules import Cover
from tests.domain.alert_words_elsewhere import POLISH, WELSH
from tests.shared_data import shared_file

NOW = dt.datetime(2026, 11, 20, 22, 41, tzinfo=dt.UTC)
GOOD = Words(
    headline="Hare coursing near Holt",
    what="Grey pick-up, three men with dogs",
    where="Mill Lane, Holt",
    ask="Have you seen it?",
)
FACTS = Facts(
    words=GOOD,
    occurred_at=NOW - dt.timedelta(minutes=10),
    expires_at=NOW + dt.timedelta(hours=6),
    has_audience=True,
    level=Tier.VETTED,
    invites_answers=True,
    now=NOW,
    signs_as="Doggerland Police",
    ref="K7M2PQ",
)


def codes(facts: Facts) -> set[str]:
    return {finding.code for finding in rules.check(facts)}


def with_words(facts: Facts = FACTS, **fields: str) -> Facts:
    return replace(facts, words=replace(facts.words, **fields))


def said(what: str, **fields: object) -> Facts:
    return replace(with_words(what=what), **fields)  # type: ignore[arg-type]


def test_a_good_alert_passes_without_a_word() -> None:
    assert rules.check(FACTS) == []


# code: (what is found, what is not): rows about the facts.
FACT_ROWS: dict[str, tuple[Facts, Facts]] = {
    "no_headline": (with_words(headline="  "), FACTS),
    "no_what": (with_words(what=""), FACTS),
    "no_place": (with_words(where="\n"), FACTS),
    "no_time": (replace(FACTS, occurred_at=None), FACTS),
    "no_ask": (with_words(ask=" "), FACTS),
    "no_expiry": (replace(FACTS, expires_at=None), FACTS),
    "no_audience": (replace(FACTS, has_audience=False), FACTS),
    "marking_above": (replace(FACTS, marking=Marking.SENSITIVE), replace(FACTS, marking=Marking.OFFICIAL)),
    "area_wider": (
        replace(FACTS, ground=Ground(area_km2=2_500.0, farthest_m=40_000.0)),
        replace(FACTS, ground=Ground(area_km2=300.0, farthest_m=12_000.0)),
    ),
    "reading_age": (
        said("Persons unknown effected entry to agricultural premises and misappropriated machinery therefrom"),
        FACTS,
    ),
    "stiff": (said("Two individuals ran off"), said("Two people ran off")),
    "plain_letters": (replace(FACTS, lines=OurLines(plain=True)), FACTS),
    "invisible": (said("Grey\u200b pick-up"), FACTS),
    "right_to_left": (said("Grey \u05e9\u05dc\u05d5\u05dd"), said("Grey \u0175")),
    "child": (
        said("Boy of 9 was asked into a van"),
        said("Boy of 9, red coat, not home yet", template="missing-person"),
    ),
    "suspect_unasked": (replace(FACTS, suspect=Suspect.UNASKED), replace(FACTS, suspect=Suspect.NO)),
    "suspect_harmful": (
        replace(FACTS, suspect=Suspect.HARMFUL, level=Tier.MEMBER),
        replace(FACTS, suspect=Suspect.HARMFUL),
    ),
    "nobody_on_duty": (
        replace(FACTS, cover=Cover()),
        replace(FACTS, cover=Cover(next_at=NOW + dt.timedelta(hours=1))),
    ),
    "nobody_on_duty_yet": (
        replace(FACTS, cover=Cover(next_at=NOW + dt.timedelta(hours=1))),
        replace(FACTS, cover=Cover(names=("PC Amos",))),
    ),
    "no_rota": (replace(FACTS, cover=Cover(is_kept=False)), replace(FACTS, cover=Cover(names=("PC Amos",)))),
    "expiry_past": (replace(FACTS, expires_at=NOW), replace(FACTS, expires_at=NOW + dt.timedelta(seconds=1))),
    "expiry_part_plate": (
        said("Grey pick-up, part plate ..51", expires_at=NOW + dt.timedelta(hours=12, seconds=1)),
        said("Grey pick-up, part plate ..51", expires_at=NOW + dt.timedelta(hours=12)),
    ),
    "expiry_vehicle": (
        replace(FACTS, expires_at=NOW + dt.timedelta(hours=13)),
        said("Three men with dogs", expires_at=NOW + dt.timedelta(hours=13)),
    ),
    "expiry_far": (
        replace(FACTS, expires_at=NOW + dt.timedelta(days=15)),
        replace(FACTS, expires_at=NOW + dt.timedelta(days=14)),
    ),
    "time_ahead": (
        replace(FACTS, occurred_at=NOW + dt.timedelta(minutes=6)),
        replace(FACTS, occurred_at=NOW + dt.timedelta(minutes=5)),
    ),
    "stale": (
        replace(FACTS, occurred_at=NOW - dt.timedelta(hours=25)),
        replace(FACTS, occurred_at=NOW - dt.timedelta(hours=24)),
    ),
    "over_budget": (
        replace(FACTS, budget=Budget(members=10, over=5, nth=6)),
        replace(FACTS, budget=Budget(members=10, over=6, nth=6)),
    ),
    "over_budget_most": (
        replace(FACTS, budget=Budget(members=10, over=6, nth=6)),
        replace(FACTS, budget=Budget(members=10, over=5, nth=6)),
    ),
    "over_budget_lost": (
        replace(FACTS, budget=Budget(members=10, over=6, nth=6, lost=6)),
        replace(FACTS, budget=Budget(members=10, over=6, nth=6)),
    ),
    "part_plate": (
        said("Grey pick-up, part plate ..51", level=Tier.MEMBER),
        said("Grey pick-up, part plate ..51", level=Tier.VETTED),
    ),
    "public_vehicle": (replace(FACTS, level=Tier.PUBLIC), replace(FACTS, level=Tier.MEMBER)),
    "person_below_vetted": (
        said("Man in a blue coat, aged about 40, seen at sheds", level=Tier.MEMBER),
        said("Man in a blue coat, aged about 40, seen at sheds", level=Tier.VETTED),
    ),
    "few_tasked": (
        replace(with_words(ask="Find out who owns it"), members=3),
        replace(with_words(ask="Find out who owns it"), members=4),
    ),
    "few": (replace(FACTS, members=1), replace(FACTS, members=0)),
    "no_reply": (
        replace(with_words(ask="Reply if you have seen it"), invites_answers=False),
        with_words(ask="Reply if you have seen it"),
    ),
    "foreign": (with_words(where="T\u0177 Mawr"), with_words(where="T\u00e8 Mawr \u2013 \u201cthe ford\u201d")),
    "headline_only": (said("Grey pick-up " * 12), FACTS),
    "parts": (with_words(ask="Seen it? " * 10), FACTS),
    "too_many_parts": (
        with_words(headline="Long " * 32, where="Mill Lane " * 16, ask="Seen it? " * 33),
        with_words(headline="Long " * 32, where="Mill Lane " * 16),
    ),
    "too_long": (with_words(where="x" * 161), with_words(where="x" * 160)),
    "hidden": (said("Grey \u202epick-up"), said("Grey \u200bpick-up\u00ad")),
}

# code: (sentences that it must find, sentences that it must leave alone): rows about the words.
WORD_ROWS: dict[str, tuple[list[str], list[str]]] = {
    "unsafe_follow": (
        [
            *("Follow it if you can", "Please try to follow", "Do not wait, follow them", "tail them home"),
            *("stay with it", "get behind the van", "keep it in sight", "don't lose them"),
        ],
        [
            "Do not follow",
            "Never try to follow or stop it",
            "Follow the advice on our page",
            "The van was followed by a quad",
            "Do not approach, stop or follow them",
            "the following night",
        ],
    ),
    "unsafe_chase": (
        ["Chase them off", "go after it", "pursue the van"],
        ["Dogs that chase hares", "men chasing a hare"],
    ),
    "unsafe_stop": (
        ["Stop them", "stop that van", "stop the grey pick-up", "flag it down"],
        ["Van at the bus stop", "It stopped at the gate", "Help us stop hare coursing", "Do not stop the van"],
    ),
    "unsafe_stop_if": (["Stop if seen", "stop on sight"], ["It did not stop at the ford", "Do not stop if you see it"]),
    "unsafe_block": (
        ["Block the gate", "block them", "Park across the track", "close the gate behind them"],
        ["A tree is blocking the road", "Breeze block stolen", "Road is blocked", "Do not block the road"],
    ),
    "unsafe_box_in": (["Box it in", "box them in", "surround the van"], ["Horse box stolen", "a boxing club"]),
    "unsafe_head_off": (
        ["Head them off", "cut it off", "intercept at the bridge"],
        ["headed off north", "cut off at the ford"],
    ),
    "unsafe_detain": (
        ["Detain the driver", "hold them", "Hold the men there", "keep them talking"],
        ["Fuel is held in tanks", "Do not detain anybody", "A meeting will be held"],
    ),
    "unsafe_catch": (
        ["Catch them", "help us catch the men", "apprehend"],
        ["Dogs used to catch hares", "catch up on Friday"],
    ),
    "unsafe_arrest": (["Make a citizen's arrest", "arrest them"], ["Two people were arrested", "Never arrest anybody"]),
    "unsafe_confront": (
        ["Confront the driver", "challenge anyone with dogs", "take them on"],
        ["Do not confront or challenge anyone", "A hard challenge for farms"],
    ),
    "unsafe_approach": (
        ["Approach the driver and ask", "approach them", "Talk to the men"],
        ["Do not approach the men", "On the approach to Holt", "Seen approaching from the north"],
    ),
    "unsafe_search": (
        ["Search the van", "look inside the vehicle", "take their keys"],
        ["Search your barns", "Take keys out of your quad"],
    ),
    "unsafe_go_out": (
        ["Go out and look", "come out to help", "go and see", "hunt them down"],
        ["Look out of your window", "Do not go out and look"],
    ),
    "unsafe_weapons": (
        ["Bring your guns", "take a stick", "arm yourselves", "Come with your rifle", "Wait there with a shotgun"],
        ["Guns stolen from a shed", "Do not carry weapons", "Two people were stopped with a rifle and a deer"],
    ),
    "photo": (["Get the reg", "take a photo", "film them"], ["Take a photo only if it is safe", "Do not film them"]),
    "tasking": (
        ["Find out who drives it", "Ask around", "get talking to him"],
        ["We found out today", "Tell us what you see"],
    ),
    "unsafe_harm": (
        ["Ram it", "hit them", "shoot at the van", "force it off the road", "set your dogs on them"],
        [
            "Hit and run near Holt",
            "Shots were heard",
            "Do not shoot at them",
            "A lamb was hit",
            "Dogs let loose in a yard",
        ],
    ),
    "unsafe_lie_in_wait": (
        ["Lie in wait in the barn", "wait for them at the bridge", "hide in the hedge", "stake out the yard"],
        ["Wait for us at the hall", "Do not wait for them", "A hide was stolen"],
    ),
    "victim": (
        ["She was raped", "a sexual assault", "indecent exposure"],
        ["A salt lick was stolen", "rapeseed field"],
    ),
    "health": (
        ["She has dementia", "a man with mental health needs", "suicidal"],
        ["She may be confused", "health and safety day"],
    ),
    "secret": (
        ["SECRET", "UK SECRET", "Top secret", "NATO SECRET"],
        ["OFFICIAL", "A secret garden", "SECRET SANTA scam"],
    ),
    "plate": (
        [
            "Grey pick-up AO51 BCD",
            "a051bcd seen",
            "reg A123 BCD",
            "Plate: ve55hle",
            "AO51?CD",
            "AO5\u200b1BCD",
            "part plate AO51",
            "index Foxtrot Xray one nine Zulu Tango Yankee",
            "van and more words " * 60 + "A123 BCD",
        ],
        [
            *("part plate ..51", "Grid SD 565 428", "On the A61 at 22:40", "3 men, 2 dogs, 4x4", "L200 pick-up"),
            *("Golf club, three men", "Hotel yard, two vans"),
        ],
    ),
    "phone": (
        ["Call 07700 900123", "ring +44 7700 900123", "on 020 7946 0123 now"],
        ["Call 101", "999", "Crimestoppers 0800 555 111", "SD 01234 56789", "Ref 36/12345/26", "at 2240 and 0130"],
    ),
    "email": (["Write to amos@example.org"], ["Seen @ the bridge", "3 men @ Holt"]),
    "house": (
        ["Theft at 12 Mill Lane", "14a Church Street", "near 3 The Old Row"],
        [
            "Mill Lane, Holt",
            "3 men on Mill Lane",
            "The A61 Leeds Road",
            "M6 Junction 32 Garstang Road",
            "at 22:30 Mill Lane",
        ],
    ),
    "postcode": (["Shed in PR3 2NL"], ["Shed in Holt, 3 tons"]),
    "fine_grid": (["At SD 5651 4283"], ["At SD 565 428"]),
    "farm": (
        ["Quad stolen at Manor Farm", "near Low Barn"],
        ["Quad stolen from a farm", "Holt Farm Watch", "Village Hall", "The Old Mill"],
    ),
    "titled_name": (["Mr Smith told us", "by Dr. Jones"], ["Mrs is a title", "Lord Nelson Inn"]),
    "named": (
        ["A man called Kevin", "driver known as Spud", "He is named Smith"],
        ["A place called Long Forty", "Men called at farms"],
    ),
    "family": (["the Smith family", "The Jones brothers"], ["the whole family", "The local lads"]),
    "name_perhaps": (["Kevin Smith seen"], ["Thomas Street", "Sarah's Wood", "Martin Farm", "Holt Bridge"]),
    "birth": (["Born 12/3/1990", "DOB 1 May"], ["Lambs born last night"]),
    "source": (
        ["Farmer at Manor saw a van", "a resident of Mill Lane reported it", "Gamekeeper near Holt Wood called"],
        ["A van was seen near Holt", "Farmers in Holt: please look out"],
    ),
    "source_hint": (
        ["Reported by a farmer", "seen by the local gamekeeper"],
        ["Seen by the bridge", "reported at 22:40"],
    ),
    "exposed": (
        [
            "She lives alone",
            "The house is empty",
            "key under the mat",
            "shotguns kept there",
            "gun cabinet",
            "gate code 1234",
        ],
        ["Guns stolen", "Do not leave keys in your quad", "An empty lane"],
    ),
    "protected": (
        [
            "Travellers seen",
            "two black males",
            "Eastern European men",
            "IC1 male",
            "men with Irish accents",
            "a Muslim man",
        ],
        ["Black pick-up", "white van", "men in black coats", "Indicators broken", "grey Asia Motors jeep"],
    ),
    "slur": (["pikeys", "those scum"], ["Spike strip stolen", "tinkered engine"]),
    "site": (["From the travellers' site", "near the gypsy camp"], ["Building site", "A caravan was stolen"]),
    "allegation": (
        ["known thief", "the usual suspects", "He is a thief", "wanted for theft"],
        ["A theft is known", "Wanted: old tyres for a field"],
    ),
    "proceedings": (["Two men were arrested", "charged with theft"], ["A battery was charged"]),
    "promise": (
        ["An officer will attend", "We will be there soon", "Police are on their way", "we'll come"],
        ["Officers attended", "We will read every answer"],
    ),
    "plans": (
        ["Unmarked car nearby", "we are watching the lane", "drone is up", "ANPR hit"],
        ["Watch your sheds", "A drone was stolen"],
    ),
    "marking": (
        ["RESTRICTED", "OFFICIAL-SENSITIVE", "official sensitive", "RECIPIENTS ONLY"],
        ["OFFICIAL", "A secret garden", "Keep it confidential"],
    ),
    "short_link": (["See bit.ly/abc"], ["See our page"]),
    "link": (["See https://example.org/a", "www.example.org"], ["See our page"]),
    "placeholder": (
        ["Seen at {place}", "[colour] van", "<when>", "Van, XXX", "{page"],
        ["Seen at (place)", "XX flags"],
    ),
}
WORD_ROWS |= {**WELSH, **POLISH}


def test_every_row_of_the_table_is_tried_below() -> None:
    assert {row.code for row in rules.CHECKS} == set(FACT_ROWS) | set(WORD_ROWS)
    assert len(rules.CHECKS) == len({row.code for row in rules.CHECKS})


# Rows that find what is the same in every language: figures, signs, and markings, which are English by law.
SIGNS = {"plate", "phone", "email", "postcode", "fine_grid", "short_link", "link", "placeholder", "secret", "marking"}


def test_every_row_about_words_says_what_it_looks_for_and_in_which_language() -> None:
    named = {row.code: (row.about != "", row.language) for row in rules.CHECKS if row.code in WORD_ROWS}

    # Only a row without words of a language says nothing of it.
    assert {code for code, (is_named, _) in named.items() if not is_named} == SIGNS
    assert {code for code, (_, language) in named.items() if language == "cy"} == set(WELSH)
    assert {code for code, (_, language) in named.items() if language == "pl"} == set(POLISH)


def test_what_is_read_in_which_language_is_what_the_rows_read() -> None:
    read = dict(rules.languages_read())

    assert read["illness"] == read["promises"] == read["plans of the police"] == {"en", "cy", "pl"}
    assert read["how hard it is to read"] == {"en", "pl"}
    assert read["who told us"] == {"en"}
    assert set(read) == {row.about for row in rules.CHECKS if row.about}
    assert [len(languages) for languages in read.values()] == sorted(map(len, read.values()), reverse=True)


def test_every_row_says_why_and_where_it_comes_from() -> None:
    assert [
        row.code for row in rules.CHECKS if not row.source or not row.sentence.rstrip().endswith((".", "?", "1"))
    ] == []


@pytest.mark.parametrize("code", FACT_ROWS)
def test_row_about_facts_finds_and_leaves_alone(code: str) -> None:
    found, left = FACT_ROWS[code]

    assert code in codes(found)
    assert code not in codes(left)


@pytest.mark.parametrize(("code", "words"), [(code, words) for code, row in WORD_ROWS.items() for words in row[0]])
def test_row_about_words_finds(code: str, words: str) -> None:
    assert code in codes(said(words))


@pytest.mark.parametrize(("code", "words"), [(code, words) for code, row in WORD_ROWS.items() for words in row[1]])
def test_row_about_words_leaves_alone(code: str, words: str) -> None:
    assert code not in codes(said(words))


@pytest.mark.parametrize("field", ["headline", "what", "where", "ask"])
def test_every_field_is_read(field: str) -> None:
    assert "plate" in codes(replace(FACTS, words=replace(GOOD, **{field: "AO51 BCD"})))


@pytest.mark.parametrize("tier", list(Tier))
def test_a_whole_plate_is_refused_at_every_level(tier: Tier) -> None:
    findings = [found for found in rules.check(said("Van AO51 BCD", level=tier)) if found.code == "plate"]

    assert [found.severity for found in findings] == [Severity.REFUSE]
    assert "AO51 BCD" in findings[0].sentence


def test_what_must_be_changed_comes_first_and_names_what_was_found() -> None:
    findings = rules.check(said("Travellers seen. Follow the van to PR3 2NL"))

    severities = [found.severity for found in findings]
    assert severities == sorted(severities, key=list(Severity).index)
    assert any("“Follow”" in found.sentence for found in findings)


def test_refuse_says_every_sentence_that_refuses_and_no_warning() -> None:
    findings = rules.check(replace(said("Black males. Block the gate, AO51 BCD"), expires_at=None))

    with pytest.raises(AlertError) as refusal:
        rules.refuse(findings)

    assert "until when" in str(refusal.value)
    assert "AO51 BCD" in str(refusal.value)
    assert "second officer" not in str(refusal.value)


def test_warnings_alone_do_not_refuse() -> None:
    findings = rules.check(said("Travellers seen near PR3 2NL"))

    rules.refuse(findings)

    assert {finding.severity for finding in findings} <= {Severity.WARN, Severity.NOTE}


def test_an_ending_is_read_by_the_rules_about_words_only() -> None:
    told = rules.check_told(
        "Three men were spoken to. Mr Smith has his quad AO51 BCD back.", level=Tier.VETTED, now=NOW
    )

    assert {finding.code for finding in told} == {"titled_name", "plate"}


def test_wide_letters_and_curly_signs_do_not_hide_anything() -> None:
    wide = "\uff21\uff2f\uff15\uff11 \uff22\uff23\uff24"

    assert "plate" in codes(said(wide))
    assert "unsafe_follow" not in codes(said("Don\u2019t follow"))


@pytest.mark.parametrize(
    "body",
    [
        "a" * 100_000,
        "A1 " * 30_000,
        "Farmer at " * 10_000,
        "0 " * 50_000,
        "do not " * 15_000,
        "\U0001f697" * 50_000,
        "{" * 100_000,
        "d o n o t " * 10_000,
        "a1" * 50_000,
    ],
)
def test_a_body_of_a_hundred_thousand_signs_is_refused_in_a_moment(body: str) -> None:
    begun = time.thread_time()

    found = codes(said(body))

    assert "too_long" in found
    assert time.thread_time() - begun < 3


# Signs that nobody sees, marks that stand over nothing, and letters of other scripts that look like ours: pasted from
# somewhere, they must not hide a word from the rules.
UNSEEN = {
    "zero width": "Fol\u200blow them",
    "soft hyphen": "Fol\u00adlow them",
    "variation selector": "Fol\ufe0flow them",
    "joiner of marks": "Fol\u034flow them",
    "variation far out": "Fol\U000e0101low them",
    "mark over a letter that has none": "Fol\u0337low them",
    "wide letters": "\uff26\uff4f\uff4c\uff4c\uff4f\uff57 them",
    "mathematical letters": "\U0001d405\U0001d428\U0001d425\U0001d425\U0001d428\U0001d430 them",
    "Cyrillic letter": "F\u043ellow them",
    "Greek letter": "F\u03bfllow them",
}


@pytest.mark.parametrize("how", UNSEEN)
def test_no_sign_that_nobody_sees_hides_a_word_from_the_rules(how: str) -> None:
    assert "unsafe_follow" in codes(said(UNSEEN[how]))


# Digits for letters, and letters that stand apart: whoever writes so knows that the word is looked for.
DISGUISED = {
    "F0llow it": ("unsafe_follow", "F0llow"),
    "Fo11ow it": ("unsafe_follow", "Fo11ow"),
    "f o l l o w it": ("unsafe_follow", "f o l l o w"),
    "F.0.l.l.0.w. it": ("unsafe_follow", "F.0.l.l.0.w."),
    "f-o-l-l-o-w it": ("unsafe_follow", "f-o-l-l-o-w"),
    "f_o_l_l_o_w it": ("unsafe_follow", "f_o_l_l_o_w"),
    "f o l l o w t h e m": ("unsafe_follow", "f o l l o w"),
    "k e e p t h e m i n v i e w": ("unsafe_follow", "k e e p t h e m i n v i e w"),
    "ch4se it": ("unsafe_chase", "ch4se"),
    "5t0p the v4n": ("unsafe_stop", "5t0p the v4n"),
    "S.T.O.P. the van": ("unsafe_stop", "S.T.O.P. the van"),
    "s t o p   t h e   v a n": ("unsafe_stop", "s t o p t h e v a n"),
    "B1ock the road": ("unsafe_block", "B1ock the"),
    "deta1n whoever it is": ("unsafe_detain", "deta1n"),
    "@rrest them": ("unsafe_arrest", "@rrest them"),
    "h!t h1m": ("unsafe_harm", "h!t h1m"),
    "g o out and look": ("unsafe_go_out", "g o out and look"),
    "f1nd out who it is": ("tasking", "f1nd out who"),
    "D1lynwch nhw": ("unsafe_follow_cy", "D1lynwch"),
    "\u015b 1 e d \u017a ich": ("unsafe_follow_pl", "\u015b 1 e d \u017a"),
}


@pytest.mark.parametrize("words", DISGUISED)
def test_no_digit_and_no_gap_hides_what_nobody_may_be_asked(words: str) -> None:
    code, found = DISGUISED[words]

    sentences = [finding.sentence for finding in rules.check(said(words)) if finding.code == code]

    assert len(sentences) == 1
    assert f"“{found.removesuffix('.')}" in sentences[0]


@pytest.mark.parametrize(
    "words",
    [
        "Do not f0llow it",
        "Do n0t try to ch4se it",
        "D O   N O T   F O L L O W",
        "d o n o t f o l l o w",
        "Never s t o p anybody",
        "Peidiwch \u00e2 d1lyn neb",
    ],
)
def test_what_is_forbidden_may_be_written_so_too(words: str) -> None:
    assert not [code for code in codes(said(words)) if code.startswith("unsafe")]


@pytest.mark.parametrize(
    "words",
    [
        "A 4 x 4 and a 4x4 on the M 6 at J 33, then the A 5 0 towards Holt",
        "12 a Mill Lane, flat 4 B, 1 0 Church Row",
        "Part plate .. 5 1, perhaps A B 1 . . .",
        "Grid SD 5 3 4 or SD534, at 0 1 : 3 0, 20 m from B5349",
        "Told the R.S.P.C.A., the N F U and P.C.S.O. Amos. 5 of us, 7ft trailer, 1st gate on the l.h.s.",
        "Ring 0 1 6 3 2 9 6 0 1 0 1 or write to watch@stop.example.org",
        "Three stolen: a) quad b) saw c) fuel. Size S M L X L",
        "St0ck proof fence cut, K9 unit out, C4 van, T5 camper and a B0x trailer",
    ],
)
def test_cars_roads_houses_and_letters_of_names_are_no_verbs(words: str) -> None:
    assert not [code for code in codes(said(words)) if code.startswith(("unsafe", "tasking", "photo"))]


@pytest.mark.county
def test_5574_real_texts_ask_for_nothing_in_disguise() -> None:
    with gzip.open(shared_file("sms-corpus/uci_sms_spam_collection.tsv.gz"), "rt", encoding="utf-8") as file:
        texts = [checks.legible(line.rstrip("\n").split("\t", 1)[1]) for line in file]
    meant = [text for text in texts if undisguised(text) or spelt_out(text)]
    alone = [checks.legible(words) for words in DISGUISED]

    def found(texts: list[str]) -> list[str]:
        return [
            reading.text[slice(*piece.span())]
            for text in texts
            for _, pattern, _ in UNSAFE
            for reading in undisguised(text)
            for piece in re.finditer(pattern, reading.text, re.IGNORECASE)
            if reading.is_mended(*piece.span())
        ]

    assert len(texts) == 5574
    assert len(meant) > 1000
    assert len(found(alone)) >= 10
    assert found(meant) == []


@pytest.mark.parametrize("sign", ["\u202e", "\u202d", "\u2066", "\u2067", "\u061c", "\u0000", "\ud83d", "\U000e0041"])
@pytest.mark.parametrize("field", ["headline", "what", "where", "ask"])
def test_a_sign_that_turns_words_round_or_is_none_is_refused_wherever_it_stands(field: str, sign: str) -> None:
    facts = with_words(FACTS, **{field: f"Holt {sign}tloH"})

    assert [finding.severity for finding in rules.check(facts) if finding.code == "hidden"] == [Severity.REFUSE]


@pytest.mark.parametrize("sign", ["\u202e", "\u2067", "\u0000", "\ud83d"])
def test_nor_is_it_let_through_when_it_is_told_what_came_of_it(sign: str) -> None:
    found = rules.check_told(f"Over now. {sign}Thank you.", level=Tier.VETTED, now=NOW)

    assert "hidden" in {finding.code for finding in found}


@pytest.mark.parametrize(
    "secret", ["SEC\u200bRET", "SE\u034fCRET", "S\u0415CRET", "\uff33\uff25\uff23\uff32\uff25\uff34"]
)
def test_a_marking_that_is_written_oddly_is_one(secret: str) -> None:
    assert rules.checks.is_above(replace(GOOD, what=secret))
