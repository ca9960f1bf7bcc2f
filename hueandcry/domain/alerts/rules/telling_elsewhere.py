"""Send check: illness, promises and plans, as Welsh and Polish say them; read without the marks on letters. Pure.

Each row is a list of phrases that a native speaker can read: `hueandcry words --read cy` puts them into their list. In
them `*` is any ending, `(a/b)` either, `?` perhaps not there, `_` up to two words, and `<police>` a list of its own.
The first letter of a Welsh word may be changed as Welsh changes it (`pils`, `bils`, `phils`). The words are ours, and
no native speaker has read them yet: what they miss, whoever approves the alert finds.
"""

import re
from collections.abc import Iterator

# Soft, nasal and aspirate mutation of a word's first letter; a vowel may have h before it.
_MUTATED: tuple[tuple[str, str], ...] = (
    ("ll", "(?:ll|l)"),
    ("rh", "(?:rh|r)"),
    ("th", "th"),
    ("ch", "ch"),
    ("dd", "dd"),
    ("ff", "ff"),
    ("ph", "ph"),
    ("p", "(?:p|b|mh|ph)"),
    ("t", "(?:t|d|nh|th)"),
    ("c", "(?:c|g|ngh|ch)"),
    ("b", "(?:b|f|m)"),
    ("d", "(?:dd|d|n)"),
    ("g", "(?:ng|g|)"),
    ("m", "(?:m|f)"),
    *((vowel, f"h?{vowel}") for vowel in "aeiou"),
)
_BETWEEN_WORDS = r"[\s'-]+"
# We are, as it is said in the north and the south.
_WE = "(rydyn/rydym/rydan/rydyn ni/rydym ni/rydan ni/dyn ni/dan ni/ryn ni)"
_PIECE = re.compile(r"\([^)]*\)\??|\S+")

# Who is meant where a phrase says `<police>`, and whom we look for.
_POLICE = {
    "cy": "(heddlu/swyddog/swyddogion/plismon/plismyn/patrol/patrolau/uned/unedau/cymorth/help/ceir heddlu/car heddlu)",
    "pl": (
        "(policja/policjant/policjanci/patrol/patrole/funkcjonariusz/funkcjonariusze/radiowoz/radiowozy/jednostka"
        "/jednostki/pomoc)"
    ),
}

# What each row looks for, as the list for a native reader says it.
SOUGHT = {"health": "illness", "promise": "promises that the police come", "plans": "plans of the police"}
TOLD_ELSEWHERE: dict[str, dict[str, tuple[str, ...]]] = {
    "cy": {
        "health": (
            *("dementia", "clefyd alzheimer*", "alzheimer*", "iselder", "isel (ei/eu) (ysbryd/hysbryd/hysbrydoedd)"),
            *(
                "(iechyd/salwch/afiechyd/cyflwr) meddwl",
                "meddyliol",
                "yn feddyliol",
                "hunanladd*",
                "hunan (niweidio/anafu)",
            ),
            *("hunanniweidio", "lladd (ei/eu) hun*", "niweidio (ei/eu) hun*", "alcoholig", "alcoholiaeth"),
            *("caeth i (gyffuriau/alcohol/heroin/gocen)", "sgitsoffreni*", "deubeg*", "bipolar", "schizophreni*"),
            *("seicosis", "seicotig", "seiciatr*", "gorbryder", "nam ar (ei/eu/y) cof", "colli (ei/eu/y) cof"),
        ),
        "promise": (
            "bydd yr? <police> _ (yn/n) (dod/cyrraedd/mynychu/galw/ymweld/arestio/ymateb)",
            "bydd yr? <police> _ (yno/yna/gyda chi/efo chi)",
            "mae yr? r? <police> _ ar (y ffordd/eu ffordd/ei ffordd)",
            "mae yr? r? <police> _ n? yn? (dod/cyrraedd)",
            *("bydd rhywun _ (yn galw/yn dod/yno/gyda chi)", "daw rhywun _ (atoch/draw/heibio)"),
            "(byddwn/byddan) (ni/nhw)? n? (yn)? (dod/cyrraedd/mynychu/galw heibio/ymweld/arestio)",
            *(
                "byddwn ni? n? yn? eu (harestio/dal)",
                "byddwn ni? (yno/yna/gyda chi/efo chi)",
                "byddwn ni? ar ein ffordd",
            ),
            *("<we> ar (ein/y) ffordd", "<we> n? yn? dod", "deuwn ni? (draw/yno/atoch)"),
            *("daw yr? <police>", "(down/ddown) ni", "(down/deuwn) (draw/yno/atoch)", "anfonwn _ <police>"),
            *("byddwn ni? n? yn? anfon _ <police>", "gyrrwn _ <police>", "cyrhaeddwn", "arestiwn"),
        ),
        "plans": (
            "byddwn ni? n? yn? (gwylio/cuddio/barod/cadw golwg)",
            "byddwn ni? n? yn? (aros/disgwyl) (amdan*/am y lladron/am y dynion/am y criw/am y fan/am y car)",
            "<we> n? yn? (aros/disgwyl) (amdan*/am y lladron/am y dynion/am y criw/am y fan/am y car)",
            "<we> n? yn? (gwylio/cuddio/cadw golwg)",
            "mae yr? r? <police> _ n? yn? (gwylio/cuddio/aros/disgwyl/cadw golwg)",
            "<police> n? yn? (cuddio/gwylio/disgwyl)",
            "mae yr? r? <police> _ (yn/n) (eu lle/ei lle/barod)",
            "(car/ceir/cerbyd/cerbydau/fan/faniau) heddlu? (heb eu marcio/heb ei farcio/heb ei marcio/heb farciau)",
            *(
                "dillad (plaen/sifil/cyffredin/bob dydd/eu hunain/ei hun)",
                "gwyliadwriaeth (ar/yn/gudd/o)",
                "gwyliadwriaeth gudd",
            ),
            *(
                "(swyddog*/heddlu/plismyn/gweithrediad/ymgyrch/camera*) cudd",
                "cudd wybodaeth",
                "cuddwybodaeth",
                "gwybodaeth cudd",
            ),
            *("dron* _ (uwchben/uwch ben/yn hedfan/n hedfan/i fyny/yn yr awyr)", "rhwystr* (ffordd/ffyrdd/heddlu)"),
            *("man gwirio", "mannau gwirio", "man archwilio", "hofrennydd*", "(swyddog*/heddlu/plismyn) arfog"),
            *("stribed* pigog", "cynllwyn i'w dal", "camerau adnabod (rhifau/platiau)"),
        ),
    },
    "pl": {
        "health": (
            *(
                "demencj*",
                "otepien*",
                "alzheimer*",
                "schizofreni*",
                "dwubiegunow*",
                "psychiczn*",
                "psychiatr*",
                "samoboj*",
            ),
            *("depresj* (i/oraz)", "(ma/miala/mial/cierpi na/leczy sie na/ciezka/ciezkiej/objawy) depresj*"),
            *(
                "samookalecz*",
                "(okalecz* sie/sie okalecz*)",
                "alkoholi*",
                "uzaleznion* od",
                "narkoman*",
                "odebrac sobie zycie",
            ),
            *("(zabije sie/zabic sie/sie zabije/sie zabic)", "zaburzeni* (pamieci/lekow*/nastroju/osobowosci)"),
        ),
        "promise": (
            "<police> _ (przyjdzie/przyjda/przyjedzie/przyjada/bedzie/beda/jedzie/jada/dojedzie/dotrze/dotra)",
            "<police> _ (zjawi sie/odwiedzi/odwiedza/aresztuje/zatrzyma ich/zlapie/zlapia/wkroczy/zaraz bedzie)",
            "(przyjdzie/przyjda/przyjedzie/przyjada/bedzie/beda/jedzie/jada/dojedzie/dotrze/dotra) _ <police>",
            *("ktos _ (przyjdzie/przyjedzie/zajrzy)", "(juz/zaraz/wlasnie) jedziemy"),
            *("<police> _ (w drodze)", "(przyjedziemy/przyjdziemy/dojedziemy/dotrzemy/zjawimy sie/odwiedzimy)"),
            *("bedziemy _ (tam/u was/u panstwa/na miejscu)", "jedziemy _ (do was/do panstwa/na miejsce/tam)"),
            *(
                "jestesmy _ w drodze",
                "(wyslemy/przyslemy/wysylamy) _ <police>",
                "aresztujemy",
                "zlapiemy",
                "zatrzymamy",
            ),
            "(wyslemy/przyslemy/wysylamy) _ (funkcjonariusz*/policj*/radiowoz*/patrol*/kogos)",
        ),
        "plans": (
            *("bedziemy _ (obserwowac/gotowi/ukryci/pilnowac/w ukryciu)", "(obserwujemy/pilnujemy/sledzimy)"),
            "(czekamy/bedziemy czekac/poczekamy/zaczekamy) na (nich/niego/nia/sprawc*/zlodziei/klusownik*/te aut*)",
            "<police> _ (obserwuje/obserwuja/ukryli sie/ukryl sie/schowali sie/ukryty/ukryta/ukryci/w ukryciu)",
            "<police> _ (na stanowisk*/na pozycj*)",
            "nieoznakowan* (radiowoz*/samoch*/aut*/pojazd*/furgonetk*/woz*)",
            *(
                "po cywilnemu",
                "w cywil*",
                "ubrani* cywiln*",
                "cywiln* ubrani*",
                "antyterror*",
                "(tajn*) (operacj*/akcj*/agen*/polic*/funkcj*)",
                "(tajniak*/tajniac*)",
                "inwigilac*",
            ),
            *(
                "pod przykryw*",
                "pod przykryciem",
                "zasadzk*",
                "blokad* (drog*/drogow*/policyjn*)",
                "(mamy/ustawil*/ustawiamy) blokad*",
                "punkt* kontroln*",
            ),
            *(
                "dron* jest? (w powietrzu/nad/lata/w gorze/policj*)",
                "lata dron*",
                "helikopter*",
                "smiglow*",
                "(uzbrojon*/uzbrojeni) <police>",
            ),
            *("uzbrojon* (policj*/funkcj*/patrol*)", "ustalen operacyjn*", "(informacj*/dane/danych) operacyjn*"),
            *("informacj* wywiadowcz*", "kolczatk*", "obserwacj* (drog*/terenu/policyjn*)", "prowadz* obserwacj*"),
            "<police> _ (czeka/czekaja) (przy/w/za/pod/nad/obok/na nich/na niego/na sprawc*/na zlodziei)",
        ),
    },
}
# What would be no promise: nobody comes.
_NEGATED = {
    ("cy", "promise"): r"(?<!\bni )(?<!\bna )",
    ("pl", "promise"): r"(?<!\bnie )",
    ("pl", "plans"): r"(?<!\bnie )",
}
# A word that makes what stands round it say the opposite is not passed over.
_NOT = {"cy": "ddim", "pl": "nie"}


def phrases(language: str, code: str) -> tuple[str, ...]:
    """Return the phrases of a row, as a reader sees them."""
    return TOLD_ELSEWHERE[language][code]


def lists_of(language: str) -> dict[str, str]:
    """Return what `<police>` and its like stand for in the phrases of a language."""
    return {"<police>": _POLICE[language], **({"<we>": _WE} if language == "cy" else {})}


def pattern(language: str, code: str) -> str:
    """Return the pattern that finds any phrase of a row."""
    ways = "|".join(_pattern(one, language) for one in phrases(language, code))
    return rf"{_NEGATED.get((language, code), '')}\b(?:{ways})\b"


def _pattern(phrase: str, language: str) -> str:
    for name, words in lists_of(language).items():
        phrase = phrase.replace(name, words)
    pieces = _PIECE.findall(phrase)
    return "".join(_pieces(pieces, language))


def _pieces(pieces: list[str], language: str) -> Iterator[str]:
    for place, piece in enumerate(pieces):
        join = "" if place == len(pieces) - 1 else _BETWEEN_WORDS
        if piece == "_":
            yield rf"(?:(?!{_NOT[language]}\b)\w+{_BETWEEN_WORDS}){{0,2}}"
            continue
        perhaps = piece.endswith("?")
        ways = piece.removesuffix("?").strip("()").split("/")
        one = f"(?:{'|'.join(_words(way, language) for way in ways)}){join}"
        yield f"(?:{one})?" if perhaps else one


def _words(way: str, language: str) -> str:
    return _BETWEEN_WORDS.join(_word(word, language) for word in way.split())


def _word(word: str, language: str) -> str:
    stem = re.escape(word.rstrip("*")).replace(r"\*", r"\w*")
    if language == "cy":
        begins, changed = next(((one, other) for one, other in _MUTATED if stem.startswith(one)), ("", ""))
        stem = changed + stem.removeprefix(begins)
    return stem + (r"\w*" if word.endswith("*") else "")
