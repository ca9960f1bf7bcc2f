"""Words that people text to us in Welsh and Polish to join, and how the language of a short text is told. Pure.

Folded as every text is (`kit.text.fold`): capitals without accents, as many telephones write them anyway. The words are
ours, and no native speaker has read them yet: `hueandcry words --read cy` puts them into that person's list.
"""

from collections.abc import Mapping

from hueandcry.domain.members.rules.kinds import PlaceUse
from hueandcry.kit.text import fold
from hueandcry.kit.words import ENGLISH

JOIN: dict[str, tuple[str, ...]] = {
    "cy": (
        *("YMUNO", "YMUNWCH", "YMUN", "YMUNAF", "COFRESTRU", "COFRESTRWCH", "COFRESTRWCH FI", "COFRESTRWCH NI"),
        *("COFRESTRU FI", "CHOFRESTRU", "GOFRESTRU"),
    ),
    "pl": (
        *("DOLACZ", "DOLACZAM", "DOLACZE", "DOLACZYC", "DOLACZAMY", "DOLACZYMY", "ZAPISZ", "ZAPISZ MNIE"),
        *("ZAPISZCIE", "ZAPISZCIE MNIE", "ZAPISZ NAS", "ZAPISZCIE NAS", "ZAPISAC", "ZAPISAC SIE", "ZAPISUJE SIE"),
        *(
            "ZAPISANIE",
            "ZAPISY",
            "REJESTRACJA",
            "ZAREJESTRUJ",
            "ZAREJESTRUJ MNIE",
            "ZAREJESTROWAC",
            "ZAREJESTROWAC SIE",
        ),
    ),
}
# What may stand before a word for joining: Good day, I would like to; how do I.
BEFORE_JOIN = """
HELO BORE PRYNHAWN NOSWAITH DA DDA HOFFWN HOFFEM DW DWI DWIN RWYF RYDW RWY RWYN YN N EISIAU ISIO ISE MOYN AM A GA GAF
GAWN NI SUT MAE MAER PLIS OS GWELWCH YDW IN ALLAF ALLA SHWMAE SMAE
POPROSZE DZIEN DOBRY WITAM CZESC HEJ CHCE CHCEMY CHCIALBYM CHCIALABYM CHCIELIBYSMY PROSZE O MNIE NAS SIE JAK CZY MOGE
MOZNA MOZEMY
"""
# Join them, join the queue, I attach a photograph: not us.
SOMEBODY = """
NI NHW NICH NIMI HEDDLU CIW HELFA POLICJI KOLEJKI ICH ZDJECIE ZDJECIA FILM FILMIK FOTO LINK NUMER NUMERY REJESTRACJE
"""
# What is said round a place; a Welsh article (y, yr) is none of it, for it belongs to the names of houses.
ROUND_A_PLACE = """
OS GWELWCH YN DDA PLIS DIOLCH COD POST FY EIN NGHOD MAE YW CYNLLUN GWARCHOD
PROSZE DZIEKUJE KOD POCZTOWY MOJ MOJA MNIE NAS SIE JEST
"""
# And round the one word for what it is.
ROUND_A_KIND = "Y YR MAER GENNYM GEN GYDA RYDYM TO MAM MAMY NASZ NASZA NASZE MOJE W"

KINDS: dict[str, dict[PlaceUse, str]] = {
    "cy": {
        PlaceUse.FARM: "FFERM FFERMWR FFERMYDD FFERMIO FFERMWYR FFARM TYDDYN DYDDYN AMAETH",
        PlaceUse.STABLE: "CEFFYL CEFFYLAU GEFFYL GEFFYLAU CHEFFYLAU MERLOD MERLYN FERLOD STABL STABLAU",
        PlaceUse.BOAT: "CWCH CYCHOD GWCH GYCHOD CHWCH CHYCHOD BAD CAMLAS GAMLAS ANGORFA",
        PlaceUse.HOME: "PENTREF BENTREF CARTREF GARTREF CYMDOGAETH GYMDOGAETH TREF DREF TY",
        PlaceUse.BUSINESS: "BUSNES FUSNES BUSNESAU SIOP TAFARN DAFARN CWMNI GWMNI",
    },
    "pl": {
        PlaceUse.FARM: "FARMA FARME FARMY GOSPODARSTWO GOSPODARSTWA ROLNIK ROLNE ROLA",
        PlaceUse.STABLE: "KON KONIE KONI STAJNIA STAJNIE STAJNI STADNINA",
        PlaceUse.BOAT: "LODZ LODKA LODKE LODZIE BARKA BARKE KANAL",
        PlaceUse.HOME: "WIES WSI WIOSKA DOM DOMU MIASTO MIASTECZKO OSIEDLE MIESZKANIE",
        PlaceUse.BUSINESS: "FIRMA FIRME FIRMY BIZNES SKLEP RESTAURACJA WARSZTAT",
    },
}
# Tŷ Gwyn, Tafarn y Bont: what begins a name stays in it.
BEGINS_A_NAME = frozenset({"TY", "TYDDYN", "TAFARN", "FFERM", "DOM"})

ADD: dict[str, tuple[str, ...]] = {
    "cy": ("YCHWANEGU", "YCHWANEGWCH", "YCHWANEGU PLIS"),
    "pl": ("DODAJ", "DODAJCIE", "DODAC", "PROSZE DODAC", "DODAJ PROSZE"),
}
PASS: dict[str, tuple[str, ...]] = {
    "cy": ("PASIO", "PASIWCH", "PASIO YMLAEN", "PASIWCH YMLAEN", "TROSGLWYDDO", "TROSGLWYDDWCH"),
    "pl": ("PRZEKAZ", "PRZEKAZCIE", "PRZEKAZAC", "PROSZE PRZEKAZAC"),
}
YES: dict[str, tuple[str, ...]] = {
    "cy": (
        *(
            "IE",
            "OES",
            "YDW",
            "YDYN",
            "HOFFWN",
            "IE PLIS",
            "IE DIOLCH",
            "IE OS GWELWCH YN DDA",
            "CYTUNO",
            "RWYN CYTUNO",
        ),
        *("CADARNHAU", "RWYN CADARNHAU"),
    ),
    "pl": (
        *("TAK", "TAK PROSZE", "TAK DZIEKUJE", "TAK CHCE", "TAK POTWIERDZAM", "POTWIERDZAM"),
        *("ZGADZAM SIE", "TAK ZGADZAM SIE", "ZGODA"),
    ),
}

# Who writes one of these wants to be answered in that language, known to us or not. No word of English is among them,
# nor one that may stand in the name of an English-speaking member's house.
_ONLY: dict[str, str] = {
    "cy": """
STOPIWCH STOPIO STOPIA BOPETH POPETH DATGOFRESTRU DANYSGRIFIO DADDANYSGRIFIO DECHRAU DECHREUWCH AILDDECHRAU AILYMUNO
FFONIWCH FFONIA CYMORTH GWYBODAETH PWY YDYCH TAWEL TAWELU YMUNO YMUNWCH YMUN YMUNAF COFRESTRU COFRESTRWCH CHOFRESTRU
GOFRESTRU YCHWANEGU YCHWANEGWCH PASIO PASIWCH TROSGLWYDDO TROSGLWYDDWCH YDW OES PEIDIWCH TYNNWCH HOFFWN HOFFEM
GWELWCH DIOLCH NEGESEUON NEGES RHYBUDDION CYTUNO CADARNHAU RWYF RWYN DWI EISIAU HEDDLU CANIAD GADEWCH CANSLO CANSLWCH
DILEU DILEWCH DIGON ANGHYWIR RHAGOR DDECHRAU RHOWCH GANIAD GALWCH ALLWCH
""",
    "pl": """
REZYGNUJE REZYGNACJA REZYGNUJEMY WYPISZ WYPISZCIE WYPISUJE WYPISAC WYREJESTRUJ WYREJESTROWAC WSZYSTKO WSZYSTKIEGO
WSZYSTKIEMU WZNOW WZNOWIC WZNAWIAM ZADZWON ZADZWONCIE ZADZWONIC ODDZWON ODDZWONCIE ODDZWONIC POMOC INFORMACJE INFORMACJA
KTO KIM JESTES JESTESCIE CZY POLICJA KOGO WYCISZ WYCISZYC DOLACZ DOLACZAM DOLACZE DOLACZYC DOLACZAMY DOLACZYMY ZAPISZ
ZAPISZCIE ZAPISAC ZAPISUJE ZAPISANIE REJESTRACJA ZAREJESTRUJ ZAREJESTROWAC DODAJ DODAJCIE DODAC PRZEKAZ PRZEKAZCIE
PRZEKAZAC TAK NIE PROSZE POTWIERDZAM ZGADZAM ZGODA CHCE DZIEKUJE WIADOMOSCI SMSOW OSTRZEZEN PRZESTAN PRZESTANCIE
WZNOWCIE ZAPISY SKAD MACIE ANULUJ USUN USUNCIE DOSYC SPOKOJ ZREZYGNOWAC DZIEN DOBRY
""",
}
LANGUAGE_OF = {word: language for language, words in _ONLY.items() for word in words.split()}
_KIND_ONLY = {
    word: language
    for language, kinds in KINDS.items()
    for words in kinds.values()
    for word in words.split()
    if word not in {"BAD", "TREF", "TY", "KON", "ROLA"}
}


def every(words: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the words of a table in all its languages."""
    return tuple(word for ones in words.values() for word in ones)


def language_of(text: str) -> str:
    """Return the language of a short text to the service, by its first word that only one language has."""
    words = fold(text).split()
    if words[:1] == ["IE"]:
        return "cy"  # a yes; further on it is English for `that is`
    return next((LANGUAGE_OF[word] for word in words if word in LANGUAGE_OF), ENGLISH)


def language_of_answer(text: str) -> str:
    """Return the language of an answer to what it is, a farm or a boat, by the same, or by that word itself."""
    words = fold(text).split()
    known = LANGUAGE_OF | _KIND_ONLY
    return next((known[word] for word in words if word in known), ENGLISH)
