"""What a whole text asks of the service in Welsh and Polish, and how a wish to stop is said there in more words. Pure.

Folded as every text is (`kit.text.fold`). Only words that ask nothing else stop anybody: `dim` (nothing), `na`, `nie`,
`dosc` (enough) and `koniec` (the end) are answers, and so is `tawel` (quiet) unless it says for how long. The words are
ours, and no native speaker has read them yet: `hueandcry words --read cy` puts them into that person's list.
"""

import re

STOP: dict[str, tuple[str, ...]] = {
    "cy": ("STOPIWCH", "STOPIO", "STOPIA", "DATGOFRESTRU", "DAD DANYSGRIFIO", "DADDANYSGRIFIO"),
    "pl": (
        *("REZYGNUJE", "REZYGNUJEMY", "REZYGNACJA", "WYPISZ", "WYPISZ MNIE", "WYPISZ NAS", "WYPISZCIE MNIE"),
        *("WYPISUJE SIE", "WYREJESTRUJ", "WYREJESTRUJ MNIE", "WYREJESTROWAC"),
    ),
}
STOP_ALL: dict[str, tuple[str, ...]] = {
    "cy": (
        *("STOPIWCH BOPETH", "STOPIWCH POPETH", "STOPIO POPETH", "STOPIO BOPETH", "STOP POPETH", "STOP BOPETH"),
        "STOPIWCH BOB UN",
    ),
    "pl": (
        *("STOP WSZYSTKO", "STOP WSZYSTKIEMU", "REZYGNUJE ZE WSZYSTKIEGO", "WYPISZ ZE WSZYSTKIEGO"),
        "WYPISZ MNIE ZE WSZYSTKIEGO",
    ),
}
START: dict[str, tuple[str, ...]] = {
    "cy": ("DECHRAU", "DECHREUWCH", "AILDDECHRAU", "AIL DDECHRAU", "AILYMUNO"),
    "pl": ("WZNOW", "WZNOWCIE", "WZNOWIC", "WZNAWIAM", "PROSZE WZNOWIC"),
}
CALL: dict[str, tuple[str, ...]] = {
    "cy": (
        *("FFONIWCH", "FFONIWCH FI", "FFONIWCH FI PLIS", "FFONIWCH FI OS GWELWCH YN DDA", "FFONIWCH NI"),
        *("FFONIWCH FI YN OL", "FFONIWCH YN OL", "FFONIA FI", "GALWCH FI", "GALWCH FI YN OL"),
        *("PLIS FFONIWCH FI", "FFONIWCH FI NOL", "FFONIWCH FI HEDDIW", "FFONIWCH FI HENO", "ALLWCH CHI FFONIO FI"),
        *("RHOWCH GANIAD", "RHOWCH GANIAD I MI", "RHOWCH GANIAD I FI"),
    ),
    "pl": (
        *("ZADZWON", "ZADZWONCIE", "ZADZWON DO MNIE", "ZADZWONCIE DO MNIE", "ZADZWONIC", "PROSZE ZADZWONIC"),
        *(
            "PROSZE DO MNIE ZADZWONIC",
            "PROSZE ODDZWONIC DO MNIE",
            "PROSZE O KONTAKT",
            "PROSZE O TELEFON",
            "ODDZWON",
            "ODDZWONCIE",
            "PROSZE ODDZWONIC",
        ),
    ),
}
HELP: dict[str, tuple[str, ...]] = {
    "cy": ("CYMORTH", "GWYBODAETH"),
    "pl": ("POMOC", "INFORMACJE", "INFORMACJA"),
}
WHO: dict[str, tuple[str, ...]] = {
    "cy": (
        *(
            "PWY",
            "PWY SYDD YNA",
            "PWY SYDD YMA",
            "PWY YDYCH CHI",
            "PWY YW HWN",
            "PWY YW HYN",
            "PWY DACH CHI",
            "PWY YW E",
            "PWY YDI HWN",
            "PWY YDYW HWN",
        ),
        *("AIR HEDDLU YW HYN", "AIR HEDDLU SYDD YNA", "AI CHI YWR HEDDLU", "PWY SYN TECSTIO", "PWY SYN ANFON HWN"),
    ),
    "pl": (
        *("KTO", "KTO TO", "KTO TO JEST", "KTO PISZE", "KTO TO PISZE", "KIM JESTESCIE", "KIM JESTES", "OD KOGO TO"),
        *("CZY TO POLICJA", "CZY TO NAPRAWDE POLICJA", "TO POLICJA", "KTO DO MNIE PISZE", "KIM PANSTWO SA"),
        "SKAD MACIE MOJ NUMER",
    ),
}

# What each asks for, as the list for a native reader says it.
ASKS: dict[str, dict[str, tuple[str, ...]]] = {
    "stop these messages": STOP,
    "stop everything, open cases too": STOP_ALL,
    "start again": START,
    "ring me": CALL,
    "help": HELP,
    "is this really the police?": WHO,
}

# How long nothing is sent: TAWEL 7, TAWELU, WYCISZ NA TYDZIEN.
MUTE = (
    r"(?:TAWELU|WYCISZ|WYCISZYC)(?: {long})?"
    r"|TAWEL {long}"
)
MUTE_UNITS = "DIWRNODAU|DIWRNOD|DDIWRNOD|WYTHNOSAU|WYTHNOS|DZIEN|DNI|TYDZIEN|TYGODNIE|TYGODNI"
MUTE_FOR = "AM|NA"

_SENT_CY = r"(?:NEGES(?:EUON)?|TECST(?:IAU)?|DECST(?:IAU)?|RHYBUDD(?:ION)?|E ?BYST)"
_NOT_MORE_CY = r"(?:(?:DIM |DDIM )?(?:RHAGOR|MWY))"
_SENT_PL = r"(?:WIADOMOSC\w*|SMS\w*|OSTRZEZEN\w*|ALERT\w*|POWIADOM\w*|MAIL\w*)"
_PLEASE_CY = r"(?: PLIS| DIOLCH| OS GWELWCH YN DDA)"
# The same turns of phrase as in English; what may follow is said, for `Peidiwch ag anfon y cŵn` speaks of the dogs.
STOP_PHRASE = (
    r"\b(?:"
    rf"PEIDIWCH (?:AG? )?(?:ANFON|DANFON|HALA)(?: {_NOT_MORE_CY}(?: O)?| Y| R| YR)?"
    rf"(?: {_SENT_CY}| RHAIN| ATA\w*| ATO I| I MI)"
    rf"|PEIDIWCH (?:AG? )?(?:ANFON|DANFON|HALA)(?: {_NOT_MORE_CY})?$"
    r"|PEIDIWCH (?:A )?(?:TH?ECSTIO|DECSTIO|CHYSYLLTU|CYSYLLTU)"
    rf"|DIM (?:MWY|RHAGOR)(?: O)? {_SENT_CY}"
    r"|TYNNWCH (?:FI|NI|FY RHIF|FY ENW|EIN RHIF)(?: I| NI)? (?:ODDI|ALLAN O|O R RHESTR)"
    rf"|STOPI(?:WCH|A|O) (?:ANFON|DANFON|TECSTIO|CYSYLLTU|HALA|(?:Y |R |YR |EICH )?{_SENT_CY})"
    rf"|DDIM (?:YN )?(?:EISIAU|ISIO|ISE|MOYN|AM|ANGEN)R? ?(?:\w+ ){{0,3}}(?:{_SENT_CY}|RHAIN)"
    r"|RHIF ANGHYWIR (?:STOP|TYNN|DILE|PEIDI|CANSL)"
    rf"|(?:DIGON|GORMOD) OR? {_SENT_CY}|(?:DOD|DDOD) ODDI AR Y RHESTR|HOFFWN (?:I )?GANSLO|PERSON ANGHYWIR"
    rf"|DDIFFODD (?:Y )?(?:RHAIN|{_SENT_CY})|ADAEL Y (?:CYNLLUN|GRWP|RHESTR)|R?H?OIR GORAU I (?:GAEL|DDERBYN)"
    rf"|SUT .{{0,20}}(?:STOPIO|DATGOFRESTRU|CANSLO)R? ?(?:Y )?(?:{_SENT_CY}|RHAIN|HYN|$)"
    r"|DILE(?:U|WCH) FY (?:RHIF|MANYLION|ENW)|CANSL(?:O|WCH) FY (?:AELODAETH|NHANYSGRIFIAD|TANYSGRIFIAD)"
    r"|GADEWCH (?:LONYDD I|FI YN LLONYDD|FI N LLONYDD)"
    rf"|NIE WYSYLAJ(?:CIE)?(?: (?:MI|NAM|MNIE|DO MNIE|JUZ|WIECEJ|TYCH|ZADNYCH))+|NIE WYSYLAJ(?:CIE)?(?: {_SENT_PL}|$)"
    r"|NIE PISZ(?:CIE)?(?: (?:DO MNIE|DO NAS|MI|WIECEJ|JUZ|NA TEN NUMER|TU|TUTAJ)|$)"
    r"|PROSZE (?:MI |NAM |DO MNIE )?(?:JUZ )?NIE (?:PISAC|WYSYLAC|PRZYSYLAC)(?: (?:DO MNIE|DO NAS|MI|WIECEJ|JUZ"
    rf"|TYCH|{_SENT_PL})|$)"
    r"|PROSZE (?:MNIE|NAS) (?:WYPISAC|USUNAC|SKRESLIC)|(?:WYPISZ|WYPISZCIE) (?:MNIE|NAS) Z|NIE ZYCZE SOBIE"
    r"|PROSZE PRZESTAC (?:PISAC|WYSYLAC|DZWONIC)"
    rf"|NIE CHCE(?:MY)? (?:\w+ ){{0,3}}{_SENT_PL}"
    r"|(?:USUN|USUNCIE|USUNAC|SKRESL|SKRESLCIE|SKRESLIC|WYKRESL|WYKRESLCIE) (?:MNIE|NAS|(?:MOJ|NASZ|TEN) NUMER)"
    rf"|(?:ZA|ZBYT) DUZO (?:TYCH )?{_SENT_PL}|O USUNIECIE (?:MNIE |NUMERU )?Z|TO NIE TEN NUMER"
    r"|TO NIE (?:JEST )?MOJ NUMER|(?:DOSC|DOSYC) (?:JUZ )?(?:TYCH |WASZYCH )?"
    rf"{_SENT_PL}|PRZESTAN(?:CIE)? (?:JUZ )?(?:PISAC|WYSYLAC|DZWONIC|MI |MNIE )"
    r"|(?:JAK|CHCE|CHCIALBYM|CHCIALABYM|CHCEMY|PROSZE) (?:SIE )?(?:WYPISAC|ZREZYGNOWAC|WYREJESTROWAC)"
    r"|DAJ(?:CIE)? (?:MI|NAM) (?:SWIETY )?SPOKOJ"
    rf"|ANULUJ(?:CIE)? (?:MOJA |MOJE )?(?:SUBSKRYPCJE|CZLONKOSTWO|{_SENT_PL})|KONIEC {_SENT_PL}"
    r"|STOP (?:SMSY|SMSOM|WIADOMOSCIOM?)"
    r")"
    rf"|^DIM (?:MWY|RHAGOR){_PLEASE_CY}+$|^(?:CANSLO|CANSLWCH){_PLEASE_CY}*$"
    rf"|^(?:DOES GEN I |SGEN I )?(?:DDIM|DIM) DIDDORDEB(?:{_PLEASE_CY}| SORI| STOPIWCH)*$"
    rf"|^RHIF ANGHYWIR(?:{_PLEASE_CY}| SORI)*$"
    r"|^(?:NIE INTERESUJE MNIE TO|TO MNIE NIE INTERESUJE|JAK (?:TO|JE) WYLACZYC)$|^ODCZEP(?:CIE)? SIE(?: ODE MNIE)?$"
    r"|^(?:TO )?NIE DLA MNIE(?: DZIEKI| DZIEKUJE)?$|^(?:DDIM|DIM|NID) I (?:FI|MI)(?: DIOLCH| SORI)*$"
    r"|^(?:ANULUJ|USUN|USUN MNIE)(?: PROSZE)?$"
    r"|^(?:JUZ )?NIE (?:JESTEM|JESTESMY) (?:JUZ )?ZAINTERESOWAN[AYI](?: DZIEKUJE| PROSZE NIE PISAC)?$"
)

# Said in no phrase that we know, as in English: in few words, something is to end, it is what we send, and nothing is
# seen or told.
TO_END = re.compile(
    r"\b(?:DIM MWY|DIM RHAGOR|STOPI(?:WCH|O|A)R?|PEIDI(?:WCH|O)|DDIM (?:EISIAU|ISIO|MOYN|ANGEN)|MWYACH|BELLACH"
    r"|TYNNWCH"
    r"|TYNNU|CANSL\w+|DILEU(?:WCH)?|DILEWCH|G?ADAEL (?:Y|R|YR|EICH)|D?DIFFODD|D?DOD ODDI AR|(?:DDIM"
    r"|DIM) (?:O )?DDIDDORDEB"
    r"|RHYWUN ARALL|BYTH ETO"
    r"|NIE (?:CHCE|CHCEMY|POTRZEBUJE|POTRZEBUJEMY|PISAC|PISZ|PISZCIE|WYSYLAC|WYSYLAJ|WYSYLAJCIE|DZWONIC)|WYPISAC"
    r"|SKONCZCIE"
    r"|SKONCZYC|USUNAC|USUN|USUNCIE|PRZESTAN\w*|PRZESTAC|ZREZYGNOWAC|OPUSCIC|WYLACZYC|WYLACZCIE|KOGOS INNEGO"
    r"|NIGDY WIECEJ)\b"
)
OF_OURS = re.compile(
    r"\b(?:NEGESEUON|TECSTIAU|DECSTIAU|RHYBUDDION|E ?BYST|RHAIN|RHEINI|(?:FY|Y) RHIF|RHIF YMA|RHESTR"
    r"|G?RWP|CYNLLUN|ANFON|DANFON|YRRU|TECSTIO|THECSTIO|HWN|BYTH ETO"
    r"|WIADOMOSC\w*|SMS\w*|OSTRZEZEN\w*|ALERT\w*|POWIADOM\w*|NUMER|LIST[AEY]|GRUP[EY]|PISAC|Z TEGO|DO MNIE"
    r"|NIGDY WIECEJ)\b"
)
TOLD = re.compile(
    r"\b(?:NHW|F?FAN(?:IAU)?|FANIAU|G?CAR|GAR|CEIR|LORI|CWAD|D?DYN(?:ION)?|[CG]H?WN|G?CI|DEFAID|D?DAFAD|GIAT|LON"
    r"|FFORDD"
    r"|G?CAE|COED|SGUBOR|SIED|PLAT|POBL|BOBL|P?BONT|GWELAIS|WELAIS|LLADRON|LLUN|TAN|SWN|DEFNYDDIOL|DDEFNYDDIOL"
    r"|AMBIWLANS"
    r"|VAN\w*|AUT[OA]|SAMOCH\w+|QUAD\w*|PS(?:Y|A|OW|EM|AMI)|OWC\w*|OWIEC|BRAM\w*|DROG\w*|POL[EAU]|LAS\w*"
    r"|STODOL\w*|LUDZI\w*"
    r"|MEZCZYZN\w*|MOST\w*|ZLODZIE\w*|WIDZIAL\w*|WIDZE|KARETK\w*|ZDJECI\w*|REJESTRACYJN\w*|IM|IMI|ICH|PRZYDATNE"
    r"|NIKOGO)\b"
)
# Not to stop is no wish to stop: `peidiwch â stopio'r rhybuddion`, `nie przestawajcie`.
NOT_STOP = r"PEIDIWCH A (?:STOPI|CHANSL)\w*|NIE PRZESTAWAJ(?:CIE)?"
