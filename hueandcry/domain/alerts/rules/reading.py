"""How old a reader must be: a known formula, and plain words for those that people stumble over. Pure.

Flesch and Kincaid's grade (1975) is 0.39 words a sentence + 11.8 syllables a word - 15.59; a pupil of grade 6 is 11
years old, so five are added. Names count as words of one syllable, for a village with a long name is no hard word, and
so do words that every farm knows. An alert is short, so it is an estimate: words that could be plainer are named.

Polish has a measure of its own: Pisarek's (1969), the years of school that a text asks for, found to hold by Charzyńska
and Dębowski (2015). Half the root of (words a sentence)² + (hundredths of words of four syllables or more)². For Welsh
none is published that we know of, so none is made up: the page of languages says so.
"""

import math
import re

# Plain English for the public is for readers of about this age; most newspapers are above it.
MOST_YEARS = 12
# Of fewer words nothing can be said.
FEWEST_WORDS = 12

# Children there are six or seven as school begins.
SCHOOL_FROM = 6
# The age at which everybody there has left primary school, its eight years.
MOST_YEARS_POLISH = 15
# So many syllables make a Polish word hard.
HARD_FROM = 4

_WORD = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*")
_SENTENCE = re.compile(r"[.!?:;]+(?:\s|\Z)|\n+")
_VOWELS = re.compile(r"[aeiouy]+")
_POLISH_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_POLISH_VOWELS = re.compile(r"i(?![aąeęoóu])|[aąeęoóuy]")
_QUOTED = re.compile(r'"[^"\n]*"')
# Long words that nobody on a farm stumbles over.
KNOWN = frozenset(
    (
        "agricultural",
        "animal",
        "animals",
        "anybody",
        "anything",
        "caravan",
        "cattle",
        "coursing",
        "everybody",
        "harvester",
        "livestock",
        "machinery",
        "motorbike",
        "neighbour",
        "neighbours",
        "officer",
        "officers",
        "outbuilding",
        "outbuildings",
        "property",
        "quadbike",
        "suspicious",
        "telehandler",
        "telephone",
        "torches",
        "tractor",
        "tractors",
        "trailer",
        "trailers",
        "vehicle",
        "vehicles",
        "yesterday",
    )
)
# What is written in reports, and what people say. The longer ones are looked for first.
PLAIN: dict[str, str] = {
    "in possession of": "have",
    "in relation to": "about",
    "in the vicinity of": "near",
    "pertaining to": "about",
    "with regard to": "about",
    "persons unknown": "somebody",
    "effected entry": "broke in",
    "gained entry": "broke in",
    "made off": "left",
    "decamped": "ran off",
    "alighted": "got out",
    "approximately": "about",
    "ascertain": "find out",
    "apprehended": "caught",
    "commenced": "began",
    "conducting": "doing",
    "currently": "now",
    "enquiries": "questions",
    "exited": "left",
    "individual": "person",
    "individuals": "people",
    "misappropriated": "stole",
    "observed": "saw",
    "occupants": "people in it",
    "perpetrator": "thief",
    "perpetrators": "thieves",
    "premises": "building",
    "proceeding": "going",
    "requested": "asked",
    "utilise": "use",
    "utilising": "using",
    "vicinity": "near",
    "whereby": "where",
    "whilst": "while",
}
_PLAIN = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, PLAIN), key=len, reverse=True))})\b", re.IGNORECASE)


def years(text: str) -> float:
    """Return about how old a reader must be, in years; 0 of what is too short to say."""
    words = _WORD.findall(text)
    if len(words) < FEWEST_WORDS:
        return 0.0
    sentences = max(1, len([one for one in _SENTENCE.split(text) if _WORD.search(one)]))
    syllables = sum(_syllables(word) for word in words)
    grade = 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59
    return max(grade + 5.0, 5.0)


def years_polish(text: str) -> float:
    """Return about how old a reader of Polish must be, in years; 0 of what is too short to say.

    What an officer typed in English stands in quotation marks, and is not counted.
    """
    text = _QUOTED.sub(" ", text)
    words = _POLISH_WORD.findall(text)
    if len(words) < FEWEST_WORDS:
        return 0.0
    sentences = max(1, len([one for one in _SENTENCE.split(text) if _POLISH_WORD.search(one)]))
    hard = sum(not word[0].isupper() and len(_syllables_polish(word)) >= HARD_FROM for word in words)
    return SCHOOL_FROM + math.hypot(len(words) / sentences, 100 * hard / len(words)) / 2


def _syllables_polish(word: str) -> list[str]:
    """Return what makes a syllable each: every vowel, but an i before another one, which only softens."""
    return _POLISH_VOWELS.findall(word.lower())


def plainer(text: str) -> list[tuple[str, str]]:
    """Return the words that could be plainer, each once, with what people say instead."""
    found = dict.fromkeys(one[0].lower() for one in _PLAIN.finditer(text))
    return [(word, PLAIN[word]) for word in found]


def _syllables(word: str) -> int:
    """Count groups of vowels, without a silent e; a name or a known word is as easy as the shortest."""
    if word[0].isupper() or word.lower() in KNOWN:
        return 1
    low = word.lower()
    many = len(_VOWELS.findall(low))
    if low.endswith(("e", "es", "ed")) and not low.endswith(("le", "les", "ted", "ded", "ses", "ces", "ges", "ches")):
        many -= 1
    return max(1, many)
