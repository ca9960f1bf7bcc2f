"""Texts in Welsh and Polish as people send them to a watch number, labelled by what they ask: our own.

`FIRST` was written before the words that are read now, `SECOND` and `THIRD` after them and before they were tried; then
they were learned from. `LAST` was written after that and counted (10 of 20 wishes to stop were marked, one other text
was); after that an apostrophe was mended (`stopio'r`) and the singular of what we send taken out, nothing else. No
native speaker wrote or read any of it.
"""

from hueandcry.domain.messaging.rules import Command

Labelled = dict[str, dict[Command, tuple[str, ...]]]


def _lines(block: str) -> tuple[str, ...]:
    """Return the texts of a block, told apart by bars and line ends."""
    return tuple(block.strip("\n").replace("\n", "|").split("|"))


FIRST: Labelled = {
    "cy": {
        Command.STOP: _lines("""
STOPIWCH|Stopiwch.|stopio|STOPIA|Stopia!|DATGOFRESTRU|dad-danysgrifio|DADDANYSGRIFIO|dad danysgrifio
"""),
        Command.STOP_ALL: _lines("""
STOPIWCH BOPETH|stopiwch popeth|stopio popeth|STOP POPETH|Stop bopeth
"""),
        Command.START: _lines("""
DECHRAU|Dechreuwch|AILDDECHRAU|ail-ddechrau|AILYMUNO
"""),
        Command.HELP: _lines("""
CYMORTH|cymorth?|GWYBODAETH|Gwybodaeth.
"""),
        Command.WHO: _lines("""
PWY|Pwy?|Pwy sydd yna?|Pwy ydych chi?|Pwy yw hwn|pwy yw hyn?|Ai'r heddlu yw hyn?|ai chi yw'r heddlu|Pwy sy'n tecstio?
"""),
        Command.CALL: _lines("""
FFONIWCH|Ffoniwch fi|ffoniwch fi plîs|Ffoniwch fi os gwelwch yn dda|Ffonia fi|galwch fi|ffoniwch fi yn ôl
rhowch ganiad i mi
"""),
        Command.MUTE: _lines("""
tawelu|TAWEL 7|tawel 3 diwrnod|TAWEL AM 7 DIWRNOD|tawel 2 wythnos|tawelu am wythnos|TAWEL 2 DDIWRNOD
"""),
        Command.JOIN: _lines("""
YMUNO|ymuno|Ymunwch|YMUN|Ymunaf|COFRESTRU|cofrestrwch fi|Hoffwn ymuno|hoffwn i ymuno|Dw i eisiau ymuno|dwi isio ymuno
Dwi eisiau cofrestru|Rwyf am ymuno|a ga i ymuno?|Ga i ymuno|Gaf i ymuno PR3 2NL|Hoffem ymuno, PR3 2NL|sut mae ymuno?
ymuno os gwelwch yn dda|YMUNO PR3 2NL FFERM|Bore da, hoffwn ymuno PR3 2NL|Helo, dw i am ymuno|Plîs ga i ymuno
"""),
        Command.MAYBE_STOP: _lines("""
peidiwch ag anfon rhagor|Peidiwch â thecstio fi|stopiwch os gwelwch yn dda|dim mwy o negeseuon
Dim mwy o negeseuon plîs
tynnwch fi oddi ar y rhestr|Tynnwch fy rhif oddi ar y rhestr|stopiwch anfon negeseuon ataf|Stopiwch y negeseuon hyn
dw i ddim eisiau mwy o negeseuon|Dwi ddim isio'r rhain|rhif anghywir, stopiwch|Digon o negeseuon
Dim rhagor os gwelwch yn dda
peidiwch anfon dim mwy|Hoffwn roi'r gorau i gael y negeseuon hyn|sut mae stopio'r rhain?|Dileu fy rhif|canslo
canslwch fy aelodaeth|Does gen i ddim diddordeb, stopiwch|gadewch lonydd i fi
"""),
        Command.NONE: _lines("""
tawel|Tawel.|tawelwch|dim|Dim|dim byd|Dim byd yma|na|Na|Naddo|nac ydw|Nag oes|nage|ie|Iawn|iawn diolch|Diolch
diolch yn fawr|digon|do|oes
Stopiwch nhw!|stopiwch y fan wen|Stopiwch y lladron|Stopiodd y fan wrth y bont|Maen nhw wedi stopio|safle bws
Dim golwg ohonyn nhw
dim ceir yma|Dim mwy o ddefaid ar ôl|dechrau'r lôn|Diwedd y lôn, fan wen|Mae'r ffordd wedi gorffen wrth y fferm
Help! Mae rhywun yn y sgubor|Mae angen cymorth arnaf|Pwy sydd yn y cae?|pwy biau'r cwad|Ffoniwch yr heddlu
ffoniais i 101
Gwelais fan wen|Tri dyn gyda chŵn|dim ond dau ddyn|Mae'n dawel yma|tawel heno|Peidiwch â stopio
peidiwch â stopio'r rhybuddion
Ymunodd dau ddyn arall â nhw|Ymunwch â'r ciw wrth y giât, maen nhw nôl
peidiwch â ffonio nawr, byddan nhw'n clywed|ddim yn siŵr
fferm|ceffyl wedi mynd|cymorth cyntaf wedi'i ddwyn|canslo'r rhybudd, camgymeriad|Wedi canslo fy nhaith
dileu'r llun anghywir
Mae hynny'n ddigon o olau|rhoi'r gorau i redeg wnaeth o|tynnwch y ddafad farw o'r ffordd
"""),
    },
    "pl": {
        Command.STOP: _lines("""
REZYGNUJĘ|Rezygnuje.|REZYGNACJA|rezygnacja|WYPISZ|Wypisz mnie|WYPISUJĘ SIĘ|wypisuje sie|wypiszcie mnie
WYREJESTRUJ|wyrejestruj mnie
Wyrejestrować
"""),
        Command.STOP_ALL: _lines("""
STOP WSZYSTKO|stop wszystkiemu|REZYGNUJĘ ZE WSZYSTKIEGO|Wypisz ze wszystkiego|wypisz mnie ze wszystkiego
"""),
        Command.START: _lines("""
WZNÓW|wznow|Wznowić|WZNAWIAM|proszę wznowić
"""),
        Command.HELP: _lines("""
POMOC|pomoc|INFORMACJE|Informacja|informacje?
"""),
        Command.WHO: _lines("""
KTO|Kto to?|kto pisze|Kto to jest?|Kim jesteście?|kim jestes|Czy to policja?|czy to naprawdę policja|Od kogo to?
"""),
        Command.CALL: _lines("""
ZADZWOŃ|zadzwon|Zadzwońcie|Zadzwoń do mnie|zadzwoncie do mnie|Proszę zadzwonić|proszę o telefon|Oddzwoń
oddzwońcie|prosze oddzwonic
"""),
        Command.MUTE: _lines("""
WYCISZ|wycisz|Wyciszyć|WYCISZ 7|wycisz na 7 dni|Wycisz 3 dni|wycisz 2 tygodnie|wycisz na tydzień|WYCISZ NA 1 DZIEŃ
"""),
        Command.JOIN: _lines("""
DOŁĄCZ|dolacz|DOŁĄCZAM|Dołączyć|dolacze|ZAPISZ|zapisz mnie|Zapiszcie mnie|ZAPISUJĘ SIĘ|Chcę dołączyć
chce dolaczyc PR3 2NL
Chciałbym dołączyć|Chciałabym się zapisać|chce sie zapisac|Proszę mnie zapisać|Proszę o zapisanie|jak się zapisać?
Jak dołączyć|Czy mogę dołączyć?|czy moge sie zapisac PR3 2NL|Dzień dobry, chcę dołączyć
Dzien dobry, prosze mnie zapisac PR3 2NL
DOŁĄCZ PR3 2NL FARMA|Rejestracja|zarejestruj mnie|Chcemy dołączyć
"""),
        Command.MAYBE_STOP: _lines("""
proszę nie pisać|Proszę przestać pisać|nie chcę więcej wiadomości|proszę mnie wypisać|nie wysyłajcie mi więcej
Nie piszcie do mnie
Proszę nie wysyłać więcej wiadomości|nie chce tych smsów|Nie chcę tych wiadomości|usuń mnie z listy
Proszę usunąć mój numer
zły numer, proszę nie pisać|to nie mój numer, usuńcie|pomyłka, nie piszcie|dość tych wiadomości|Dosyć smsów
przestańcie pisać
Przestańcie wysyłać|jak się wypisać?|Jak zrezygnować z wiadomości|chcę zrezygnować|Chcę się wypisać|dajcie mi spokój
Anuluj|anuluj subskrypcję|już nie chcę ostrzeżeń|stop smsy proszę|Nie jestem zainteresowany, proszę nie pisać
koniec wiadomości
"""),
        Command.NONE: _lines("""
nie|Nie|nie nie|nic|Nic nie widziałem|nikogo|nie ma|nie wiem|dość|tak|Tak|dobrze|ok dzięki|dziękuję
Dziekuje bardzo|spokój
Zatrzymajcie ich!|zatrzymaj te auto|Stop złodziejom|Auto się zatrzymało|nie zatrzymał się|przystanek autobusowy
koniec drogi, biały van
Na końcu wsi|Pomocy!|Pomocy, ktoś jest w stodole|potrzebna pomoc|Kto jest na polu?
kto to jest na polu z latarką|Zadzwoniłem na 101
zadzwonię później|Zadzwońcie do właściciela quada|Widziałem biały samochód|Trzech mężczyzn z psami
nie ma już owiec|cicho tu
Nie przestają jeździć|nie piszę bo jadę|Nie dzwońcie teraz, usłyszą|Proszę nie wysyłać psów|usunęli bramę
Usuńcie tę martwą owcę
dołączyło do nich dwóch innych|Zapisałem numery|Anulowałem wizytę|wypisali coś na bramie|dość daleko stąd
już dość ciemno
nie chcę podawać nazwiska|Dajcie im spokój, to mój syn|zrezygnowali i odjechali|informacje o vanie mam|farma
koń uciekł
"""),
    },
}
SECOND: Labelled = {
    "cy": {
        Command.STOP: _lines("""
stopiwch!|Stopio.|DATGOFRESTRU!|Dad-Danysgrifio|STOPIWCH 🙏
"""),
        Command.JOIN: _lines("""
Hoffwn i ymuno os gwelwch yn dda|dwi am ymuno PR3 2NL|Ymuno â'r cynllun|sut ydw i'n ymuno|Eisiau ymuno fferm PR3 2NL
Allaf i ymuno?|YMUNWCH PR3 2NL|cofrestru fferm PR3 2NL|Cofrestrwch ni plîs|Shwmae, ga i ymuno
"""),
        Command.CALL: _lines("""
Ffoniwch fi heddiw|plis ffoniwch fi|FFONIWCH NI|ffoniwch fi nôl|Allwch chi ffonio fi
"""),
        Command.WHO: _lines("""
Pwy ydych chi|pwy sy'n anfon hwn?|Ai'r heddlu sydd yna|pwy yw e|Pwy ydi hwn
"""),
        Command.MUTE: _lines("""
tawelu am 3 diwrnod|TAWELU 2 WYTHNOS|tawel am wythnos|Tawelu 10|TAWELU AM FIS
"""),
        Command.MAYBE_STOP: _lines("""
Dwi ddim isio cael negeseuon gennych chi bellach|stopiwch y tecstiau yma|Alla i ddod oddi ar y rhestr?
plis peidiwch tecstio eto
Wedi cael digon o'r negeseuon hyn|Dwi wedi ymddeol, tynnwch fi oddi ar y rhestr|Peidiwch â chysylltu â mi eto
Hoffwn i ganslo|gormod o negeseuon|rhif anghywir sori|Dim diddordeb diolch|Dim rhagor o decstiau
Gawsoch chi'r person anghywir
Sut ga i ddiffodd rhain|rwyf am adael y cynllun
"""),
        Command.NONE: _lines("""
Na, dim byd|dim eto|Dim heno|Dw i ddim yn gwybod|Ddim yma|Peidiwch ag anfon y cŵn
peidiwch ag anfon neb, maen nhw wedi mynd
Stopiodd o ddim|Ceisiais eu stopio|stopiwch o!|Mae'n stopio wrth bob giât|Neges gan fy nghymydog
Cefais y neges, diolch
Mae tri yn y rhestr|dim car ond fan|digon tawel yma|Canslwyd y cyfarfod|Dw i'n mynd i'r gwely
Maen nhw wedi rhoi'r gorau iddi
Mae'r ffens i lawr|dewch yn gyflym|Oes, dau ddyn|Do welais i|Nac oes|Pwy ffoniodd?|cymorth wedi cyrraedd
Rhif y fan yn anghywir
dechrau bwrw glaw|Fe wnaethon nhw ymuno â'r ffordd fawr|diwedd
"""),
    },
    "pl": {
        Command.STOP: _lines("""
Rezygnuję!|WYPISZCIE MNIE|Wyrejestruj|Wypisuję się.|Rezygnacja!!
"""),
        Command.JOIN: _lines("""
Chciałabym dołączyć PR3 2NL|zapisz mnie prosze|Witam, chcę się zapisać|Dołączam PR3 2NL farma|Jak mogę dołączyć
Proszę nas zapisać|Chcę się zarejestrować|Zapisy|hej, mogę dołączyć?|Poproszę o zapisanie PR3 2NL
"""),
        Command.CALL: _lines("""
Proszę o kontakt telefoniczny|zadzwoń proszę|Zadzwońcie jutro|proszę oddzwonić do mnie|ZADZWOŃ!
"""),
        Command.WHO: _lines("""
kto to?!|Kto do mnie pisze|czy to policja?|Kim Państwo są|Skąd macie mój numer
"""),
        Command.MUTE: _lines("""
wycisz 5|Wycisz na 3 dni|wycisz tydzień|WYCISZ NA 2 TYGODNIE|wycisz na miesiąc
"""),
        Command.MAYBE_STOP: _lines("""
Proszę mi już nie wysyłać tych smsów|nie życzę sobie wiadomości|Wypiszcie mnie z tej listy|nie piszcie tu więcej
mam dość tych smsów|Za dużo wiadomości|Sprzedałem farmę, proszę mnie usunąć|Pomyłka, to nie ten numer
Nie interesuje mnie to
Proszę o usunięcie z listy|jak to wyłączyć|Chcę zrezygnować z alertów|przestańcie mnie nękać|odczepcie się
Nie chcę już dostawać smsów
"""),
        Command.NONE: _lines("""
Nie widziałem|nie, dziękuję|Nikogo nie ma|jeszcze nie|Nie teraz|nie wysyłajcie nikogo, odjechali
Proszę nie dzwonić teraz, słyszą
Nie zatrzymali się|Chciałem ich zatrzymać|Pisz do sąsiada, on widział|Zapisz numer: 51 BCD|Dostałem wiadomość, dzięki
Usunęli znak|dość blisko mostu|dosyć ciemno|Koniec|stop przy moście|jest ich trzech na liście|Auto bez numeru
Lista numerów w telefonie
zrezygnowałem z dzwonienia, zajęte|Kto zgasił światło|Pomoc drogowa zabrała quada|informacja od sąsiada, biały van
Dołączył do nich trzeci|tak, dwóch|Tak, widzę ich|przestali szczekać|ok|spoko
"""),
    },
}
THIRD: Labelled = {
    "cy": {
        Command.STOP: _lines("""
STOPIWCH...|"Stopio"|datgofrestru.
"""),
        Command.JOIN: _lines("""
Helo, hoffwn ymuno fferm PR3 2NL|YMUNO PR32NL|Dwi isio ymuno â'r gwarchod ffermydd|Plîs cofrestrwch fi PR3 2NL
Beth sydd angen i ymuno?|Hoffwn gofrestru PR3 2NL ceffylau
"""),
        Command.CALL: _lines("""
Ffoniwch fi os gallwch|Rhowch ganiad i fi|Ffoniwch fi ar y rhif hwn
"""),
        Command.MAYBE_STOP: _lines("""
Dwi ddim yn ffermio mwyach, tynnwch fi oddi ar y rhestr|Dim mwy o'r negeseuon yma plîs|Peidiwch â thecstio'r rhif yma
Stopiwch yrru rhain i mi|Ddim i fi, diolch|Mae'r rhif yma'n perthyn i rywun arall nawr|Sut mae dod oddi ar hwn?
Dyw'r rhain ddim o ddiddordeb i mi|Byth eto plîs|Hoffwn adael y grŵp
"""),
        Command.NONE: _lines("""
Digon o ddynion i lenwi fan|Rhif y plât yn anghywir, sori|Dim neges gan neb|Adawodd y fan y pentref
Mae'r rhestr ar y drws
Peidiwch â phoeni|dim problem|Dim o gwbl|stopiodd y glaw|Peidiwch anfon ambiwlans|Neges i'r swyddog: diolch
Gormod o gŵn yn rhydd|Hoffwn riportio lladrad|Ydw, dwi yma|ie, gwelais i nhw
"""),
    },
    "pl": {
        Command.STOP: _lines("""
rezygnuje...|"WYPISZ"|Wypisz nas
"""),
        Command.JOIN: _lines("""
Dzień dobry, chciałbym się zapisać, farma PR3 2NL|DOLACZ PR32NL|Chcemy się zapisać PR3 2NL
Zapiszcie mnie proszę PR3 2NL stajnia
Co zrobić, żeby dołączyć?|Czy można się zapisać?
"""),
        Command.CALL: _lines("""
Czy możecie zadzwonić?|Zadzwoń do mnie proszę|Proszę o rozmowę
"""),
        Command.MAYBE_STOP: _lines("""
Nie prowadzę już farmy, proszę mnie wypisać|Proszę więcej do mnie nie pisać
Nie dostaję się do listy, usuńcie mój numer
Skończcie z tymi smsami|To nie dla mnie, dzięki|Ten numer należy teraz do kogoś innego|Jak się z tego wypisać?
Nie potrzebuję tych wiadomości|Nigdy więcej|Chcę opuścić grupę
"""),
        Command.NONE: _lines("""
Za dużo psów bez smyczy|Zły numer rejestracyjny, przepraszam|Żadnej wiadomości od niego|Nie szkodzi|Opuścili wioskę
Nie ma za co|Nie piszę, prowadzę|Nie wysyłajcie karetki|Wiadomość dla policjanta: dziękuję|Koniec pola, dwa quady
Lista jest na drzwiach|Przestało padać|Chcę zgłosić kradzież|Tak, jestem tu|nie, to nie oni
"""),
    },
}
LAST: Labelled = {
    "cy": {
        Command.STOP: ("Stopiwch,", "STOPIO!!"),
        Command.JOIN: _lines("""
Gawn ni ymuno? PR3 2NL|Dwi moyn ymuno PR3 2NL fferm|Sut mae cofrestru?|Isio bod yn aelod
"""),
        Command.CALL: ("Ffoniwch fi yfory", "ffoniwch fi yn ol"),
        Command.MAYBE_STOP: _lines("""
Rydw i wedi symud, does dim angen y rhybuddion arna i|Plîs wnewch chi stopio'r negeseuon|Nid fy rhif i yw hwn
Dwi'n cael llawer gormod o'r rhain|Tynnwch ni oddi arno|Mae mam wedi marw, peidiwch ag anfon rhain
Stopiwch fy mhoeni i
Dw i ddim am glywed gennych eto|Dileuwch fi os gwelwch yn dda|Hoffwn ddod â hyn i ben
"""),
        Command.NONE: _lines("""
Peidiwch â ffonio'r rhif hwn heno, dwi yn y cae|Dwi wedi gadael neges i chi|Diffoddodd y golau|Rhif y tŷ yw 12
Does dim angen ambiwlans|Mae fy rhestr offer gyda chi|Peidiwch â dweud wrth neb|Dim ond fi sy yma
Stopiwch wrth y fferm, plîs|Dim mwy o olau bellach
"""),
    },
    "pl": {
        Command.STOP: ("Rezygnuję,", "wypisz!!"),
        Command.JOIN: _lines("""
Możemy dołączyć? PR3 2NL|Chcę do was dołączyć PR3 2NL farma|Jak się zarejestrować?|Chcę być członkiem
"""),
        Command.CALL: ("Zadzwoń jak możesz", "oddzwon prosze"),
        Command.MAYBE_STOP: _lines("""
Przeprowadziłem się, nie potrzebuję już ostrzeżeń|Czy możecie przestać wysyłać te smsy|To nie jest mój numer
Dostaję za dużo tych powiadomień|Skreślcie nas|Mama zmarła, proszę nie pisać|Przestańcie mi zawracać głowę
Nie chcę o was słyszeć|Usuńcie mnie proszę|Chciałbym to zakończyć
"""),
        Command.NONE: _lines("""
Nie dzwońcie na ten numer dziś, jestem w polu|Zostawiłem wiadomość|Zgasło światło|Numer domu to 12
Nie potrzebuję karetki
Lista narzędzi jest u was|Nie mówcie nikomu|Tylko ja tu jestem|Zatrzymajcie się przy farmie|Nie widać już świateł
"""),
    },
}
