"""What the send check must find and leave alone in Welsh and Polish, by its row: our own sentences."""

Rows = dict[str, tuple[list[str], list[str]]]

WELSH: Rows = {
    "unsafe_follow_cy": (
        ["Dilynwch nhw", "Ceisiwch ddilyn y fan", "Gallwch eu dilyn", "cadwch nhw mewn golwg", "Peidiwch â'u colli"],
        [
            "Peidiwch â dilyn neb",
            "Dilynwch y cyngor ar ein tudalen",
            "yn dilyn lladrad",
            "Peidiwch â cheisio dilyn y car",
        ],
    ),
    "unsafe_chase_cy": (
        ["Erlidiwch y fan", "ewch ar eu hôl", "Rhedwch ar ôl y lladron"],
        ["Mae defaid yn cael eu herlid", "Tri dyn yn cwrsio ysgyfarnogod"],
    ),
    "unsafe_stop_cy": (
        ["Stopiwch nhw", "Stopiwch y fan wen", "ataliwch y gyrrwr"],
        ["Helpwch ni i atal troseddau", "Safle bws", "Peidiwch â stopio'r fan", "Tecstiwch STOP i orffen"],
    ),
    "unsafe_stop_if_cy": (["Stopiwch os gwelwch chi nhw"], ["Ni stopiodd y fan"]),
    "unsafe_block_cy": (
        ["Blociwch y ffordd", "caewch bob lôn", "Rhwystrwch y car", "parciwch ar draws y trac"],
        ["Mae coeden ar draws y ffordd", "Caewch eich gatiau", "Mae'r ffordd ar gau"],
    ),
    "unsafe_box_in_cy": (["Amgylchynwch nhw", "cornelwch y lladron"], ["Mae cae wedi'i amgylchynu"]),
    "unsafe_head_off_cy": (["Torrwch eu ffordd", "Trapiwch y car"], ["Torrwyd ffens"]),
    "unsafe_detain_cy": (["Cadwch nhw yno", "cadwch y dynion yma"], ["Cadwch draw", "Cadwch eich cŵn i mewn"]),
    "unsafe_catch_cy": (
        ["Daliwch nhw", "Daliwch y lladron", "Helpwch ni i ddal y dynion"],
        ["Daliwch ati", "Daliwch i edrych", "Cafodd dau eu dal"],
    ),
    "unsafe_arrest_cy": (["Arestiwch nhw"], ["Cafodd dau eu harestio"]),
    "unsafe_confront_cy": (
        ["Heriwch y dynion", "wynebwch nhw", "Gyrrwch nhw i ffwrdd"],
        ["Her i ffermydd", "Gyrrwch yn araf"],
    ),
    "unsafe_approach_cy": (
        [
            "Ewch at y car",
            "ewch atyn nhw",
            "Siaradwch â nhw",
            "Gofynnwch iddyn nhw pwy ydyn nhw",
            "siaradwch â'r gyrrwr",
        ],
        ["Peidiwch â mynd at neb", "Ewch at ein gwefan", "Siaradwch â'ch swyddog"],
    ),
    "unsafe_search_cy": (
        ["Chwiliwch y car", "edrychwch i mewn i'r fan", "cymerwch eu hallweddi"],
        ["Chwiliwch eich siediau", "Tynnwch yr allwedd allan"],
    ),
    "unsafe_go_out_cy": (
        ["Ewch allan i chwilio", "Ewch i edrych", "dewch i helpu", "Patroliwch eich tir"],
        ["Peidiwch â mynd i edrych", "Ewch i weld ein tudalen", "Edrychwch drwy'r ffenestr"],
    ),
    "unsafe_harm_cy": (
        ["Trawwch nhw", "saethwch at y car", "Gollyngwch eich cŵn"],
        ["Cafodd oen ei daro", "Clywyd saethu", "Mae cŵn yn rhydd"],
    ),
    "unsafe_lie_in_wait_cy": (
        ["Cuddiwch yn y sgubor", "Arhoswch amdanyn nhw"],
        ["Cuddiwch eich offer", "Arhoswch gartref"],
    ),
    "unsafe_weapons_cy": (
        ["Dewch â gynnau", "cymerwch bastwn neu ffon", "Arfogwch eich hun", "ewch â'ch dryll"],
        ["Dygwyd gynnau o sied", "Dewch â'ch offer i'w farcio"],
    ),
    "photo_cy": (
        ["Tynnwch lun", "Ffilmiwch nhw"],
        ["Tynnwch lun dim ond os yw'n ddiogel", "Llun o'r cwad"],
    ),
    "protected_cy": (
        ["Gwelwyd sipsiwn", "dau ddyn du", "acen Wyddelig", "Rwmaniaid mewn fan"],
        ["Fan ddu", "dynion mewn cotiau du", "Ceffyl gwyn"],
    ),
    "slur_cy": (["y gipos"], ["gipsi, nid gair drwg"]),
    "health_cy": (
        [
            *(
                "Mae dementia arno",
                "dyn â dementia",
                "â'r clefyd Alzheimer",
                "mae ganddi iselder",
                "dioddef o'i hiselder",
            ),
            *("problemau iechyd meddwl", "salwch meddwl", "yn sâl yn feddyliol", "gallai fod yn hunanladdol"),
            *("risg o hunanladdiad", "yn hunan-niweidio", "mae'n alcoholig", "yn gaeth i gyffuriau", "sgitsoffrenia"),
            *("anhwylder deubegwn", "ei ddementia'n waeth", "yn meddwl am ladd ei hun", "mae hi'n isel ei hysbryd"),
        ],
        [
            *(
                "Gall fod yn ddryslyd",
                "Diwrnod iechyd a diogelwch",
                "Rydym yn meddwl bod tri dyn",
                "Defaid sâl ar y ffordd",
            ),
            *("Lladrad o'r ganolfan iechyd", "Alcohol wedi'i ddwyn", "Tir isel ger yr afon", "Cae ger yr ysbyty"),
        ],
    ),
    "promise_cy": (
        [
            *(
                "Bydd swyddog yn dod",
                "Bydd yr heddlu yno'n fuan",
                "Mae'r heddlu ar y ffordd",
                "Mae swyddogion ar eu ffordd",
            ),
            *(
                "Byddwn ni yno",
                "Rydyn ni ar ein ffordd",
                "Byddwn yn eu harestio",
                "Daw swyddog draw heno",
                "Fe ddown ni",
            ),
            *("Bydd patrôl yn galw", "Mae help ar y ffordd", "Bydd uned yn cyrraedd cyn hir", "Mae'r heddlu'n dod"),
            *("Byddwn yn ymweld â phob fferm", "Anfonwn swyddog atoch", "Bydd swyddogion yn mynychu"),
        ],
        [
            *(
                "Byddwn yn darllen pob ateb",
                "Daeth yr heddlu ddoe",
                "Mae'r fan ar y ffordd i Holt",
                "Dewch i'r cyfarfod",
            ),
            *(
                "Bydd cyfarfod nos Iau",
                "Ffoniwch yr heddlu",
                "Mae'r heddlu'n chwilio am gar",
                "Bu swyddogion yno neithiwr",
            ),
            *("Ni fydd yr heddlu'n dod", "Mae'r lladron yn dod yn y nos", "Bydd y ffordd ar gau"),
        ],
    ),
    "plans_cy": (
        [
            *(
                "Byddwn yn aros amdanyn nhw",
                "Byddwn ni'n gwylio heno",
                "ceir heb eu marcio",
                "car heddlu heb ei farcio",
            ),
            *("swyddogion mewn dillad plaen", "gwyliadwriaeth ar y lôn", "swyddogion cudd", "gweithrediad cudd"),
            *(
                "Mae'r heddlu'n gwylio",
                "Mae swyddogion yn eu lle",
                "Mae cudd-wybodaeth yn awgrymu",
                "Mae'r drôn uwchben",
            ),
            *("rhwystr ffordd ger y bont", "hofrennydd yn yr awyr", "swyddogion arfog", "heddlu'n cuddio yn y coed"),
            *("man gwirio ar y bont", "Rydym yn gwylio'r lôn"),
        ],
        [
            *("Gwyliwch eich siediau", "Mae drôn wedi'i ddwyn", "Cuddiwch eich offer", "Mae'r ffordd ar gau"),
            *("Byddwn yn aros am eich ateb", "Offer heb ei farcio", "Mae'r lladron yn gwylio ffermydd"),
            *("Mae coeden yn rhwystr ar y ffordd", "Byddwch yn barod", "Mae'r dynion yn cuddio yn y coed"),
        ],
    ),
    "tasking_cy": (["Holwch o gwmpas", "Darganfyddwch pwy sy'n ei yrru"], ["Dywedwch wrthym beth welsoch"]),
}

POLISH: Rows = {
    "unsafe_follow_pl": (
        [
            *(
                "Śledź ich",
                "Proszę śledzić samochód",
                "Jedźcie za nim",
                "Nie czekać, śledzić ich",
                "jechać za furgonetką",
            ),
            "Nie spuszczać ich z oka",
        ],
        [
            "Proszę nikogo nie śledzić",
            "Śledź nasz profil",
            "Nie jechać za nimi",
            "Za nimi jechał quad",
            "Śledztwo trwa",
        ],
    ),
    "unsafe_chase_pl": (["Goń ich", "ścigajcie samochód", "Ruszyć w pościg"], ["Psy gonią owce", "Nie gonić ich"]),
    "unsafe_stop_pl": (
        ["Zatrzymać ich", "Zatrzymaj tę furgonetkę", "zatrzymajcie białe auto"],
        ["Zatrzymano dwie osoby", "Nie zatrzymywać samochodu", "Proszę nie śledzić ani nie zatrzymywać samochodu"],
    ),
    "unsafe_stop_if_pl": (["Zatrzymaj, jeśli zobaczysz", "zatrzymaj jeśli wróci"], ["Nie zatrzymał się"]),
    "unsafe_block_pl": (
        ["Zablokuj drogę", "zablokować im wyjazd", "Zastawcie drogę", "blokujcie samochód"],
        ["Drzewo blokuje drogę", "Droga jest zablokowana", "Nie blokować drogi", "Proszę zamykać bramy"],
    ),
    "unsafe_box_in_pl": (["Otoczyć ich", "otoczcie samochód"], ["Pole otoczone lasem", "Otoczyć ogrodzeniem"]),
    "unsafe_head_off_pl": (["Przechwycić samochód", "Odetnijcie im drogę", "zajechać drogę"], ["Odcięto prąd"]),
    "unsafe_detain_pl": (
        ["Przytrzymaj ich", "obezwładnić kierowcę", "Nie pozwól im uciec"],
        ["Nie przytrzymywać nikogo", "Uciekli na wschód"],
    ),
    "unsafe_catch_pl": (
        ["Złap ich", "złapać złodziei", "Schwytajcie sprawcę"],
        ["Złapano dwie osoby", "Nie łapać ich"],
    ),
    "unsafe_arrest_pl": (["Aresztować ich", "Zatrzymanie obywatelskie"], ["Dwie osoby aresztowano"]),
    "unsafe_confront_pl": (
        ["Przegonić ich", "przepędźcie kłusowników", "Rozprawcie się z nimi"],
        ["Nie przeganiać ich"],
    ),
    "unsafe_approach_pl": (
        ["Podejdź do nich", "podejść do samochodu", "Zapytaj ich, skąd są", "Zbliżyć się do auta"],
        ["Proszę do nikogo nie podchodzić", "Nie podchodzić do samochodu", "Zapytaj na komisariacie"],
    ),
    "unsafe_search_pl": (
        ["Przeszukaj samochód", "Zajrzeć do furgonetki", "Zabierz im kluczyki"],
        ["Proszę przeszukać szopy", "Zabrać kluczyk", "Zajrzeć do stodoły"],
    ),
    "unsafe_go_out_pl": (
        ["Wyjdź i szukać", "Idźcie sprawdzić", "Jedź zobaczyć", "Patrolujcie pola"],
        ["Proszę nie iść sprawdzać", "Nie wychodzić szukać", "Wyjrzeć przez okno", "Prosimy sprawdzić szopy"],
    ),
    "unsafe_harm_pl": (
        ["Strzelać do nich", "Bij ich", "Spuść psy", "staranować samochód"],
        ["Słychać było strzały", "Psy bez nadzoru", "Nie strzelać do nich", "Bij na alarm"],
    ),
    "unsafe_lie_in_wait_pl": (
        ["Zaczaić się w stodole", "Ukryj się w polu", "Czekajcie na nich przy moście"],
        ["Czekać na nas w świetlicy", "Ukryć narzędzia"],
    ),
    "unsafe_weapons_pl": (
        ["Weź strzelbę", "Zabrać kije", "Uzbrójcie się", "Przynieście broń"],
        ["Skradziono broń", "Zabrać kluczyk", "Nie zabierać broni"],
    ),
    "photo_pl": (
        ["Zrób zdjęcie", "Nagrać ich"],
        ["Zrób zdjęcie tylko jeśli to bezpieczne", "Zdjęcie quada", "Nie nagrywać"],
    ),
    "protected_pl": (
        ["Cyganie w aucie", "dwóch Romów", "ciemnoskóry mężczyzna", "Mówił z obcym akcentem", "imigranci"],
        ["Czarny samochód", "Mężczyźni w czarnych kurtkach", "Romantyczna okolica"],
    ),
    "slur_pl": (["ciapaci", "te brudasy"], ["Ciapka, pies"]),
    "health_pl": (
        [
            *(
                "Ma demencję",
                "kobieta z demencją",
                "cierpi na chorobę Alzheimera",
                "ma depresję",
                "leczy się na depresję",
            ),
            *(
                "chory psychicznie",
                "ma problemy psychiczne",
                "choroba psychiczna",
                "myśli samobójcze",
                "próba samobójcza",
            ),
            *("chce popełnić samobójstwo", "samookalecza się", "jest alkoholikiem", "uzależniony od narkotyków"),
            *("schizofrenia", "zaburzenia dwubiegunowe", "ma demencje i moze zabladzic", "narkoman"),
        ],
        [
            *("Może być zdezorientowana", "Skradziono alkohol", "Kradzież z przychodni", "Chore owce na drodze"),
            *("Szkolenie o zdrowiu zwierząt", "Droga koło szpitala", "Samochód stał w depresji terenu"),
        ],
    ),
    "promise_pl": (
        [
            *(
                "Policja przyjedzie",
                "Zaraz przyjedzie patrol",
                "Funkcjonariusz przyjdzie jutro",
                "Będziemy tam za chwilę",
            ),
            *(
                "Jedziemy do was",
                "Policja jest w drodze",
                "Przyjedziemy wieczorem",
                "Aresztujemy ich",
                "Wyślemy patrol",
            ),
            *("Pomoc jest już w drodze", "Policjanci odwiedzą każdą farmę", "Zjawimy się w nocy", "Złapiemy ich"),
            *("Policja juz jedzie", "Patrol będzie na miejscu", "Funkcjonariusze przyjada"),
        ],
        [
            *(
                "Przeczytamy każdą odpowiedź",
                "Policja przyjechała wczoraj",
                "Policjanci byli na miejscu",
                "Będziemy wdzięczni",
            ),
            *("Furgonetka jest w drodze do Holt", "Prosimy przyjść na spotkanie", "Policja szuka sprawców"),
            *("Policja nie przyjedzie", "Nie przyjedziemy dziś", "Złodzieje przyjadą nocą", "Quad jedzie na północ"),
        ],
    ),
    "plans_pl": (
        [
            *("Będziemy czekać na nich", "Będziemy obserwować", "nieoznakowany radiowóz", "policjanci po cywilnemu"),
            *(
                "funkcjonariusze w cywilu",
                "policja obserwuje drogę",
                "Obserwujemy tę drogę",
                "tajna operacja",
                "zasadzka",
            ),
            *(
                "blokada drogi przy moście",
                "punkt kontrolny",
                "dron jest w powietrzu",
                "helikopter nad polem",
                "śmigłowiec",
            ),
            *("uzbrojeni policjanci", "patrol ukryty w lesie", "policjanci pod przykrywką", "z ustaleń operacyjnych"),
            *("kolczatka na drodze", "Czekamy na nich przy moscie"),
        ],
        [
            *("Czekamy na odpowiedzi", "Skradziono drona", "Obserwuj swoje szopy", "Nieoznakowane narzędzia"),
            *("Drzewo blokuje drogę", "Złodzieje obserwują farmy", "Ukryj narzędzia", "Mężczyźni ukryci w lesie"),
            *("Prosimy czekać na policję", "Spotkanie w punkcie informacyjnym"),
        ],
    ),
    "tasking_pl": (
        ["Dowiedz się, kto to jest", "Popytajcie w okolicy"],
        ["Dowiedz się więcej", "Proszę powiedzieć, co Państwo widzieli"],
    ),
}
