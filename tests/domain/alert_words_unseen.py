"""Sentences about illness, promises and plans that the rows for Welsh and Polish were not made from: our own.

Each set was written in one sitting after the rows that it tries, before it was run against them. `SECOND` was learned
from when it had been counted; from `LAST` nothing was learned, so what is missed of it is listed in
test_alert_words_unseen.py. No native speaker wrote or read any of it.
"""

Sets = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]


def _lines(block: str) -> tuple[str, ...]:
    """Return the sentences of a block, told apart by bars and line ends."""
    return tuple(block.strip("\n").replace("\n", "|").split("|"))


SECOND: Sets = {
    "health_cy": (
        _lines("""
Mae ganddo ddementia ac mae ar goll|Menyw oedrannus â dementia|Mae'n byw gydag iselder|Roedd yn isel iawn yn ddiweddar
Mae ganddi broblemau gyda'i hiechyd meddwl|claf iechyd meddwl|Mae clefyd Alzheimer's arni
Ceisiodd ladd ei hun y llynedd
Mae wedi bygwth lladd ei hun|Mae'n hunan-anafu|yn dioddef o seicosis|Mae'n gaeth i heroin|anhwylder deubegynol
Mae'n dioddef gorbryder difrifol|mae nam ar ei gof
"""),
        _lines("""
Mae'n hen ac yn ffwndrus|Mae angen ei feddyginiaeth arno|Buwch sâl wrth y giât|Meddyliwch cyn agor y drws
Mae'r afon yn isel|Cwrs cymorth cyntaf iechyd anifeiliaid|Cwrw a gwin wedi'u dwyn|Roedd y dyn yn feddw
Ystafell yn y feddygfa|Lladdwyd dafad
"""),
    ),
    "promise_cy": (
        _lines("""
Bydd swyddogion gyda chi cyn bo hir|Bydd yr heddlu'n cyrraedd mewn deg munud|Mae car heddlu ar ei ffordd atoch
Fe fyddwn ni yno toc|Byddwn yn dod draw bore fory|Bydd rhywun yn galw heibio|Mi ddaw plismon heno
Bydd yr heddlu yn ymateb ar unwaith|Rydym ar y ffordd|Byddwn yn eu dal|Bydd swyddog yn ymweld â chi yfory
Byddwn yn anfon patrôl|Rydan ni'n dod|Mae'r heddlu yn cyrraedd nawr|Daw rhywun atoch
"""),
        _lines("""
Mae lori ar y ffordd|Bydd y cyfarfod yno am saith|Cyrhaeddodd yr heddlu am ddeg|Gofynnwch i'r heddlu ddod
Byddwn yn ysgrifennu atoch|Daw'r rhybudd hwn i ben heno|Bydd y giât ar agor|Galwodd swyddog ddoe
Byddwn yn ddiolchgar am bob ateb|Mae'r heddlu yn ymchwilio|Bydd y dynion yn dod yn ôl
"""),
    ),
    "plans_cy": (
        _lines("""
Mae swyddogion yn cuddio ger y bont|Byddwn ni'n disgwyl amdanyn nhw|car heddlu heb ei farcio yn yr ardal
Mae'r heddlu yn aros amdanynt|Mae drôn yr heddlu yn hedfan|Mae hofrennydd ar ei ffordd|heddlu arfog wedi cyrraedd
swyddogion yn eu dillad eu hunain|Rydym yn cadw golwg ar y fferm|Mae camerâu cudd ar y lôn
Mae gwyliadwriaeth yn digwydd
Bydd rhwystrau ar y ffordd gan yr heddlu|Yn ôl ein gwybodaeth gudd|ymgyrch gudd heno|Bydd swyddogion yn gwylio'r bont
"""),
        _lines("""
Gwyliwch am gar du|Arhoswch yn y tŷ|Mae'r drôn a ddygwyd yn wyn|Roedd dau ddyn yn cuddio tu ôl i'r wal
Byddwn yn aros i glywed gennych|Cwad heb rif|Cadwch olwg ar eich stoc|Dillad gwaith wedi'u dwyn
Roedd dyn arfog yno|Mae rhwystr ar y bont oherwydd llifogydd|Cynllun Gwarchod Ffermydd
"""),
    ),
    "health_pl": (
        _lines("""
Osoba z zaawansowaną demencją|Cierpi na depresję od roku|Ma chorobę alzheimera|jest niezrównoważony psychicznie
Wyszła ze szpitala psychiatrycznego|Groził, że się zabije|Może chcieć odebrać sobie życie|po próbie samobójczej
Ma zaburzenia pamięci|Jest uzależniona od alkoholu|narkomanka|leczy się psychiatrycznie|ma schizofrenie
Cierpi na zaburzenia lękowe|chora na Alzheimera
"""),
        _lines("""
Starsza osoba, może nie wiedzieć gdzie jest|Potrzebuje leków|Chory pies|Kradzież alkoholu ze sklepu
Kierowca był pijany|Zdrowie koni, spotkanie w środę|Zabito owcę|Pamięć USB skradziona|Lekarz weterynarii przyjedzie
Depresja nad rzeką, podmokła łąka
"""),
    ),
    "promise_pl": (
        _lines("""
Policja będzie u Państwa za 10 minut|Funkcjonariusze są już w drodze|Już jedziemy|Radiowóz jedzie do Państwa
Wkrótce ktoś do Państwa przyjdzie|Wysyłamy do Was policjanta|Będziemy na miejscu o 22|Policjant odwiedzi Państwa jutro
Zatrzymamy tych ludzi|Na pewno ich złapiemy|Policja na pewno przyjedzie|Patrol dotrze rano|Przyjedziemy natychmiast
Ktoś od nas przyjedzie|Jesteśmy już w drodze
"""),
        _lines("""
Policja dziękuje za pomoc|Policjant był u sąsiadów|Proszę przyjść o 19|Ciężarówka jedzie w stronę Holt
Patrol widział quada|Będziemy wdzięczni za zdjęcia|Będzie padać|Nie będziemy dzwonić|Przyjadą żniwiarze
Zebranie będzie w szkole|Nie jedziemy do was
"""),
    ),
    "plans_pl": (
        _lines("""
Policjanci czekają przy moście|W okolicy jest nieoznakowany samochód|Tajniacy są na targu|Prowadzimy obserwację
Będziemy ich obserwować|Nad polem lata dron policji|Mamy blokadę na A17|Policja ustawiła kolczatkę
w ubraniach cywilnych
Śmigłowiec policyjny w powietrzu|Antyterroryści w drodze|Funkcjonariusze ukryli się w stodole|Czekamy na złodziei
Planujemy zasadzkę|Według informacji operacyjnych
"""),
        _lines("""
Prosimy obserwować swoje pola|Dron farmera zaginął|Czekamy na informacje od Państwa|Ukryli się w lesie
Uzbrojony mężczyzna w polu|Blokada na kole skradziona|Odzież robocza|Punkt skupu zboża|Złodzieje czekają do nocy
Policja czeka na Państwa telefony
"""),
    ),
}
LAST: Sets = {
    "health_cy": (
        _lines("""
Mae'r dyn sydd ar goll yn dioddef o ddementia|cof gwael oherwydd Alzheimer|Mae hi wedi cael diagnosis o iselder
teimlo'n hunanladdol|salwch meddwl difrifol|Mae'n cael triniaeth am gyflwr meddwl|Mae'n yfed gormod bob dydd
Mae'n clywed lleisiau|Gadawodd nodyn hunanladdiad|Mae ganddi hanes o hunan-niweidio
"""),
        _lines("""
Gall fod ar goll ac yn oer|Meddyg y pentref|Mae'r ddafad yn gaeth yn y ffens|Meddylfryd newydd|Yfwch ddigon o ddŵr
Rydym yn meddwl amdanoch
"""),
    ),
    "promise_cy": (
        _lines("""
Bydd swyddog o'r tîm gwledig yn galw arnoch|Mae dau swyddog ar eu ffordd|Byddwn gyda chi o fewn yr awr|Awn ni yno heno
Bydd yr heddlu yn arestio'r dynion|Mae cymorth yn dod|Rydym yn anfon car|Bydd y tîm yno cyn hanner nos
Fydd yr heddlu ddim yn hir|Bydd plismon wrth eich drws yn fuan
"""),
        _lines("""
Bydd y farchnad yno ddydd Sadwrn|Ni ddaeth neb|Ewch i'r orsaf heddlu|Mae'r cwad ar ei ffordd i'r gogledd
Bydd rhywun yn gwybod pwy biau'r ci|Mae'r heddlu yn gofyn am help
"""),
    ),
    "plans_cy": (
        _lines("""
Mae gennym swyddogion yn y coed|Mae'r heddlu yn gwylio'r fferm|faniau heb eu marcio ger y bont
heddlu mewn dillad sifil
Mae drôn i fyny nawr|Rydym yn disgwyl am y lladron|Mae timau arfog yn barod|Mae camera cudd wrth y giât
Byddwn yn cau'r ffordd ac yn eu dal|Mae trap wedi'i osod
"""),
        _lines("""
Cadwch eich cŵn yn y tŷ|Mae'r drôn ar goll|Roedd y lladron yn gwisgo dillad du|Rydym yn disgwyl eira
Mae'r heddlu yn aros am ganlyniadau|Mae'r ffordd wedi'i chau gan goeden
"""),
    ),
    "health_pl": (
        _lines("""
Zaginął mężczyzna chory na demencję|ma chorobę afektywną dwubiegunową|była w głębokiej depresji
kobieta po próbach samobójczych
słyszy głosy|mocno pije od lat|uzależniony od heroiny|ma Alzheimera|problemy ze zdrowiem psychicznym
skaleczyła się celowo
"""),
        _lines("""
Może być zmarznięty|Choroba koni w okolicy|Apteka okradziona|Pijany kierowca|Chory kot|Woda zdatna do picia
"""),
    ),
    "promise_pl": (
        _lines("""
Patrol będzie u was wieczorem|Za chwilę będzie u Państwa policja|Jedzie do was radiowóz|Policjanci zaraz tam będą
Wyślemy kogoś jeszcze dziś|Dorwiemy ich|Dzielnicowy odwiedzi Państwa|Policja zatrzyma sprawców
Pomoc nadchodzi|Będziemy w pół godziny
"""),
        _lines("""
Policja prosi o pomoc|Autobus przyjedzie o piątej|Będziemy informować|Dzielnicowy był wczoraj|Przyjdą mrozy
Kto jedzie na targ?
"""),
    ),
    "plans_pl": (
        _lines("""
Mamy ludzi w lesie|Policja czeka za mostem|Dron już lata nad łąką|Uzbrojony patrol jest w pobliżu
Kryminalni obserwują dom
nieoznakowane auta na parkingu|Policjanci są ubrani po cywilnemu|Zamkniemy drogę i ich złapiemy
Zastawiliśmy pułapkę|Śledzimy ich telefon
"""),
        _lines("""
Czekamy na deszcz|Znaleziono drona|Obserwujemy wzrost cen|Śmieci w lesie|Droga zamknięta z powodu drzewa
Zakryjcie przyczepy
"""),
    ),
}
