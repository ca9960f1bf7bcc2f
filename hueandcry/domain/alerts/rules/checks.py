"""The send check: a table of what is refused and what is warned of, each row with its reason and its source. Pure."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hueandcry.domain.alerts.rules import reading
from hueandcry.domain.alerts.rules.danger import DANGER
from hueandcry.domain.alerts.rules.elsewhere import MOST_PARTS, READING, READING_MEASURED, elsewhere
from hueandcry.domain.alerts.rules.fairness import ABOVE, FAIRNESS
from hueandcry.domain.alerts.rules.kinds import AlertError, Facts, Finding, Marking, Severity, Words
from hueandcry.domain.alerts.rules.looking import NOTE, REFUSE, WARN, Check, Finds, composed, says, whether
from hueandcry.domain.alerts.rules.privacy import MISSING, PRIVACY
from hueandcry.domain.alerts.rules.proposing import is_wider_than_said
from hueandcry.domain.alerts.rules.suspects import ASKED
from hueandcry.domain.alerts.rules.wording import (
    ASK_MOST,
    HEADLINE_MOST,
    PART_PLATE,
    WHAT_MOST,
    WHERE_MOST,
    speaks_of_vehicle,
)
from hueandcry.domain.members.rules import Channel, Tier
from hueandcry.domain.members.rules.sentinel import FEW, tasking
from hueandcry.domain.messaging.rules.budget import ordinal
from hueandcry.kit import gsm7

# How much each level's messages may carry at most: what anybody may read must be for public release, and texts and
# e-mails to members carry OFFICIAL; nothing that we send carries more (domain.md A7).
MARKINGS = (Marking.PUBLIC, Marking.OFFICIAL, Marking.SENSITIVE)
CEILINGS = {level: Marking.PUBLIC if level == Tier.PUBLIC else Marking.OFFICIAL for level in Tier}
# What a way may carry that belongs to a company abroad: what everybody or every member may read, nobody's name.
ABROAD = Channel.WHATSAPP
ABROAD_LEVELS = frozenset({Tier.PUBLIC, Tier.MEMBER})
SEVERITIES = list(Severity)
# What is read for rules about words: more is refused for its length anyway.
READ = 3_000
VEHICLE_LIFE = dt.timedelta(hours=12)
LONGEST_LIFE = dt.timedelta(days=14)
STALE = dt.timedelta(hours=24)
_LEFT_OUT = frozenset("\u00ad\u200b\u200c\u200e\u200f\u2060\ufeff")
# Letters of Cyrillic and Greek that nobody tells from Latin ones on a phone.
_ALIKE = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0405\u0406\u0408"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03bd",
    "ABEKMHOPCTXSIJaeopcyxsijhdqwABEZHIKMNOPTYXov",
)
CLOCKS_DIFFER = dt.timedelta(minutes=5)


def _hidden(facts: Facts, _: str) -> str:
    raw = f"{facts.words.headline}{facts.words.what}{facts.words.where}{facts.words.ask}"
    bad = {sign for sign in raw[:READ] if unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Cn")}
    return ", ".join(sorted(f"U+{ord(sign):04X}" for sign in bad - set("\n\r\t\u00ad\u200b\u200c\u200d\u2060\ufeff")))


def _too_long(facts: Facts, _: str) -> str:
    limits = (
        ("headline", facts.words.headline, HEADLINE_MOST),
        ("what happened", facts.words.what, WHAT_MOST),
        ("place", facts.words.where, WHERE_MOST),
        ("ask", facts.words.ask, ASK_MOST),
    )
    return ", ".join(f"{name} by {len(text) - most:,}" for name, text, most in limits if len(text) > most)


def _parts(lowest: int, highest: int | None = None) -> Finds:
    def finds(facts: Facts, _: str) -> str:
        parts = gsm7.count(composed(facts).text).parts
        return str(parts) if parts >= lowest and (highest is None or parts <= highest) else ""

    return finds


def _headline_only(facts: Facts, _: str) -> str:
    text = composed(facts).text
    for what in (facts.words.what, *facts.lines.shorter):
        happened = " ".join(gsm7.to_gsm7(what).split()).rstrip(".,;: ").translate(str.maketrans("{}", "()"))
        if (gsm7.plainly(happened) if facts.lines.plain else happened) in text:
            return ""
    return "yes"


def _foreign(facts: Facts, _: str) -> str:
    words = facts.words
    said = composed(facts).text
    if _headline_only(facts, ""):
        # It is left out because of such a letter, perhaps: then that is what to say.
        said += gsm7.to_gsm7(f"{words.what}{words.where}{words.ask}")
    return " ".join(gsm7.foreign(gsm7.plainly(said) if facts.lines.plain else said)[:20])


def _invisible(facts: Facts, _: str) -> str:
    """Find signs that nobody sees and that are left out; those that hold a picture together belong to it."""
    raw = f"{facts.words.headline}{facts.words.what}{facts.words.where}{facts.words.ask}"[:READ]
    found = {sign for sign in raw if sign in _LEFT_OUT}
    return ", ".join(sorted(f"U+{ord(sign):04X}" for sign in found))


def _right_to_left(facts: Facts, _: str) -> str:
    raw = f"{facts.words.headline} {facts.words.what} {facts.words.where} {facts.words.ask}"[:READ]
    found = [sign for sign in raw if unicodedata.bidirectional(sign) in ("R", "AL")]
    return "".join(found[:10])


def may_go_abroad(*, level: Tier, template: str) -> bool:
    """Say whether an alert may go by WhatsApp: not with part of a plate, nor with the name of somebody missing."""
    return level in ABROAD_LEVELS and template != MISSING


def ways_of(channels: Sequence[Channel], *, level: Tier, template: str) -> tuple[Channel, ...]:
    """Return by which of these ways an alert may go; none are all, as in the question of an audience.

    Raises:
        AlertError: by none of those that were chosen.
    """
    if may_go_abroad(level=level, template=template):
        return tuple(channels)
    left = tuple(channel for channel in channels or Channel if channel != ABROAD)
    if not left:
        raise AlertError("This may not go by WhatsApp, a company abroad: choose another way, or all of them.")
    return left


def _above_ceiling(facts: Facts, _: str) -> str:
    """Find a marking above what the messages of its level may carry (domain.md A7)."""
    ceiling = CEILINGS[facts.level]
    if facts.marking is None or MARKINGS.index(facts.marking) <= MARKINGS.index(ceiling):
        return ""
    return f"{facts.marking.label}: {facts.level.label.lower()} may read at most {ceiling.label}"


def _sentences(facts: Facts) -> str:
    """Return what is read as sentences: a headline and a place are none."""
    return gsm7.to_gsm7(f"{facts.words.what[:READ]}\n{facts.words.ask[:READ]}")


def _too_old(facts: Facts, _: str) -> str:
    written = _sentences(facts)
    age = reading.years(written)
    if age <= reading.MOST_YEARS:
        return ""
    hard = [f"{plain} for “{word}”" for word, plain in reading.plainer(written)[:4]]
    return f"{min(age, 20):.0f} years" + (f"; say {', '.join(hard)}" if hard else "")


def _stiff(facts: Facts, _: str) -> str:
    written = _sentences(facts)
    if reading.years(written) > reading.MOST_YEARS:
        return ""  # the row about age names them already
    return ", ".join(f"{plain} for “{word}”" for word, plain in reading.plainer(written)[:4])


def _wider(facts: Facts, said: str) -> str:
    return is_wider_than_said(facts.ground, said, signs_as=facts.signs_as) if facts.ground and facts.seeks else ""


def _over_budget(*, for_most: bool) -> Finds:
    def finds(facts: Facts, _: str) -> str:
        budget = facts.budget
        if not budget.over or budget.for_most != for_most:
            return ""
        return f"the {ordinal(budget.nth)} this week for {budget.over:,} of {budget.members:,} people"

    return finds


def _life(facts: Facts) -> dt.timedelta:
    return facts.expires_at - facts.now if facts.expires_at else dt.timedelta(0)


def _few(facts: Facts) -> bool:
    return facts.members is not None and 0 < facts.members <= FEW


def _task_of_few(facts: Facts, said: str) -> str:
    found = tasking(text=said) if _few(facts) else None
    return found[0] if found else ""


MUSTS: tuple[Check, ...] = (
    Check(
        "no_headline",
        REFUSE,
        "Write a headline: one line that says it all.",
        "product.md beyond 13",
        whether(lambda f: not f.words.headline.strip()),
    ),
    Check("no_what", REFUSE, "Say what happened.", "product.md beyond 13", whether(lambda f: not f.words.what.strip())),
    Check(
        "no_place",
        REFUSE,
        "Say where: a road, a village, a wood that people know.",
        "product.md beyond 13",
        whether(lambda f: not f.words.where.strip()),
    ),
    Check(
        "no_time",
        REFUSE,
        "Say when it happened.",
        "product.md beyond 13",
        whether(lambda f: f.occurred_at is None and f.asks_when),
    ),
    Check(
        "no_ask",
        REFUSE,
        "Say what you ask of people, for example: Have you seen it?",
        "product.md beyond 13",
        whether(lambda f: not f.words.ask.strip()),
    ),
    Check(
        "no_expiry",
        REFUSE,
        "Say until when this alert counts.",
        "product.md beyond 13",
        whether(lambda f: f.expires_at is None),
    ),
    Check("no_audience", REFUSE, "Choose who is meant.", "product.md beyond 13", whether(lambda f: not f.has_audience)),
    # ---- moments
    Check(
        "expiry_past",
        REFUSE,
        "The alert would be over already: give a later end.",
        "product.md beyond 13",
        whether(lambda f: f.expires_at and f.expires_at <= f.now),
    ),
    Check(
        "expiry_part_plate",
        REFUSE,
        "Part of a plate is passed on for 12 hours at most: give an earlier end.",
        "domain.md pitfall 8",
        lambda f, said: "yes" if PART_PLATE.search(said) and _life(f) > VEHICLE_LIFE else "",
    ),
    Check(
        "expiry_vehicle",
        WARN,
        "People would look for a vehicle for more than 12 hours: is that right?",
        "domain.md pitfall 8",
        whether(lambda f: f.seeks and speaks_of_vehicle(f.words) and _life(f) > VEHICLE_LIFE),
        about="vehicles",
    ),
    Check(
        "expiry_far",
        WARN,
        "The alert would stand for more than 14 days: is that right?",
        "domain.md pitfall 36 (fatigue)",
        whether(lambda f: _life(f) > LONGEST_LIFE),
    ),
    Check(
        "time_ahead",
        WARN,
        "The time when it happened is still to come: check the date.",
        "domain.md pitfall 41",
        whether(lambda f: f.asks_when and f.occurred_at and f.occurred_at > f.now + CLOCKS_DIFFER),
    ),
    Check(
        "stale",
        WARN,
        "It happened more than a day ago: do people still need to look now?",
        "domain.md pitfall 36 (fatigue)",
        whether(lambda f: f.seeks and f.occurred_at and f.now - f.occurred_at > STALE),
    ),
)

ARRIVAL: tuple[Check, ...] = (
    Check(
        "few_tasked",
        REFUSE,
        "Take out “{found}”: this goes to so few people that it sets each of them a task. "
        "Speak to the source unit first, or write to a whole watch.",
        "RIPA 2000 s26(8); domain.md pitfall 4",
        _task_of_few,
        about="tasks for a few people",
    ),
    Check(
        "few",
        WARN,
        f"This goes to {FEW} people or fewer: each is asked in person, and it is counted as such. Is that right?",
        "domain.md pitfall 4 and idea 15",
        whether(_few),
    ),
    Check(
        "no_reply",
        WARN,
        "“{found}”: you ask for an answer, but this alert takes none.",
        "product.md beyond 13 (reply route)",
        lambda f, said: (
            "" if f.invites_answers else says(r"\b(?:reply|text back|tell us|let us know|answer)\b")(f, said)
        ),
        about="asking for an answer where none is taken",
    ),
    Check(
        "short_link",
        REFUSE,
        "Take out {found}: a shortened link looks like a fraud.",
        "domain.md A23",
        says(r"\b(?:bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|buff\.ly|cutt\.ly|tiny\.cc|rebrand\.ly)/\S*"),
        of_words=True,
    ),
    Check(
        "link",
        WARN,
        "Many have no internet on their phone: say it without {found}.",
        "domain.md pitfall 48",
        says(
            r"\bhttps?://\S{1,200}|\bwww\.\S{1,200}"
            r"|(?<![@.\w-])[\w-]{1,60}(?:\.[\w-]{1,60}){0,3}\.(?:com|org|net|info|gov\.uk|police\.uk|co\.uk|org\.uk)\b"
            r"(?:/\S{0,200})?"
        ),
        of_words=True,
    ),
    Check(
        "placeholder",
        REFUSE,
        "Fill in or take out “{found}”.",
        "issue 4, bad input: templates",
        says(r"\{[^}\n]{0,40}\}?|\[[^\]\n]{0,40}\]|<[^>\n]{1,40}>|\b(?:TBC|TBA|X{3,})\b", re.NOFLAG),
        of_words=True,
    ),
    Check(
        "hidden",
        REFUSE,
        "Type the words again: there are signs in them that nobody can see ({found}).",
        "issue 4, bad input: right-to-left text",
        _hidden,
        of_words=True,
    ),
    Check(
        "invisible",
        NOTE,
        "Signs that nobody can see ({found}) are left out of what goes out.",
        "issue 4, bad input: zero-width signs",
        _invisible,
    ),
    Check(
        "right_to_left",
        WARN,
        "“{found}” is read from right to left: many phones here show it torn. Is there a way to say it in English?",
        "issue 4, bad input: right-to-left text",
        _right_to_left,
    ),
    Check(
        "foreign",
        WARN,
        "{found} makes every text dearer and shorter: write it without, or choose plain letters for the texts.",
        "GSM 03.38; domain.md A23",
        _foreign,
    ),
    Check(
        "plain_letters",
        NOTE,
        "In texts letters go without their marks: it was chosen so.",
        "domain.md A23: only with approval",
        whether(lambda f: f.lines.plain),
    ),
    Check(
        "headline_only",
        NOTE,
        "What happened does not fit into one text, so texts carry the headline instead: does it say enough?",
        "domain.md pitfall 48",
        _headline_only,
    ),
    Check(
        "parts",
        WARN,
        "This takes {found} texts for each person, and old phones show them torn: can it be shorter?",
        "GSM 03.38; domain.md pitfall 48",
        _parts(2, MOST_PARTS),
    ),
    Check(
        "too_many_parts",
        REFUSE,
        f"This takes {{found}} texts for each person: shorten what happened or the ask until it takes "
        f"{MOST_PARTS} at most.",
        "GSM 03.38; domain.md pitfall 48",
        _parts(MOST_PARTS + 1),
    ),
    Check(
        "over_budget",
        WARN,
        "This would be {found}, more than they want: they get it in a digest.",
        "domain.md pitfall 36 (fatigue)",
        _over_budget(for_most=False),
    ),
    Check(
        "over_budget_most",
        WARN,
        "This would be {found}, more than they want. More than half would get it in a digest only: does it have to go "
        "out, and to all of them?",
        "domain.md pitfall 36 (fatigue)",
        _over_budget(for_most=True),
    ),
    Check(
        "over_budget_lost",
        WARN,
        "{found} had enough this week, and it ends before their next digest: they would not get it. Give a later "
        "end, if it still counts then.",
        "domain.md pitfall 36 (fatigue)",
        lambda f, _: f"{f.budget.lost:,} people" if f.budget.lost else "",
    ),
    Check(
        "area_wider",
        WARN,
        "You speak of one place, but it goes to {found}. Make it smaller, or say how far it concerns people.",
        "domain.md pitfalls 36 and 44 (wrong audience)",
        _wider,
        about="speaking of one place",
    ),
    Check(
        "reading_age",
        WARN,
        "It reads as for people of {found}. Shorter sentences, and words that a farmer uses.",
        "Flesch-Kincaid grade, 1975; product.md: plain words",
        _too_old,
        about=READING,
    ),
    Check(
        "stiff",
        NOTE,
        "It could be plainer: {found}.",
        "product.md: plain words",
        _stiff,
        about="plainer words for stiff ones",
    ),
    Check(
        "marking_above",
        REFUSE,
        "It is marked {found}. Take out what makes it more, and mark it so.",
        "Government Security Classifications Policy; domain.md A7",
        _above_ceiling,
    ),
    Check("too_long", REFUSE, "Shorten: {found} characters too many.", "the tables' columns", _too_long),
)

CHECKS: tuple[Check, ...] = (*MUSTS, *ASKED, *DANGER, *PRIVACY, *FAIRNESS, *ARRIVAL)


def languages_read() -> list[tuple[str, frozenset[str]]]:
    """Return what the check looks for by words of a language, and in which languages; what most are read for first."""
    found: dict[str, set[str]] = {READING: set(READING_MEASURED)}
    for row in CHECKS:
        if row.about:
            found.setdefault(row.about, set()).add(row.language)
    lines = [(about, frozenset(languages)) for about, languages in found.items()]
    return sorted(lines, key=lambda line: (-len(line[1]), line[0]))


def read(words: Words) -> str:
    """Return the words as the check reads them, as people do: see `legible`."""
    return legible(f"{words.headline}\n{words.what}\n{words.where}\n{words.ask}"[: READ * 2])[:READ]


def legible(text: str) -> str:
    """Return text as people read it: plain signs, wide letters narrow, letters that only look Latin as such.

    Signs that nobody sees are gone, and marks that stand over no letter that has them.
    """
    plain = gsm7.to_gsm7(unicodedata.normalize("NFKC", text)).translate(_ALIKE)
    return "".join(sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))


def is_above(words: Words) -> bool:
    """Say whether the words are marked above what this system may hold (domain.md A7); all of them are read."""
    return any(re.search(ABOVE, legible(field)) for field in (words.headline, words.what, words.where, words.ask))


def check(facts: Facts) -> list[Finding]:
    """Return everything that the send check finds, what must be changed first."""
    found = _run(CHECKS, facts)
    found += elsewhere(facts, run=_run, rows=CHECKS, seen=frozenset(finding.code for finding in found))
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def check_told(text: str, *, level: Tier, now: dt.datetime) -> list[Finding]:
    """Return what the rules about words find in a stand-down or an ending."""
    words = Words(headline="", what=text, where="", ask="")
    facts = Facts(
        words, occurred_at=None, expires_at=None, has_audience=True, level=level, invites_answers=True, now=now
    )
    return _run((row for row in CHECKS if row.of_words), facts)


def refuse(findings: Iterable[Finding]) -> None:
    """Refuse what must be changed.

    Raises:
        AlertError: with the sentence of every finding that refuses.
    """
    sentences = [finding.sentence for finding in findings if finding.severity == Severity.REFUSE]
    if sentences:
        raise AlertError(" ".join(sentences))


def _run(rows: Iterable[Check], facts: Facts) -> list[Finding]:
    said = read(facts.words)
    short = replace(facts, words=_shortened(facts.words))
    findings = []
    for row in rows:
        # Only the rules that measure lengths see the words in full.
        found = row.finds(facts if row.code in ("too_long", "hidden") else short, said)
        if found:
            sentence = row.sentence.replace("{found}", " ".join(found.split())[:80])
            findings.append(Finding(row.code, row.severity, sentence, row.source))
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def _shortened(words: Words) -> Words:
    return Words(*(field[:READ] for field in (words.headline, words.what, words.where, words.ask)))
