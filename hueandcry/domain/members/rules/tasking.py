"""Which words set one person a task: what an officer may not write to somebody who tells us things. Pure.

Rows of words cannot know every way to put it: they catch the common ones, and the screens say the test beside them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

RIPA = "RIPA 2000 s26(8); CHIS Code of Practice 2022"


@dataclass(frozen=True)
class Tasking:
    """One way of setting somebody a task, with what to write instead and where the rule comes from.

    Attributes:
        ours_is_fine: `we will find out who` is our own work.
        past_is_fine: `did you film them?` asks what was, and sets no task.
        even_forbidden: `do not tell him why` and `don't fall out with him` are tasks in themselves.
        ours_by_clause: ours as well when our own name stands further back: `we will go and see who lives there`.
    """

    code: str
    pattern: re.Pattern[str]
    instead: str
    source: str = RIPA
    ours_is_fine: bool = True
    past_is_fine: bool = False
    even_forbidden: bool = False
    ours_by_clause: bool = False


_THEM = r"(?:him|her|them|whoever)"
_THEY = r"(?:he|she|they)"
_THEIR = r"(?:his|her|their)"
_FOLK = (
    r"(?:lads?|man|men|wom[ae]n|boys?|girls?|famil(?:y|ies)|neighbours?|tenants?|owner|landlord|driver"
    r"|brothers?|sons?|"
    r"father|mother|wife|husband|couple|workers?|travellers?|house|farm|yard|caravan|flat|place next door|van"
    r"|car|people)"
)

_PEOPLE = r"(?:lads?|man|men|wom[ae]n|boys?|girls?|famil(?:y|ies)|tenants?|couple|brothers?|owner)"
_WHEELS = r"(?:vans?|cars?|pick-?ups?|trucks?|transits?|trailers?|lorr(?:y|ies)|quads?|jeeps?|vehicles?|4x4s?|bikes?)"
_THINGS_THERE = (
    r"(?:shed|barn|yard|van|car|house|window|outbuildings?|unit|container|wall|fence|hedge|caravan|garage|loft)"
)


def _row(code: str, pattern: str, instead: str, **how: Any) -> Tasking:  # noqa: ANN401
    return Tasking(code, re.compile(pattern, re.IGNORECASE), instead, **how)


TASKING: tuple[Tasking, ...] = (
    _row(
        "find_out",
        rf"\b(?:find(?:ing)? out|ascertain|establish|discover|work out)"
        rf"(?: (?:from|at|in|through|via|off|by) (?!your\b)(?:\w+ ?){{1,3}}?)? (?:who|who's|whose|which"
        rf"|{_THEIR}|(?:where"
        rf"|when|what|why|how|whether|if) (?:{_THEY}|it"
        rf"|the|that)\b|what \w+ {_THEY}\b"
        rf"|(?:more )?(?:about|on) (?:{_THEM}|the {_FOLK}))"
        rf"|\bwhat(?:ever)? you can (?:dig up|find|find out|get|learn|pick up|hear) (?:on|about)"
        rf" (?:{_THEM}|{_THEIR}|the {_FOLK})\b",
        "Ask what they know already: “Do you know whose it is?”",
    ),
    _row(
        "help_find",
        r"\b(?:can|could|will|would) you help us (?:to )?(?:find out|identify|catch|get)\b",
        "Ask what they saw, not for help with finding out.",
        ours_is_fine=False,
    ),
    _row(
        "watch",
        r"\bkeep(?:ing)? (?:an?|your) (?:close |good |quiet )?(?:eyes?|watch|ears?|tabs|lookout) (?:open )?(?:on"
        r"|over)\b"
        r"(?! (?:your|our|the (?:weather|news|alerts?|website|page)|things|yourself|each other))"
        rf"|\bkeep (?:tabs|watch) on\b|\b(?:watch|monitor|observe|spy on) (?:{_THEM}|{_THEIR}|the {_FOLK}"
        rf"|number \d)\b"
        rf"|\bkeep(?:ing)? (?:an? |your )?(?:good |close |sharp )?(?:look ?-?out|eyes? (?:out|peeled|open)"
        rf"|ears? open)"
        rf" for (?:{_THEM}|{_THEIR}|(?:the|those|that) {_PEOPLE})\b"
        rf"|\bkeep(?:ing)? (?:your |an )?(?:ears? open|ear to the ground)\b"
        rf"|\blisten out for (?:any |the |some )?(?:names?|who|what|where|mentions?|{_THEM})\b"
        r"|\b(?:watch|monitor|observe) (?:the|that|those) (?:lane|premises|property|address|place|building|gateway"
        r"|track|comings)\b"
        r"|\b(?:sit|stay|wait) up (?:tonight|late|and|to watch|to see)\b|\blie in wait\b",
        "Say: “Tell us if you happen to see it again.”",
    ),
    _row(
        "get_close",
        r"\b(?:steer|turn|bring|move|lead) the (?:conversation|talk|chat)\b|\bdrop it into (?:the )?conversation\b"
        rf"|\bdraw (?:{_THEM}) out\b|\b(?:get|winkle|coax|worm) it out of {_THEM}\b"
        rf"|\b(?:get|become|grow) (?:close|closer|friendly|pally|matey|in) (?:to|with) (?!your\b)"
        rf"|\bget (?:chatting|talking|speaking) (?:to|with) (?:{_THEM}|{_THEIR}|the {_FOLK})\b"
        rf"|\boffer to (?:buy|sell|swap)\b|\bbefriend\b"
        rf"|\bmake friends with\b|\b(?:gain|win|earn) (?:{_THEIR}|the \w+'?s?) (?:trust|confidence)"
        rf"|\bget (?:{_THEM}|the {_FOLK}) (?:talking|to talk|to tell|drunk)|\bget to know (?:{_THEM}|the {_FOLK})"
        rf"|\bchat (?:{_THEM} up|up {_THEM})|\bstrike up\b|\bgo (?:for a )?(?:drink|pint)s? with {_THEM}",
        "Nobody is asked to use a friendship for us.",
    ),
    _row(
        "use_relationship",
        r"\b(?:as|since|because|seeing as|when|while) you (?:work|clean|deliver|drink) (?:there|for|at)\b[^.?!]{0,40}"
        r"(?:\b(?:could|can|would|will) you\b|\byou (?:may|might|could) (?:\w+ ){0,3}(?:see|look|hear|listen|ask)\b"
        r"|\bplease (?:send|get|ask|find|look|listen)\b|\b(?:look|listen|ask|copy)\b)"
        rf"|\byou know (?:{_THEM}|the {_FOLK})\b[^.?!]{{0,60}}\b(?:mention|ask|see (?:how|what|if)|get)\b"
        rf"|\b(?:use|using) your (?:friendship|relationship|position|contacts?|job|round|access)\b"
        rf"|\b(?:{_THEY}|the {_FOLK}) (?:trusts?|talks? to|will talk to|listens? to|confides? in) you\b"
        rf"|\bas {_THEIR} (?:friend|neighbour|mate|brother|sister|cousin|vet|postman|landlord|boss|employer)\b",
        "Nobody is asked to use what they are to somebody for us.",
        ours_is_fine=False,
    ),
    _row(
        "ask_them",
        rf"\bask your \w+(?: in law)? (?:who|what|where|how|when|what \w+) {_THEY} (?!saw\b|heard\b|remember|noticed\b"
        rf"|thinks?\b)"
        rf"|\b(?:speak|talk|chat|have a (?:quiet )?(?:word|chat|natter|talk|drink|pint|brew|cuppa)) (?:to|with) "
        rf"(?:{_THEM}|{_THEIR}|the {_FOLK}|your (?!insur|bank|vet\b|doctor|gp\b|solicitor"
        rf"|agent)\w+(?: in law)?)\b[^.?!]{{0,40}}"
        rf"\b(?:see|find out|ask (?:about|who|what|where|how)|let (?:me|us) know|tell (?:me|us)|without)\b"
        rf"|\bmake (?:some |a few |discreet |any |further )*(?:enquir|inquir)(?:ies|y)\b"
        rf"|\bask {_THEM}\b(?! (?:to|if they (?:want|would like) to) (?:ring|call|phone|text|join|sign|register"
        rf"|contact|report"
        r"|speak|dial|stop|leave|go|move|tell us|get in touch|come))"
        rf"|\bask(?:ing)? (?:around|round)\b|\bask (?:the|{_THEIR}) (?:\w+ ){{1,2}}(?:about|who|what|where|if"
        rf"|whether|why|when)\b"
        rf"|\bask your \w+ (?:about|what) (?:{_THEM}|{_THEY}|{_THEIR})\b|\bquiz (?:{_THEM}|the)\b"
        rf"|\bsound {_THEM} out\b",
        "Say: “They can ring us on 101”, and ask them yourself.",
    ),
    _row(
        "note_down",
        r"\b(?:note|write|jot|take|log|list|keep|make)\b(?: down| a (?:note|list|record|log|diary) of"
        r"| notes? (?:of|on)| track of)? "
        rf"(?:who(?:ever)?\b|when (?:{_THEY}|anyone|anybody|somebody|people)\b|what times? {_THEY}\b"
        r"|(?:anyone|anybody|everyone|everybody) (?:who|that|coming|going|visiting)"
        rf"|{_THEIR} (?:visitors|movements|comings|routine|car|van)|(?:all|any|every|the) (?:the |of the )?"
        r"(?:cars?|vehicles?|vans?|visitors?|(?:number |licence )?plates?|people|callers?|regs?"
        r"|registrations?) (?:that|which|who"
        r"|coming|going|visiting|at|outside)|(?:a )?(?:diary|log|list|record|tally) of (?:the |his |her |their "
        r"|all )*"
        r"(?:visitors?|callers?|cars?|vehicles?|vans?|comings|movements)\b)",
        "Ask for what they remember of that one time.",
    ),
    _row(
        "see_who",
        rf"\b(?:see|check|look|watch|listen)(?: out)?(?: for)? (?:who (?:visits|comes|goes|calls|lives|turns up"
        rf"|stays|meets|else "
        rf"(?:visits|comes|goes|lives|is))|what {_THEY}(?:'re|'s)? (?:are |is )?(?:say|do|does|get|is|are)\w*)"
        rf"|(?:\band|\bthen|&) see (?:what|how|where|who|if|whether) (?:{_THEY}\b|{_THEIR}\b|gets? |the {_FOLK}\b)"
        rf"|\bsee (?:if|whether) {_THEY} (?:mentions?|says?|talks?|knows?|tells?|lets? on|admits?)\b"
        r"|(?:\band|\bthen|&) see (?:what|who)(?:'s| is| are) (?:in|inside|at home|home|parked|about|going on)\b"
        r"|\bcount (?:the|how many) (?:cars?|vans?|vehicles?|people|men|lads|heads)\b",
        "Ask what they saw already: “Did you see who was driving?”",
        past_is_fine=True,
        ours_by_clause=True,
    ),
    _row(
        "follow",
        rf"\b(?:follow|tail|shadow) (?:{_THEM}|it(?! up)|that (?:van|car|one|vehicle|man)|the {_FOLK}|{_THEIR})\b"
        rf"|\bfollow (?:on )?(?:behind|after|at a distance)\b"
        rf"|\bfollow (?:the|that) (?:\w+ )?{_WHEELS}\b"
        rf"|\b(?:put|fit|fix|stick|plant|hide|attach|place|leave) (?:this|that|an?|the|our)"
        rf" (?:tracker|airtag|bug|microphone|mic|recorder|camera) (?:\w+ )?"
        rf"(?:under|on|in|to|inside|at|behind) {_THEIR}\b"
        rf"|\btrack (?:{_THEM}|{_THEIR} (?:movements|car|van|phone))\b",
        "Nobody follows anybody for us: it is dangerous as well.",
        past_is_fine=True,
    ),
    _row(
        "film",
        rf"\b(?:phone|camera|recorder|dashcam) (?:on )?(?:recording|running|filming)\b[^.?!]{{0,40}}"
        rf"\b(?:when|while|whenever|next time|if) {_THEY}\b"
        rf"|\bcam(?:era)?s? (?:pointing|pointed|facing|aimed|trained|looking) (?:at|on|towards?)"
        rf" (?:{_THEM}|{_THEIR}|the {_FOLK})\b"
        rf"|\b(?:film|record|photograph|video|snap) (?:{_THEM}|{_THEIR}|the {_FOLK})\b"
        rf"|\b(?:take|get|grab|snap)(?: (?:a|some|any|more|secret|quiet|another))* (?:photos?|pictures?|pics?"
        rf"|videos?|footage|recordings?)"
        rf" of (?:{_THEM}|{_THEIR}|who|the (?!(?:\w+ ){{0,2}}(?:damage|tracks?|gates?|fenc(?:e|ing)"
        rf"|(?:pad)?lock|tank|scene|field|hole|waste|rubbish|window|door|hedge|chain|wire|hinges?|receipt|invoice"
        rf"|serial|frame|injur(?:y|ies)|sheep|ewes?|lambs?|animals?|letter|message|note)\b){_FOLK}?\b)",
        "Ask only for pictures that they have already.",
        past_is_fine=True,
    ),
    _row(
        "go_there",
        r"\b(?:go|drive|pop|walk|nip|get)(?: (?:round|over|past|by|up|down|along|back|in|out|there))* (?:and|to) "
        r"(?:see|check|look|find|watch|ask|listen|have a look)\b(?! (?:us|me|your|our|after your|the (?:doctor"
        r"|vet|gp)))"
        r"|\b(?:drive|walk|go) (?:past|by|round) (?:again|the (?:house|farm|yard|place)|(?:his|her|their))"
        r"|\bmind (?:driving|walking|going|popping|nipping) (?:past|by|round|over|up|down)\b"
        r"|\btake a (?:walk|drive|stroll|wander) (?:past|by|round|up|down|over)\b",
        "Send nobody: that is what patrols are for.",
    ),
    _row(
        "obtain",
        rf"\b(?:try (?:to|and)|see if you can|(?:can|could|will|would) you|please|need you to"
        rf"|want you to)(?: \w+){{0,2}}? "
        rf"(?:get|obtain|find|dig up|get hold of|bring|copy) (?:me |us )?(?:{_THEIR}|names?|the names?|a name"
        rf"|an? address|the (?:reg|plate|number|address|registration|number plate)|what {_THEY})\b"
        r"|\bget (?:me|us) (?:a|the|his|her|their|some) (?:names?|reg|plates?|number|address(?:es)?|registration)\b",
        "Ask what they know already.",
        ours_is_fine=False,
    ),
    _row(
        "look_inside",
        rf"\b(?:have|take) (?:a|another) (?:(?:good|quick|quiet|little|sneaky) )?(?:nosey|nosy|nose|peek|peep"
        rf"|snoop|poke)\b"
        rf"|\b(?:have|take) (?:a|another) (?:(?:good|quick|quiet|little) )?look (?:in|into|inside|through|over"
        rf"|round|around)"
        rf" (?:the|that) {_THINGS_THERE} for (?:us|me)\b"
        rf"|\b(?:look|check|search|sneak|peek|get|go|listen)(?: \w+)? (?:through|in|into|inside|around"
        rf"|round) {_THEIR} "
        rf"|(?<!\bto )\b(?:check|search|inspect) (?:his|her) (?:\w+ )?(?:{_THINGS_THERE}|freezer|fridge|boot|pockets"
        rf"|phone|bins?|post|trailer|tools?)\b"
        rf"|\blisten in\b|\beavesdrop|\boverhear what\b|\bpretend (?:to|that|you)\b|\b(?:wear|carry) a (?:wire"
        rf"|recorder)\b",
        "Nobody looks or listens for us where they would not by themselves.",
        past_is_fine=True,
    ),
    _row(
        "covertly",
        r"\bwithout (?:mentioning (?:us|me|the police|it|why|that)|letting on|being (?:seen|noticed|spotted))\b"
        r"|\b(?:un)?beknown"
        rf"|\bwithout (?:{_THEM}|anyone|anybody) (?:knowing|noticing|finding out)\b|\bbehind {_THEIR} backs?\b"
        rf"|\bon the quiet\b"
        rf"|\b(?:do not|don't|dont|never) (?:let|tell) {_THEM} (?:know|why|that|about|you)\b|\bundercover\b",
        "What somebody must not know is covert, and not for this way.",
        ours_is_fine=False,
        even_forbidden=True,
    ),
    _row(
        "stay_close",
        rf"\b(?:stay|remain) (?:friends?|friendly|close|pally|matey|in) (?:with|to) (?:{_THEM}|the {_FOLK})\b"
        rf"|\b(?:do not|don't|dont|never) fall out with (?:{_THEM}|the {_FOLK})\b|\bwe need you (?:in|inside"
        rf"|on the inside)\b|\b(?:we|i) (?:need|want) (?:someone|somebody)"
        rf" (?:inside|on the inside|among them|close to {_THEM})\b"
        rf"|\b(?:carry on|continue|keep|go on) (?:to )?(?:meet|see|talk|speak|visit|deliver|drink|work|observ"
        rf"|watch|monitor|chat)\w*"
        rf" (?:(?:to|with|for) )?(?:{_THEM}|the (?:{_FOLK}|premises|property|address))\b",
        "Nobody is asked to keep up a friendship or a watch for us.",
        even_forbidden=True,
    ),
    _row(
        "online",
        rf"\b(?:join|get into|get in|stay in) {_THEIR} (?:\w+ )?(?:group|chat|page|channel|server)\b"
        rf"|\b(?:add|friend|follow|message|dm) {_THEM} on\b"
        rf"|\bstay in (?:the|that) (?:\w+ )?(?:group|chat|channel)\b"
        rf"|\bscreenshots? (?:what|anything|everything|whatever|all|of what|when"
        rf"|whenever|every|of {_THEIR} (?:posts?|page|profile|account|stor(?:y"
        rf"|ies)))\b",
        "Nobody goes among people online for us: that needs an authority of its own.",
    ),
    _row(
        "report_back",
        r"\breport back\b|\b(?:let (?:me|us) know|tell (?:me|us)|text (?:me|us)|ring (?:me|us)|update (?:me|us)"
        r"|keep (?:me|us) (?:posted|informed|updated|in the loop))\b[^.?!]{0,40}?"
        r"\b(?:(?:every|each) (?:time|night|day|week|morning|evening)|whenever (?:he|she|they)\b"
        rf"|what {_THEY} (?:say|says|do|does|is|are|gets?)\b|who {_THEY} (?:meets?|sees?|talks?|is|are)\b"
        r"|when (?:he|she) \w+|when they (?:go|leave|get back|meet)|about (?:his|her|their) (?:movements|plans)"
        r"|(?:on|about|of|as to) who (?:comes|goes|visits|turns|calls)"
        rf"|(?:whenever|every time|as soon as|when) (?:the (?:\w+ )?{_FOLK}|{_THEIR} \w+) "
        r"(?:leave|go|come|turn|move|arrive|get)s?\b)"
        r"|\b(?:remember|note|write down|pass on|tell (?:us|me)|record|keep|report) (?:everything|anything"
        r"|whatever|all|all that) "
        rf"(?:that )?{_THEY} (?:tells?|says?|sends?|shows?|does|do)\b",
        "Say: “Tell us if you happen to see anything more.”",
        ours_is_fine=False,
    ),
    _row(
        "reward",
        r"\b(?:pay|reward) you\b|\bworth your while\b|\bsee you right\b|\bcash for\b|\b(?:quid|pounds?|tenner"
        r"|fiver|drink|£ ?\d+) in it\b|\bin return (?:we|i)\b",
        "Offer nothing for information: Crimestoppers has rewards of its own.",
        ours_is_fine=False,
    ),
)

# Words before a verb by which it is forbidden, or is our own work, or is asked of what has been.
_FORBIDDEN = re.compile(
    r"\b(?:do not|don't|dont|never|must not|mustn't|should not|shouldn't|no need to|need not|needn't|not to"
    r"|rather than"
    r"|instead of|without|cannot|can't|not)\s+(?:(?:try|to|or|and|ever|go|get|follow|stop|approach|challenge"
    r"|film|ask|him|her"
    r"|them|it|anyone|anybody|even)[\s,]+)*\Z",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\b(?:we|i|us|officers?|police|colleagues?|patrols?|crews?|detectives?|the team|the council"
    r"|somebody here|he|she|they)"
    r"(?:'ll|'d|'re|'ve|'m)?\s+(?:(?:will|would|shall|can|could|may|must|should|are|am|is|have|has|had|to|try"
    r"|trying|tried|going"
    r"|need|needs|want|wants|hope|hoping|like|then|also|now|just|still|soon|working|be|been|and|never)\s+)*\Z",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:did|have|had|were|was) you (?:(?:able|manage|happen|managed|ever|also|to)\s+)*\Z", re.IGNORECASE
)
# Further back in the same clause, and nobody is told `you` between.
_CLAUSE = r"(?:(?!\byou\b)[^.?!,;:])*\Z"
_OURS_BY_CLAUSE = re.compile(
    rf"\b(?:we|i|officers|police|colleagues|patrols?|crews?|the team)(?:'ll|'d|'re|'ve|'m)?\b{_CLAUSE}", re.IGNORECASE
)
_PAST_BY_CLAUSE = re.compile(rf"\b(?:did|have|had|were|was) you\b{_CLAUSE}", re.IGNORECASE)
_LOOK_BACK = 90
# What hurried fingers write.
_SHORT = tuple(
    (re.compile(rf"\b{short}\b", re.IGNORECASE), whole)
    for short, whole in (("u", "you"), ("pls|plz", "please"), ("ur", "your"), ("whos", "who's"), ("whats", "what's"))
)


def tasks_in(said: str) -> Iterator[tuple[str, Tasking]]:
    """Yield the words that set somebody a task, each with its row."""
    said = _spelt(said)
    for row in TASKING:
        for found in row.pattern.finditer(said):
            before = said[max(0, found.start() - _LOOK_BACK) : found.start()]
            if not _is_harmless(row, before):
                yield found[0].strip(), row
                break


# Anything else that somebody is to do with other people: perhaps harmless, so the officer reads the test and decides.
_TO_DO = re.compile(
    r"(?:\b(?:can|could|would|will) you(?: mind| please| just| perhaps| be (?:able|willing|prepared) to)*"
    r"|\b(?:please|kindly)|\b(?:we|i)(?:'d| would) (?:like|love|want|need) you to|\b(?:want|need) you to"
    r"|\bdo (?:us|me) a favour and|\b(?:any|is there any) (?:chance|way) (?:that )?you (?:could|can|might)"
    r"|\bif you (?:were to|would|could)\b|\bnext time\b[^.?!]*?,|\bif (?:he|she|they)\b[^.?!]*?,"
    r"|(?:^|[.?!;]\s*)(?=(?:offer|sit|text|count|ask|buy|invite|visit|go|walk|drive|try|get|leave|stay"
    r"|attend|bring|take"
    r"|look|listen|speak|talk|message|find|keep|let)\b)|\band(?= (?:ask|buy|invite|meet|find|check|listen"
    r"|look|count)\b))"
    r"\s*(?P<what>[^.?!]*)",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    rf"\b(?:{_THEM}|{_THEIR}|{_THEY}|(?:he|she|they)'?(?:s|re|d|ll)|who|people (?:go|come|are|at)"
    rf"|the (?:\w+ )?{_FOLK}"
    r"|the postman|(?:at|to|past|into|in) (?:there|the (?:yard|pub|farm))|number \d+|you hear)\b",
    re.IGNORECASE,
)
# To remember, to be safe, to ring us, to let somebody in or know is no task.
_NO_TASK = re.compile(
    r"(?:remember|recall|describe|confirm|say|see|hear|notice|do not|don't|not|never|let (?:me|us|your|the"
    r"|them|him|her)"
    r"|(?:tell|give|show|text) (?:me|us) (?:what|which|how|when|where|if|roughly|more|about|the (?:photo"
    r"|picture|video))"
    r"|(?:ring|call|dial|phone|press)|be |happy|like to|stay (?:in|inside|away|safe|back|clear)"
    r"|keep (?:your|the|yourself|away|back|clear|safe|any|hold)"
    r"|leave (?:it|this|that|them|us|him|her) (?:to|be|alone)|let (?:us|them) |send (?:me|us)|think"
    r"|pass (?:this|that|it|my)"
    r"|ask (?:him|her|them|for|your \w+) (?:to |if |whether )|ask for\b|take care|wait|come|get (?:yourself"
    r"|indoors|inside|in touch|away|back)"
    r"|go (?:in|inside|home)|look after|tell (?:your|the|him|her|them)|(?:have |make )?(?:a )?note (?:the"
    r"|of this)|use |keep\b(?! in\b)|photograph|copy|you\b|help)",
    re.IGNORECASE,
)


def may_be_a_task(said: str) -> str:
    """Return words that ask somebody to do something with other people, in no way that the rows know; else nothing."""
    for found in _TO_DO.finditer(_spelt(said)):
        what = found["what"]
        if what and not _NO_TASK.match(what) and _SOMEBODY.search(what):
            return what.strip()[:60]
    return ""


def _spelt(said: str) -> str:
    for short, whole in _SHORT:
        said = short.sub(whole, said)
    return said


def _is_harmless(row: Tasking, before: str) -> bool:
    """Say whether the words before make it a prohibition, our own work or a question about what was."""
    if not row.even_forbidden and _FORBIDDEN.search(before):
        return True
    if row.ours_is_fine and (_OURS.search(before) or (row.ours_by_clause and _OURS_BY_CLAUSE.search(before))):
        return True
    if not row.past_is_fine:
        return False
    return bool(_PAST.search(before) or (row.ours_by_clause and _PAST_BY_CLAUSE.search(before)))
