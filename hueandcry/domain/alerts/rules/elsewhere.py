"""Send check: what an alert says in the other languages of its members. Pure.

Plates, names, addresses and numbers are found there by the rules that find them in the officer's words. Rules about
English verbs and long words cannot read Welsh or Polish: a person who can does.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from hueandcry.domain.alerts.rules.canaries import Tongue
from hueandcry.domain.alerts.rules.kinds import Facts, Finding, Severity, Words
from hueandcry.domain.alerts.rules.looking import Check, composed
from hueandcry.domain.alerts.rules.privacy import PRIVACY
from hueandcry.domain.members.rules import Language
from hueandcry.kit import gsm7

MOST_PARTS = 3
# Beside privacy: what is found by signs, and no language may say.
SIGNS = frozenset({"short_link", "link", "placeholder", "hidden", "too_long", "no_headline", "no_what", "no_ask"})
_TEXTS = "GSM 03.38; domain.md pitfall 48"

Run = Callable[[Iterable[Check], Facts], list[Finding]]


def elsewhere(facts: Facts, *, run: Run, rows: Iterable[Check], seen: frozenset[str]) -> list[Finding]:
    """Return what is found in other languages and not in the officer's words, once each, with its languages named."""
    looked_for = (*PRIVACY, *(row for row in rows if row.code in SIGNS))
    found: dict[str, tuple[Finding, list[str]]] = {}
    texts = _texts(facts) if facts.lines.tongues else {}
    for tongue in facts.lines.tongues:
        lengths = _of_text(texts[tongue.language])
        for finding in (*_of_words(tongue, facts, run, looked_for), *lengths):
            if finding.code not in seen:
                found.setdefault(finding.code, (finding, []))[1].append(Language(tongue.language).label)
    return [
        replace(finding, sentence=f"In {' and '.join(languages)}: {finding.sentence}")
        for finding, languages in found.values()
    ]


def _of_words(tongue: Tongue, facts: Facts, run: Run, rows: Iterable[Check]) -> list[Finding]:
    if tongue.is_foreign:
        return []  # the officer's own words, which were looked through
    words = Words(headline=tongue.headline, what=tongue.what, where=tongue.where, ask=tongue.ask)
    return run(rows, replace(facts, words=words))


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
