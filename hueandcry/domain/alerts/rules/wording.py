"""How an alert, its stand-down and its ending are said on each channel. Pure."""

import datetime as dt
import re
from collections.abc import Iterable

from hueandcry.domain.alerts.rules.canaries import OPENINGS, PLAIN, REPLIES, OurLines
from hueandcry.domain.alerts.rules.kinds import Sighting, Words
from hueandcry.domain.members.rules import Tier
from hueandcry.domain.messaging import rules as messaging
from hueandcry.kit import gsm7
from hueandcry.kit.words import ENGLISH, day_said, language_now, mark, say, texted, weekday

# ---- fixed lines: added to every alert, and nobody can take them out (product rules; domain.md pitfalls 1 and 2)

SAFETY_TEXT = mark("Do not approach. Now or danger: 999.")
REPLY_TEXT = REPLIES[0]
SAFETY_SPOKEN = mark("Do not approach anybody. If it is happening now, or anybody is in danger, call 9 9 9.")
# No key is promised here: a voice gateway that can hear keys says so itself. 101 always answers.
REPLY_SPOKEN = mark("If you have seen something, call 1 0 1 and give the reference {ref}.")
SAFETY_EMAIL = mark(
    "Do not approach anybody, and do not go to look. If it is happening now, or anybody is in danger, call 999. "
    "If you cannot speak, call 999 and press 55. Deaf or hard of hearing: 999 BSL, or text 999 if you have registered."
)
REPLY_EMAIL = mark("Have you seen something, or nothing? Reply to this e-mail or answer on your own page: {page}")
PAGE_EMAIL = mark("What you get and how, or to stop: {page}")
# Vetted and named members are trusted with more than others (domain.md pitfall 3: assume that it leaks).
KEEP_EMAIL = mark("For {level} only: please do not post it or pass it on.")
THANKS = mark("Thank you for answering.")
# An exercise says so first, on every channel (domain.md pitfall 45).
EXERCISE = mark("EXERCISE.")
EXERCISE_SPOKEN = mark("Exercise, exercise, exercise. This is practice. Nothing has happened.")
EXERCISE_EMAIL = mark("EXERCISE: this is practice. Nothing has happened, and you need do nothing.")
CORRECTION = mark("CORRECTION.")
CORRECTION_SPOKEN = mark("This corrects what we told you before.")
CORRECTION_EMAIL = mark("This corrects what we told you before: {why}")

# Stands where a reference will be, before there is one.
NO_REF = "······"
HEADLINE_MOST, WHERE_MOST, ASK_MOST, WHAT_MOST = 160, 160, 300, 2_000

# A whole plate is never passed on; of a short one, two figures would be most of it (ADR 14).
PART_OF_PLATE_FROM = 6
RELAY_ASK = mark("Seen it since?")
RELAYED = mark("Seen again: {kind}")

# Those who were checked: the only ones who hear part of a plate.
VETTED_LEVELS = frozenset({Tier.VETTED, Tier.KIN})

# Makers and models that mean nothing else; those that are words or places too count behind a maker or a colour only.
_MAKES = (
    r"navaras?|x-?trails?|qashqais?|land ?cruisers?|l ?200s?|shoguns?|pajeros?|d-?max|amaroks?|transporters?"
    r"|freelanders?|imprezas?|jimn(?:y|ies)|vitaras?|astras?|corsas?|vivaros?|mondeos?|sprinters?|vitos?|berlingos?"
    r"|kangoos?|trafics?|octavias?|cr-?vs?|tucsons?|sportages?|evoques?|nissans?|toyotas?|mitsubishis?|isuzus?|subarus?|suzukis?"
    r"|vauxhalls?|volkswagens?|vws?|skodas?|audis?|volvos?|peugeots?|renaults?|citro[eë]ns?|fiats?|hondas?|hyundais?"
    r"|kias?|mazdas?|dacias?|ssangyongs?|bmws?|mercedes|mercs?|ivecos?|kubotas?|polaris|fendts?|claas|dafs?|scanias?"
    r"|john deeres?|massey fergusons?|new hollands?|jcbs?"
    r"|(?:grey|gr[ae]y|silver|white|black|blue|green|red|dark|light|gold|brown|yellow|orange|beige|maroon)"
    r" (?:fords?|rangers?|defenders?|discover(?:y|ies)|foresters?|golfs?|focus|fiestas?|legacys?|caddys?)"
    r"|ford (?:rangers?|transits?|focus|fiestas?|mondeos?|kugas?|vans?)"
)
VEHICLE = re.compile(
    r"\b(?:cars?(?! parks?\b)|vans?|pick-?ups?|pick up|trucks?|lorry|lorries|hgvs?|quads?|quad ?bikes?|atvs?|buggy"
    r"|4x4s?|land ?rovers?"
    r"|range rovers?|jeeps?|tractors?|trailers?|horse ?box(?:es)?|motor ?bikes?|motorcycles?|scooters?"
    r"|mopeds?|transits?"
    r"|hilux(?:es)?|hatchbacks?|saloons?|vehicles?|diggers?|telehandlers?|minibus(?:es)?|(?<!fly[ -])tippers?|caravans?"
    rf"|camper ?vans?|motor ?homes?|low ?loaders?|suvs?|{_MAKES})\b",
    re.IGNORECASE,
)
# What people look for as they look for a vehicle, though everybody may be asked about it.
_LIKE_VEHICLE = re.compile(r"\b(?:boats?|dingh(?:y|ies)|bicycles?|bikes?)\b", re.IGNORECASE)
PART_PLATE = re.compile(
    r"\.\.\s?[A-Z0-9]{1,4}\b|\b[A-Z0-9]{1,4}\s?\.\.(?!\.)"
    r"|\bpart(?:ial)?\s+(?:number\s+)?(?:plate|reg\w*|index)\b"
    r"|\b(?:plate|reg|registration|index)\s+(?:mark\s+)?(?:\w+\s+)?(?:start|begin|end)\w*\b",
    re.IGNORECASE,
)


# Nobody gave it in the reader's language.
OWN_EMAIL = mark("What follows is in the officer's own words, in English.")
OWN_SPOKEN = mark("In the officer's own words:")
# What an officer typed inside a sentence of ours.
OWN_WORDS = mark('in the officer\'s words: "{words}"')


def compose(
    words: Words,
    *,
    ref: str,
    signs_as: str,
    level: Tier,
    invites_answers: bool,
    expires_at: dt.datetime | None,
    occurred_at: dt.datetime | None = None,
    lines: OurLines = PLAIN,
) -> messaging.Words:
    """Return an alert as each channel carries it; give moments in the force's own time zone.

    A text keeps to one part where it can: it says what happened, else the headline alone; the rest is on the page and
    in the e-mail. `{page}` stays for messaging to fill. `lines` are ours round it: a wording of its own for a group, an
    exercise, a correction, letters written plainly in texts; with them comes what the alert says in other languages.
    """
    said = _plain(words)
    return messaging.in_every_language(
        lambda: _composed(
            said,
            ref=ref,
            signs_as=signs_as,
            level=level,
            invites_answers=invites_answers,
            expires_at=expires_at,
            occurred_at=occurred_at,
            lines=lines,
        )
    )


def _composed(
    said: Words,
    *,
    ref: str,
    signs_as: str,
    level: Tier,
    invites_answers: bool,
    expires_at: dt.datetime | None,
    occurred_at: dt.datetime | None,
    lines: OurLines,
) -> messaging.Words:
    tail = [say(SAFETY_TEXT), say(lines.reply)] if invites_answers else [say(SAFETY_TEXT)]
    if lines.reply_first:
        tail.reverse()
    opening = lines.opening.format(signs=signs_as, ref=ref)
    tongue = lines.tongue(language_now())
    fewer = lines.shorter
    if tongue is not None:
        said = _plain(Words(headline=tongue.headline, what=tongue.what, where=tongue.where, ask=tongue.ask))
        fewer = lines.shorter if tongue.is_foreign else tongue.shorter
    start = f"{opening} {texted(say(CORRECTION))}" if lines.corrects else opening
    moment = f"{occurred_at:%H:%M}" if occurred_at else ""
    # What was wrong is in what happened: rather than that, a correction leaves out how to answer, which is known.
    tails = [tail, [say(SAFETY_TEXT)]] if lines.corrects else [tail]
    texts = (
        _text(start, _placed(what, where, when), said.ask, *(texted(line) for line in after))
        for what in (said.what, *fewer, said.headline)
        for after in tails
        for where in dict.fromkeys((said.where, _short_winds(said.where)))
        for when in dict.fromkeys((moment, ""))
    )
    if tongue is not None and not tongue.is_foreign:
        texts = (texted(text) for text in texts)
    texts = (gsm7.plainly(text) if lines.plain else text for text in texts)
    spare = " " * ((_shorter_by(lines) if lines.is_canary else 0) + (len(_exercise()) if lines.is_drill else 0))
    words = messaging.Words(
        text=_shortest(texts, spare),
        spoken=_spoken(
            said,
            ref=ref,
            signs_as=signs_as,
            occurred_at=occurred_at,
            invites_answers=invites_answers,
            corrects=bool(lines.corrects),
            is_foreign=_is_foreign(lines),
        ),
        subject=f"{opening} {say(CORRECTION)[:-1]}: {said.headline}"[:200]
        if lines.corrects
        else f"{opening} {said.headline}"[:200],
        email=_email(
            said,
            ref=ref,
            signs_as=signs_as,
            level=level,
            occurred_at=occurred_at,
            expires_at=expires_at,
            invites_answers=invites_answers,
            lines=lines,
        ),
    )
    return _as_exercise(words) if lines.is_drill else words


def _is_foreign(lines: OurLines) -> bool:
    """Say whether the alert itself stays in the officer's English where the rest is in another language."""
    tongue = lines.tongue(language_now())
    return language_now() != ENGLISH and (tongue is None or tongue.is_foreign)


def _shorter_by(lines: OurLines) -> int:
    """Return by how many signs our lines are shorter than those of the longest wording in this language."""
    longest = max(map(len, OPENINGS)) + max(len(texted(say(reply))) for reply in REPLIES)
    return longest - len(lines.opening) - len(texted(say(lines.reply)))


def _exercise() -> str:
    return f"{texted(say(EXERCISE))} "


def _as_exercise(words: messaging.Words) -> messaging.Words:
    """Say first, on every channel, that it is an exercise."""
    return messaging.Words(
        text=f"{_exercise()}{words.text}",
        spoken=f"{say(EXERCISE_SPOKEN)} {words.spoken}",
        subject=f"{say(EXERCISE)[:-1]}: {words.subject}"[:200],
        email=f"{say(EXERCISE_EMAIL)}\n\n{words.email}",
    )


def compose_stand_down(*, ref: str, signs_as: str, because: str, is_drill: bool = False) -> messaging.Words:
    """Return the message that calls an alert off, for exactly those whom it reached."""
    why = _sentence(_one_line(because))
    return messaging.in_every_language(
        lambda: _short_message(
            ref=ref,
            signs_as=signs_as,
            is_drill=is_drill,
            texts=[
                say("CANCELLED. {why} Please delete the earlier message.").format(why=_quoted(why)),
                say("CANCELLED. No longer needed. Please delete the earlier message."),
            ],
            subject=say("CANCELLED"),
            spoken=say("CANCELLED. {why} Please delete the earlier message.").format(why=_capital(in_own_words(why))),
            email=say("This alert is cancelled: {why}\n\nPlease stop looking, and delete the earlier message.").format(
                why=in_own_words(why)
            ),
        )
    )


def compose_withdrawal(*, ref: str, signs_as: str, is_drill: bool = False) -> messaging.Words:
    """Return the short message that takes an alert back which went out by mistake."""
    return messaging.in_every_language(lambda: _withdrawn(ref, signs_as, is_drill=is_drill))


def _withdrawn(ref: str, signs_as: str, *, is_drill: bool) -> messaging.Words:
    line = say("WITHDRAWN. We sent this by mistake. Please ignore it, and delete the earlier message.")
    return _short_message(
        ref=ref, signs_as=signs_as, texts=[line], subject=say("WITHDRAWN"), email=line, is_drill=is_drill
    )


def compose_clear(*, ref: str, signs_as: str, is_drill: bool = False) -> messaging.Words:
    """Return the message that ends the search for a vehicle when an alert's time is over (domain.md pitfall 8)."""
    return messaging.in_every_language(lambda: _cleared(ref, signs_as, is_drill=is_drill))


def _cleared(ref: str, signs_as: str, *, is_drill: bool) -> messaging.Words:
    line = say("This alert is over. We no longer ask about the vehicle. Please delete the earlier message.")
    return _short_message(ref=ref, signs_as=signs_as, texts=[line], subject=say("OVER"), email=line, is_drill=is_drill)


def compose_ending(*, ref: str, signs_as: str, ending: str, is_drill: bool = False) -> messaging.Words:
    """Return what came of it, for everybody who answered."""
    told = _sentence(_one_line(ending))
    return messaging.in_every_language(
        lambda: _short_message(
            ref=ref,
            signs_as=signs_as,
            is_drill=is_drill,
            texts=[
                say("{told} Thank you for answering. Questions? Reply.").format(told=_quoted(told)),
                f"{_quoted(told)} {say(THANKS)}",
            ],
            spoken=say("{told} Thank you for answering. Questions? Reply.").format(told=_capital(in_own_words(told))),
            subject=say("what came of it"),
            email=say(
                "You answered this alert. What came of it: {told}\n\n"
                "Thank you for answering. If you have a question, reply."
            ).format(told=in_own_words(told)),
        )
    )


def in_own_words(text: str) -> str:
    """Return what an officer typed as a sentence of ours carries it: in another language it is said to be theirs."""
    if language_now() == ENGLISH or not text:
        return text
    return say(OWN_WORDS).format(words=_one_line(text).replace('"', "'"))


def _quoted(text: str) -> str:
    """Return what an officer typed as a text carries it, which has no room to say whose words they are."""
    return text if language_now() == ENGLISH else '"{}"'.format(text.replace('"', "'"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def part_plate(plate: str) -> str:
    """Return at most two figures of a plate, as `..51`; nothing of a short one."""
    signs = re.sub(r"[^A-Z0-9]", "", plate.upper())
    figures = re.findall(r"\d", signs)
    return f"..{''.join(figures[-2:])}" if len(signs) >= PART_OF_PLATE_FROM and len(figures) > 1 else ""


def relay_words(sighting: Sighting, *, level: Tier) -> Words:
    """Return the words of a relay, made from the sighting alone: nothing of who saw it, nor of how they said it."""
    kind = _one_line(sighting.what).rstrip(".!? ") or "Vehicle"
    part = part_plate(sighting.plate) if level in VETTED_LEVELS else ""
    way = _one_line(sighting.direction).rstrip(".!? ")
    said = ", ".join(filter(None, [kind, f"part plate {part}" if part else "", way]))
    said = said[0].upper() + said[1:]
    return Words(
        headline=RELAYED.format(kind=kind)[:HEADLINE_MOST],
        what=said[:WHAT_MOST],
        where=_one_line(sighting.where)[:WHERE_MOST],
        ask=RELAY_ASK,
    )


def speaks_of_vehicle(words: Words) -> bool:
    """Say whether the words send people looking for a vehicle, so that a clear message must follow."""
    return any(row.search(_all(words)) for row in (VEHICLE, _LIKE_VEHICLE, PART_PLATE))


def _all(words: Words) -> str:
    return f"{words.headline}\n{words.what}\n{words.where}\n{words.ask}"


def _plain(words: Words) -> Words:
    """Say typographers' signs plainly and take braces away, which would be read as a place for the page's link."""
    what = gsm7.to_gsm7(words.what.replace("\r\n", "\n")).translate(str.maketrans("{}", "()")).strip()
    # One line each: a line end in a subject would begin another header of the e-mail.
    return Words(headline=_one_line(words.headline), what=what, where=_one_line(words.where), ask=_one_line(words.ask))


def _one_line(text: str) -> str:
    return " ".join(gsm7.to_gsm7(text).translate(str.maketrans("{}", "()")).split())


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?" else f"{text}."


def _placed(what: str, where: str, moment: str) -> str:
    what, where = _one_line(what), _one_line(where).rstrip(". ")
    parts = [what.rstrip(".,;: "), "" if where.casefold() in what.casefold() else where, moment]
    return _sentence(", ".join(filter(None, parts)))


def _text(start: str, *sentences: str) -> str:
    return " ".join(filter(None, [start, *(_sentence(_one_line(sentence)) for sentence in sentences)]))


def _shortest(texts: Iterable[str], spare: str = "") -> str:
    """Return the first of them that fits one part, with so much to spare, else the first of the fewest parts."""
    best, fewest = "", 0
    for text in texts:
        parts = gsm7.count(f"{text}{spare}").parts
        if not fewest or parts < fewest:
            best, fewest = text, parts
        if parts <= 1:
            break
    return best


_WINDS = re.compile(r"\b(?:north|south)-(?:east|west)(?= of )")
# The same in other languages, as their maps and weather forecasts write it.
_SHORT_WINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "cy": (
        ("gogledd-ddwyrain", "GDd"),
        ("gogledd-orllewin", "GO"),
        ("de-ddwyrain", "DDd"),
        ("de-orllewin", "DO"),
    ),
    "pl": (
        ("północny wschód", "płn.-wsch."),
        ("północny zachód", "płn.-zach."),
        ("południowy wschód", "płd.-wsch."),
        ("południowy zachód", "płd.-zach."),
    ),
}


def _short_winds(where: str) -> str:
    """Return a place as a text may say it when there is no room: 2 miles NE of Holt; a voice would stumble over it."""
    for wind, short in _SHORT_WINDS.get(language_now(), ()):
        where = where.replace(f" {wind} ", f" {short} ")
    return _WINDS.sub(lambda found: "".join(word[0].upper() for word in found[0].split("-")), where)


def _spelled(ref: str) -> str:
    return " ".join(ref)


def _moment(moment: dt.datetime) -> str:
    return say("{time} on {day}").format(time=f"{moment:%H:%M}", day=day_said(moment, year=True))


def day_and_time(moment: dt.datetime) -> str:
    """Return when something begins, as an invitation says it: Tuesday 24 November, 19:00."""
    return f"{day_said(moment)}, {moment:%H:%M}"


def _spoken(
    words: Words,
    *,
    ref: str,
    signs_as: str,
    occurred_at: dt.datetime | None,
    invites_answers: bool,
    corrects: bool,
    is_foreign: bool,
) -> str:
    lines = [
        say("This is {signs}.").format(signs=signs_as),
        *([say(CORRECTION_SPOKEN)] if corrects else []),
        *([say(OWN_SPOKEN)] if is_foreign else []),
        _sentence(_one_line(words.what)),
        say("Where: {where}").format(where=_sentence(_one_line(words.where))),
    ]
    if occurred_at:
        when = f"{occurred_at:%H:%M}, {weekday(occurred_at)}."
        lines.append(say("When: {when}").format(when=when))
    lines += [_sentence(_one_line(words.ask)), say(SAFETY_SPOKEN)]
    reference = say(REPLY_SPOKEN) if invites_answers else say("Reference {ref}.")
    lines.append(reference.format(ref=_spelled(ref)))
    return " ".join(lines)


def _email(
    words: Words,
    *,
    ref: str,
    signs_as: str,
    level: Tier,
    occurred_at: dt.datetime | None,
    expires_at: dt.datetime | None,
    invites_answers: bool,
    lines: OurLines,
) -> str:
    facts = [say("Where: {where}").format(where=words.where)]
    if occurred_at:
        facts.append(say("When: {when}").format(when=_moment(occurred_at)))
    facts.append(say("What we ask: {ask}").format(ask=words.ask))
    if expires_at:
        facts.append(say("This alert ends at {when}; please delete it then.").format(when=_moment(expires_at)))
    corrected = in_own_words(_sentence(_one_line(lines.corrects)))
    blocks = [say(CORRECTION_EMAIL).format(why=corrected)] if lines.corrects else []
    blocks += [say(OWN_EMAIL)] if _is_foreign(lines) else []
    blocks += [words.headline, words.what, "\n".join(facts), say(SAFETY_EMAIL)]
    if invites_answers:
        blocks.append(say(REPLY_EMAIL))
    if level in VETTED_LEVELS:
        blocks.append(say(KEEP_EMAIL).format(level=level.label.lower()))
    because = say(lines.because).format(signs=signs_as, ref=ref)
    blocks.append(f"{because}\n{say(PAGE_EMAIL)}")
    return "\n\n".join(blocks)


def _short_message(
    *,
    ref: str,
    signs_as: str,
    texts: list[str],
    subject: str,
    email: str,
    is_drill: bool = False,
    spoken: str = "",
) -> messaging.Words:
    signed = [texted(f"{signs_as} {ref}: {_one_line(text)}") for text in texts]
    start = say("This is {signs}, about alert {ref}.").format(signs=signs_as, ref=_spelled(ref))
    reference = say("{signs}, reference {ref}.").format(signs=signs_as, ref=ref)
    words = messaging.Words(
        text=_shortest(signed),
        spoken=f"{start} {_one_line(spoken or texts[0])}",
        subject=f"{signs_as} {ref}: {subject}"[:200],
        email=f"{email}\n\n{reference}\n{say(PAGE_EMAIL)}",
    )
    return _as_exercise(words) if is_drill else words
