"""Send check: what an alert says in the other languages of its members. Pure.

Plates, addresses and numbers are found there by the rules that find them in the officer's words. What nobody may be
asked, what people are, illness, promises and plans have rows for each language, which read every box: somebody may type
English into one for Welsh. How old a reader must be is measured in Polish by Pisarek's index; for Welsh there is no
measure. What is read in which language each row says (`Check.about`, `Check.language`); the page of languages shows it,
and what is judged by English words alone only a person finds there.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from hueandcry.domain.alerts.rules import reading
from hueandcry.domain.alerts.rules.canaries import Tongue
from hueandcry.domain.alerts.rules.danger import DANGER
from hueandcry.domain.alerts.rules.fairness import FAIRNESS
from hueandcry.domain.alerts.rules.kinds import Facts, Finding, Severity, Words
from hueandcry.domain.alerts.rules.looking import Check, composed
from hueandcry.domain.alerts.rules.privacy import PRIVACY
from hueandcry.domain.members.rules import Language
from hueandcry.kit import gsm7

MOST_PARTS = 3
# What the row about reading age looks for, as the page of languages names it; measured by no row in these languages.
READING = "how hard it is to read"
READING_MEASURED = frozenset({Language.POLISH})
# Beside privacy: what is found by signs, and no language may say.
SIGNS = frozenset({"short_link", "link", "placeholder", "hidden", "too_long", "no_headline", "no_what", "no_ask"})
_TEXTS = "GSM 03.38; domain.md pitfall 48"

Run = Callable[[Iterable[Check], Facts], list[Finding]]


def elsewhere(facts: Facts, *, run: Run, rows: Iterable[Check], seen: frozenset[str]) -> list[Finding]:
    """Return what is found in other languages and not in the officer's words, once each, with its languages named."""
    looked_for = (*DANGER, *PRIVACY, *FAIRNESS, *(row for row in rows if row.code in SIGNS))
    found: dict[str, tuple[Finding, list[str]]] = {}
    texts = _texts(facts) if facts.lines.tongues else {}
    for tongue in facts.lines.tongues:
        lengths = _of_text(texts[tongue.language])
        for finding in (*_of_words(tongue, facts, run, looked_for), *lengths, *_of_reading(tongue)):
            if finding.code not in seen:
                found.setdefault(finding.code, (finding, []))[1].append(Language(tongue.language).label)
    return [
        replace(finding, sentence=f"In {' and '.join(languages)}: {finding.sentence}")
        for finding, languages in found.values()
    ]


def of_other_languages(findings: Iterable[Finding]) -> list[Finding]:
    """Return those findings that are about what is said in other languages than the officer's."""
    begins = tuple(f"In {language.label}" for language in Language)
    return [finding for finding in findings if finding.sentence.startswith(begins)]


def _of_words(tongue: Tongue, facts: Facts, run: Run, rows: Iterable[Check]) -> list[Finding]:
    if tongue.is_foreign:
        return []  # the officer's own words, which were looked through
    words = Words(headline=tongue.headline, what=tongue.what, where=tongue.where, ask=tongue.ask)
    return run(rows, replace(facts, words=words))


def _of_reading(tongue: Tongue) -> list[Finding]:
    """Return whether it is hard to read, where that can be measured."""
    if tongue.is_foreign or tongue.language not in READING_MEASURED:
        return []
    age = reading.years_polish(gsm7.to_gsm7(f"{tongue.what}\n{tongue.ask}"))
    if age <= reading.MOST_YEARS_POLISH:
        return []
    sentence = f"it reads as for people of {min(age, 25):.0f} years. Shorter sentences, and words that a farmer uses."
    source = "Pisarek's index, 1969; Charzyńska and Dębowski, 2015; product.md: plain words"
    return [Finding("reading_age_elsewhere", Severity.WARN, sentence, source)]


def _texts(facts: Facts) -> dict[str, str]:
    """Return the text in each other language."""
    said = composed(facts)
    return {tongue.language: said.also.get(tongue.language, said).text for tongue in facts.lines.tongues}


def _of_text(text: str) -> list[Finding]:
    """Return what is to be said of the length of a text, and of its letters."""
    parts, letters = gsm7.count(text).parts, gsm7.foreign(text)
    found = []
    if parts > MOST_PARTS:
        sentence = f"it takes {parts} texts for each person: shorten what is said there until it takes {MOST_PARTS}."
        found.append(Finding("too_many_parts_elsewhere", Severity.REFUSE, sentence, _TEXTS))
    elif parts > 1:
        sentence = f"it takes {parts} texts for each person who chose that."
        found.append(Finding("parts_elsewhere", Severity.NOTE, sentence, _TEXTS))
    if letters:
        sentence = (
            f"{' '.join(letters[:20])} makes every text dearer and shorter: choose plain letters, or say it without."
        )
        found.append(Finding("foreign_elsewhere", Severity.WARN, sentence, "GSM 03.38; domain.md A23"))
    return found
