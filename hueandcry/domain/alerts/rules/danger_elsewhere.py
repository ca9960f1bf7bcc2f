"""Send check: what nobody may be asked, as Welsh and Polish say it; read without the marks on letters. Pure.

The forms are those in which people are asked: in Welsh the imperative (`dilynwch`) and what follows one (`ceisiwch
ddilyn`), in Polish the imperative and the infinitive, which is a command on a sign (`śledzić`). The words are ours, and
no native speaker has read them yet: what they miss, whoever approves the alert finds.
"""

_OURS_CY = "product rule: never follow, stop or box in; words ours, from the Welsh verbs' imperatives"
_OURS_PL = "product rule: never follow, stop or box in; words ours, from the Polish verbs' imperatives and infinitives"
SOURCES = {"cy": _OURS_CY, "pl": _OURS_PL}

# ---- Welsh: whom it is done to. A noun after `y` or `'r`, with an adjective or a softened first letter.
_WHO_CY = (
    r"(?:g?cer?bydau?|g?cerbyd|gerbyd|car|gar|ceir|geir|fan|faniau|lori|lorïau|tryc|pick-?up|cwad|beic|feic|gyrrwr|yrrwr"
    r"|dyn|ddyn|dynion|merch|ferch|merched|menyw|fenyw|dynes|ddynes|pobl|bobl|person|lladron|lleidr|potsiwr|potsiwrs"
    r"|botsiwr|potsieriaid|troseddwyr?|criw|gang|giang|bechgyn|hogia|llanciau|ddau|tri|rhai|cyrswyr)\b"
)
_THEM_CY = (
    r"(?:(?:nhw|hwy|hwynt|ef|fo|hi|unrhyw\s*(?:un|rai|beth)|pwy bynnag|pawb)\b|[eo]\b(?=\s*(?:[.,;!?]|\Z|os\b|pan\b))"
    rf"|(?:(?:y|yr)\s+|'r\s+)(?:\w+\s+)?{_WHO_CY})"
)
_TO_THEM_CY = rf"(?:at(?:o|i|yn|ynt)\b|at\s*{_THEM_CY})"
_ADVICE_CY = (
    r"(?:y|yr|ein|eich|ar|'r)?\s*(?:cyngor|gyngor|canllaw\w*|dd?olen|arwydd\w*|cyfarwydd\w*|llwybr|newyddion|cod)"
)

# (code, what must not be asked)
_WELSH: tuple[tuple[str, str], ...] = (
    (
        "follow",
        (
            rf"\bdilyn(?:wch|a)\b(?!\s*{_ADVICE_CY})"
            r"|\b(?:ceisiwch|triwch|gallwch|allwch|helpwch|rhaid|cofiwch|ewch|dewch)\s+"
            rf"(?:(?:ni|chi|i|i'w|ei|eu)\s+){{0,3}}dd?ilyn\b(?!\s*{_ADVICE_CY})"
            rf"|\bcadwch\s+(?:lygad\s+agos\s+ar\s+)?{_THEM_CY}\s+(?:mewn|o fewn)\s+golwg\b"
            rf"|\barhoswch\s+gyda\s*{_THEM_CY}"
            r"|\bpeidiwch\s+a\s*(?:'u|'i|eu|ei)\s*c?[hg]?olli\b"
        ),
    ),
    (
        "chase",
        (
            rf"\b(?:cwrsiwch|erlidiwch|heliwch)\s*{_THEM_CY}"
            r"|\b(?:ewch|rhedwch|gyrrwch)\s+ar\s+(?:eu|ei)\s+h?ol\b"
            rf"|\b(?:ewch|rhedwch|gyrrwch)\s+ar\s+ol\s*{_THEM_CY}"
        ),
    ),
    ("stop", rf"\b(?:stopiwch|ataliwch)\s*{_THEM_CY}"),
    ("stop_if", r"\bstopiwch\s+(?:os|pan|ar unwaith)\b"),
    (
        "block",
        (
            r"\b(?:blociwch|rhwystrwch|caewch|cauwch)\s*(?:"
            rf"{_THEM_CY}|(?:y|yr|eu|ei|bob|pob|'r)\s*(?:\w+\s+)?(?:ff[oy]r\w*|heol\w*|lon\w*|trac\w*|allanfa|mynedfa)\b)"
            r"|\bparciwch\s+ar\s+draws\b|\bcaewch\s+(?:y|'r)\s*giat\w*\s+(?:ar eu hol|y tu ol)\b"
        ),
    ),
    ("box_in", rf"\b(?:amgylchynwch|cornelwch)\b|\bcaewch\s*{_THEM_CY}\s+i\s+mewn\b"),
    (
        "head_off",
        rf"\b(?:rhyng-?gipiwch|trapiwch)\b|\btorrwch\s+(?:eu|ei)\s+ffordd\b|\btorrwch\s*{_THEM_CY}\s+i\s+ffwrdd\b",
    ),
    (
        "detain",
        rf"\b(?:cadwch|cedwch)\s*{_THEM_CY}\s+(?:yno|yna|yma|i siarad|i aros)\b|\b(?:cyfyngwch|oedwch)\s*{_THEM_CY}",
    ),
    (
        "catch",
        (
            rf"\b(?:daliwch|bachwch)\s*{_THEM_CY}|\b(?:gafaelwch|cydiwch)\s+yn\w*\b"
            rf"|\b(?:ceisiwch|helpwch)\s+(?:ni\s+)?(?:i\s+)?ddal\s*{_THEM_CY}"
        ),
    ),
    ("arrest", r"\barest(?:iwch|ia)\b"),
    (
        "confront",
        (
            rf"\b(?:heriwch|wynebwch|taclwch)\s*{_THEM_CY}"
            rf"|\b(?:gyrrwch|hel(?:iwch)?|erlidiwch|hysiwch)\s*{_THEM_CY}\s+(?:i ffwrdd|ymaith|o'na|o 'na|allan)"
        ),
    ),
    (
        "approach",
        (
            rf"\b(?:ewch|dewch|nesewch|nesawch|mentrwch)\s+(?:draw\s+|yn\s+agos\s+|yn\s+nes\s+)?{_TO_THEM_CY}"
            rf"|\bsiaradwch\s+(?:a|gyda|efo)\s*{_THEM_CY}"
            rf"|\bgofynnwch\s+(?:iddyn\w*|iddo|iddi|i\s*{_THEM_CY})"
        ),
    ),
    (
        "search",
        (
            rf"\b(?:chwiliwch|archwiliwch)\s+(?:drwy\s*)?(?:y|yr|eu|ei|'r)\s*{_WHO_CY}"
            rf"|\bedrychwch\s+(?:y tu mewn i|i mewn i|yn)\s*(?:'r|y|eu|ei)\s*{_WHO_CY}"
            r"|\bcymerwch\s+(?:eu|ei)\s+h?(?:allwedd|oriad|goriad)\w*|\bgollyngwch\s+(?:y\s+)?gwynt\b"
        ),
    ),
    (
        "go_out",
        (
            r"\b(?:ewch|dewch)\s+(?:(?:allan|mas|draw|yno|i fyny|i lawr)\s+)?(?:i|ac)\s+"
            r"(?:chwilio|edrych|weld|gweld|hela|helpu|wirio)\b(?!\s+(?:ein\b|ar\s+ein\b|y\s+wefan|www))"
            r"|\bpatroliwch\b|\bgyrrwch\s+o\s+gwmpas\b"
        ),
    ),
    (
        "harm",
        (
            rf"\b(?:trawwch|tarwch|curwch|dyrnwch|clymwch|hyrddiwch|saethwch(?:\s+at)?)\s*{_THEM_CY}"
            r"|\bymosodwch\b|\bsaethwch\s+at(?:yn\w*|o|i)\b"
            r"|\b(?:gollyngwch|gyrrwch|hysiwch)\s*(?:eich|y|ein|'ch|'r)\s*(?:cwn|ci)\b"
        ),
    ),
    (
        "lie_in_wait",
        (
            r"\bcuddiwch\s+(?:yn|tu ol|y tu|wrth|ger|ac)\b|\bllechwch\b"
            rf"|\b(?:arhoswch|disgwyliwch)\s+am(?:danyn\w*|dano|dani|\s*{_THEM_CY})"
        ),
    ),
    (
        "weapons",
        (
            r"\b(?:dewch|ewch|cymerwch|cariwch|byddwch|cydiwch)\s+(?:yno\s+|allan\s+)?(?:a|ag|gyda|efo)?\s*"
            r"(?:'ch|eich|'r|y)?\s*(?:\w+\s+)?"
            r"(?:gynn?au|dryll\w*|ddryll\w*|gwn|reiffl\w*|arfau|[pb]astwn|[pb]astynau|ffyn|ffon|bwyell|fwyell)\b"
            r"|\barfogwch\b"
        ),
    ),
)

# ---- Polish
_WHO_PL = (
    r"(?:samoch\w+|aut\w+|pojazd\w*|furgonetk\w*|van\w*|pick-?up\w*|ciezarow\w+|quad\w*|kierowc\w*|mezczyzn\w*|kobiet\w*"
    r"|ludzi\w*|osob\w*|spraw[ct]\w*|zlodzie\w+|klusownik\w*|podejrzan\w+|pasazer\w*|gang\w*|bandyt\w*)\b"
)
_THEM_PL = (
    r"(?:(?:ich|nich|nimi|go|nim|niego|jego|ja|nia|niej|je|kogos|kogokolwiek|kazdego|wszystkich)\b"
    rf"|(?:(?:t\w{{1,3}}|kazd\w+|jakikolwiek)\s+)?(?:\w+\s+)?{_WHO_PL})"
)
_OUR_NEWS_PL = r"(?:nasz\w*|strone|profil\w*|wiadomosci|komunikat\w*|informacj\w*|aktualnosc\w*|rady|znaki)"

_POLISH: tuple[tuple[str, str], ...] = (
    (
        "follow",
        (
            rf"\bsledz(?:cie|ic)?\b(?!\s+{_OUR_NEWS_PL})"
            r"|\b(?:jedz(?:cie)?|jechac|pojedz(?:cie)?|pojechac|idz(?:cie)?|isc|pojdz(?:cie)?|pojsc|biegnij(?:cie)?|biec"
            rf"|podazaj(?:cie)?|podazac|rusz(?:cie|yc)?)\s+za\s+{_THEM_PL}"
            rf"|\btrzyma(?:j|jcie|c)\s+sie\s+(?:za\s+)?{_THEM_PL}"
            r"|\bnie\s+(?:trac|straccie|tracic|stracic|spuszczaj(?:cie)?|spuszczac)\s+(?:\w+\s+)?z\s+(?:oczu|oka)\b"
        ),
    ),
    (
        "chase",
        rf"\b(?:gon(?:cie|ic)?|dogon(?:cie|ic)?|scigaj(?:cie)?|scigac)\s+{_THEM_PL}|\bw\s+poscig\b",
    ),
    ("stop", rf"\bzatrzym(?:aj|ajcie|ac|uj|ujcie|ywac)\s+{_THEM_PL}"),
    ("stop_if", r"\bzatrzymaj(?:cie)?,?\s+(?:sie,?\s+)?(?:jesli|jezeli|gdy|od razu|natychmiast)\b"),
    (
        "block",
        (
            r"\b(?:za)?blok(?:uj|ujcie|owac)\s+(?:im\s+|mu\s+|jej\s+)?"
            rf"(?:{_THEM_PL}|(?:\w+\s+)?(?:drog\w*|przejazd\w*|wyjazd\w*|wjazd\w*|ulic\w*|bram\w*))"
            r"|\b(?:zagrodz(?:cie|ic)?|zastaw(?:cie|ic)?|zamknij(?:cie)?|zamknac)\s+(?:im|mu|jej)\b"
            r"|\b(?:zagrodz(?:cie|ic)?|zastaw(?:cie|ic)?|zamknij(?:cie)?|zamknac)\s+(?:\w+\s+)?(?:drog\w*|przejazd\w*|wyjazd\w*)"
        ),
    ),
    ("box_in", rf"\b(?:otocz(?:cie|yc)?|okraz(?:cie|yc)?|osacz(?:cie|yc)?)\s+{_THEM_PL}"),
    (
        "head_off",
        (
            r"\b(?:przechwyc(?:cie|ic)?|odetnij(?:cie)?|odciac|przetnij(?:cie)?|przeciac|zajedz(?:cie)?|zajechac)\s+"
            rf"(?:{_THEM_PL}|im\b|mu\b|jej\b|droge\b)"
        ),
    ),
    (
        "detain",
        (
            rf"\b(?:przytrzymaj(?:cie)?|przytrzymac|uwiez(?:cie|ic)?|obezwladnij(?:cie)?|obezwladnic|unieruchom(?:cie|ic)?)\s+{_THEM_PL}"
            r"|\bnie\s+(?:pozwol(?:cie|ic)?|daj(?:cie)?|dac)\s+(?:im|mu|jej)\s+(?:uciec|odjechac|odejsc|wyjechac)\b"
        ),
    ),
    (
        "catch",
        (
            r"\b(?:zlap(?:cie|ac)?|lap(?:cie|ac)?|schwyta(?:j|jcie|c)|chwyta(?:j|jcie|c)|pojmij(?:cie)?|pojmac|ujmij(?:cie)?|ujac"
            rf"|dorwij(?:cie)?|dorwac)\s+{_THEM_PL}"
        ),
    ),
    ("arrest", rf"\b(?:aresztuj(?:cie)?|aresztowac)\s+{_THEM_PL}|\bzatrzymanie\s+obywatelskie\b"),
    (
        "confront",
        (
            rf"\b(?:przegon(?:cie|ic)?|przeped[zz](?:cie|ic)?|wygon(?:cie|ic)?)\s+{_THEM_PL}|\bskonfrontuj\w*"
            r"|\brozpraw(?:cie|ic)?\s+sie\b|\b(?:staw(?:cie|ic)?)\s+(?:im|mu)\s+czola\b"
        ),
    ),
    (
        "approach",
        (
            rf"\b(?:podejdz(?:cie)?|podejsc|podchodz(?:cie|ic)?)\s+do\s+{_THEM_PL}"
            rf"|\bzbliz(?:cie|yc)?\s+sie\s+do\s+{_THEM_PL}"
            rf"|\b(?:porozmawiaj(?:cie)?|porozmawiac|zagadaj(?:cie)?|zagadac)\s+(?:z|do)\s+{_THEM_PL}"
            rf"|\b(?:zapytaj(?:cie)?|zapytac|spytaj(?:cie)?|spytac)\s+{_THEM_PL}"
        ),
    ),
    (
        "search",
        (
            rf"\b(?:przeszukaj(?:cie)?|przeszukac)\s+{_THEM_PL}|\b(?:zajrzyj(?:cie)?|zajrzec)\s+do\s+{_THEM_PL}"
            r"|\b(?:zabierz(?:cie)?|zabrac)\s+(?:im|mu|jej)\s+klucz\w*|\bprzebij(?:cie)?\s+(?:\w+\s+)?opon\w*"
        ),
    ),
    (
        "go_out",
        (
            r"\b(?:wyjdz(?:cie)?|wyjsc|idz(?:cie)?|isc|pojdz(?:cie)?|pojsc|jedz(?:cie)?|pojedz(?:cie)?|wyrusz(?:cie|yc)?)\s+"
            r"(?:\w+\s+){0,2}(?:szukac|poszukac|sprawdzac|sprawdzic|zobaczyc|rozejrzec|pomagac|na\s+poszukiwania)\b"
            r"|\bpatroluj(?:cie)?\b|\bpatrolowac\b|\bprzeczes(?:aj|ajcie|ac|uj|ujcie)\b"
        ),
    ),
    (
        "harm",
        (
            r"\b(?:uderz(?:cie|yc)?|bij(?:cie)?|pobij(?:cie)?|pobic|taranuj(?:cie)?|(?:s|st)taranowac|staranuj(?:cie)?|staranowac"
            rf"|zwiaz(?:cie|ac)?|przejedz(?:cie)?|przejechac)\s+(?:w\s+)?{_THEM_PL}"
            rf"|\bstrzela(?:j|jcie|c)\s+(?:do|w)\s+{_THEM_PL}|\bzastrzel\w*"
            r"|\b(?:spusc(?:cie|ic)?|spuszczaj(?:cie)?|poszczuj(?:cie)?|szczuj(?:cie)?)\s+(?:\w+\s+){0,2}ps(?:y|a|ami|em)\b"
        ),
    ),
    (
        "lie_in_wait",
        (
            r"\b(?:zaczaj(?:cie)?|zaczaic|czaj(?:cie)?|czaic)\s+sie\b|\b(?:zrob(?:cie|ic)?|urzadz(?:cie|ic)?)\s+zasadzke\b"
            r"|\b(?:ukryj(?:cie)?|ukryc|schowaj(?:cie)?|schowac)\s+sie\b"
            rf"|\b(?:czekaj(?:cie)?|czekac|zaczekaj(?:cie)?|poczekaj(?:cie)?)\s+na\s+{_THEM_PL}"
        ),
    ),
    (
        "weapons",
        (
            r"\b(?:wez(?:cie)?|wziac|zabierz(?:cie)?|zabrac|przynies(?:cie|c)?|przyjdz(?:cie)?|wyjdz(?:cie)?|wyjsc|czekaj(?:cie)?)\s+"
            r"(?:\w+\s+){0,2}(?:bron\w*|strzelb\w*|karabin\w*|kij(?:e|ami|em)?|palk\w*|siekier\w*|noz\w*|widl\w*)\b"
            r"|\buzbroj(?:cie)?\s+sie\b|\buzbroic\s+sie\b"
        ),
    ),
)

UNSAFE_ELSEWHERE: dict[str, tuple[tuple[str, str], ...]] = {"cy": _WELSH, "pl": _POLISH}

# Pictures only where it is safe, as in English: a warning.
PHOTO_ELSEWHERE: dict[str, str] = {
    "cy": (
        r"\b(?:tynnwch|cymerwch)\s+(?:\w+\s+)?(?:lun|luniau|ffoto\w*|fideo\w*)\b(?![^.\n]{0,40}\bdd?iogel)"
        r"|\bffilmiwch\b(?![^.\n]{0,40}\bdd?iogel)|\b(?:nodwch|cymerwch|cewch)\s+(?:y|eu|ei)?\s*rhif\b(?![^.\n]{0,40}\bdd?iogel)"
    ),
    "pl": (
        r"\b(?:zrob(?:cie|ic)?|rob(?:cie|ic)?)\s+(?:\w+\s+)?(?:zdjeci\w*|fot\w+)\b(?![^.\n]{0,60}\bbezpiecz)"
        r"|\b(?:sfotografuj(?:cie)?|sfotografowac|nagraj(?:cie)?|nagrac|sfilmuj(?:cie)?|filmuj(?:cie)?)\b(?![^.\n]{0,60}\bbezpiecz)"
    ),
}
TASKING_ELSEWHERE: dict[str, str] = {
    "cy": (
        r"\b(?:holwch|gofynnwch)\s+o\s+gwmpas\b|\b(?:darganfyddwch|ffeindiwch allan|mynnwch wybod|chwiliwch allan)\s+"
        r"(?:pwy|ble|lle|beth|a\b|os\b)|\bysbiwch\b|\bclustfeiniwch\b|\bgwrandewch\s+(?:i mewn|arnyn\w*|arno)\b"
    ),
    "pl": (
        r"\b(?:dowiedz(?:cie)?|dowiedziec)\s+sie,?\s+(?:kto|gdzie|czyj\w*|czy|skad|co|kim|ile)\b"
        r"|\b(?:wypytaj(?:cie)?|wypytac|popytaj(?:cie)?|popytac|rozpytaj(?:cie)?|podsluchaj(?:cie)?|podsluchac|szpieguj(?:cie)?)\b"
        r"|\bzaprzyjaznij(?:cie)?\s+sie\b"
    ),
}
