"""Which words set one person a task: what an officer may not write to somebody who tells us things. Pure.

Rows of words cannot know every way to put it: they catch the common ones. `doubting` looks for what may be one; what
may never be asked stands beside the words on the screen.
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


THEM = r"(?:him|her|them|whoever)"
THEY = r"(?:he|she|they)"
THEIR = r"(?:his|her|their)"
FOLK = (
    r"(?:lads?|man|men|wom[ae]n|boys?|girls?|famil(?:y|ies)|neighbours?|tenants?|owner|landlord|driver"
    r"|brothers?|sons?|"
    r"father|mother|wife|husband|couple|workers?|travellers?|house|farm|yard|caravan|flat|place next door|van"
    r"|car|people)"
)

# A name as it is written, though the rows heed no capitals: `Mick`, `Gary's`, `the Doyles`; no road or farm behind it.
NAMED = (
    r"(?-i:(?:Mr|Mrs|Ms|Miss)\.? [A-Z][a-z]+|[A-Z][a-z]+)(?:'s)?\b"
    r"(?! (?-i:[A-Z])| (?:road|lane|street|farm|hall|show|mart)\b)"
)
SOME_ONE = rf"(?:{THEM}|{NAMED}|the {NAMED}|(?:the|that|those)(?: \w+)? {FOLK}|your neighbours?)"
YOURS = (
    r"your (?:\w+ )?(?:sons?|daughters?|lads?|lass(?:es)?|boys?|girls?|kids?|children|nephews?|nieces?|pupils?"
    r"|students?|husband|wife|partner|brothers?|sisters?|cousins?|mates?|friends?|mum|dad|mother|father|uncle|aunt"
    r"|workers?|staff|lodgers?|tenants?|brother-in-law|sister-in-law)"
)
_ONE_OF = r"(?:one of )?"
REPEATED = (
    r"(?:every|each|most) (?:time|night|day|week|morning|evening|month|weekend"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)"
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
        rf"|{THEIR}|(?:where"
        rf"|when|what|why|how|whether|if) (?:{THEY}|it"
        rf"|the|that)\b(?! (?:\w+ )?(?:hall|church|school|club|meeting|council|shop|surgery|insur\w+|road|bridge)\b)"
        rf"|what \w+ {THEY}\b"
        rf"|(?:more )?(?:about|on) (?:{THEM}|the {FOLK}))"
        rf"|\bwhat(?:ever)? you can (?:dig up|find|find out|get|learn|pick up|hear) (?:on|about)"
        rf" (?:{THEM}|{THEIR}|the {FOLK})\b",
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
        rf"|\bkeep (?:tabs|watch) on\b|\b(?:watch|monitor|observe|spy on) (?:{THEM}|{THEIR}|the {FOLK}"
        rf"|number \d)\b"
        rf"|\bkeep(?:ing)? (?:an? |your )?(?:good |close |sharp )?(?:look ?-?out|eyes? (?:out|peeled|open)"
        rf"|ears? open)"
        rf" for (?:{THEM}|{THEIR}|(?:the|those|that) {_PEOPLE})\b"
        rf"|\bkeep(?:ing)? (?:your |an )?(?:ears? open|ear to the ground)\b"
        rf"|\blisten out for (?:any |the |some )?(?:names?|who|what|where|mentions?|{THEM})\b"
        r"|\b(?:watch|monitor|observe) (?:the|that|those) (?:lane|premises|property|address|place|building|gateway"
        r"|track|comings)\b"
        r"|\b(?:sit|stay|wait) up (?:tonight|late|and|to watch|to see)\b|\blie in wait\b",
        "Say: “Tell us if you happen to see it again.”",
    ),
    _row(
        "get_close",
        r"\b(?:steer|turn|bring|move|lead) the (?:conversation|talk|chat)\b|\bdrop it into (?:the )?conversation\b"
        rf"|\bdraw (?:{THEM}) out\b|\b(?:get|winkle|coax|worm) it out of {THEM}\b"
        rf"|\b(?:get|become|grow) (?:close|closer|friendly|pally|matey|in) (?:to|with) (?!your\b)"
        rf"|(?:\bget|\bif you got|\bby getting) (?:chatting|talking|speaking|in) (?:to|with) (?:{THEIR}|{SOME_ONE})"
        rf"|\b(?:get|keep) (?:{YOURS}|{SOME_ONE}) talking\b|\bsit (?:near|by|next to|beside|behind|close to)"
        rf" (?:{THEM}\b|{NAMED}|the {NAMED})"
        rf"|\boffer to (?:buy|sell|swap)\b|\bbefriend\b"
        rf"|\bmake friends with\b|\b(?:gain|win|earn) (?:{THEIR}|the \w+'?s?) (?:trust|confidence)"
        rf"|\bget (?:{THEM}|the {FOLK}) (?:talking|to talk|to tell|drunk)|\bget to know (?:{THEM}|the {FOLK})"
        rf"|\bchat (?:{THEM} up|up {THEM})|\bstrike up\b|\bgo (?:for a )?(?:drink|pint)s? with {THEM}",
        "Nobody is asked to use a friendship for us.",
    ),
    _row(
        "use_relationship",
        r"\b(?:as|since|because|seeing as|when|while) you (?:work|clean|deliver|drink) (?:there|for|at)\b[^.?!]{0,40}"
        r"(?:\b(?:could|can|would|will) you\b|\byou (?:may|might|could) (?:\w+ ){0,3}(?:see|look|hear|listen|ask)\b"
        r"|\bplease (?:send|get|ask|find|look|listen)\b|\b(?:look|listen|ask|copy)\b)"
        rf"|\b(?:as|since|because|seeing as|given that|now that) you (?:\w+ ){{1,3}}?(?:for {THEM}|{THEIR} \w+)\b"
        r"(?=[^.!]*\?|[^.?!]*\b(?:you could|could you|can you|you can|please|would you)\b)"
        rf"|\b(?:got|have|has) (?:the |a good )?ear of\b|\byou (?:drink|work|shoot|lodge|train|hunt|fish|knock about"
        rf"|play|live) with (?:{SOME_ONE})[^?!]{{0,60}}\b(?:what|who|where|when|ask|hear|listen|find)\b"
        rf"|\byou know (?:{THEM}|the {FOLK})\b[^.?!]{{0,60}}\b(?:mention|ask|see (?:how|what|if)|get)\b"
        rf"|\b(?:use|using) your (?:friendship|relationship|position|contacts?|job|round|access)\b"
        rf"|\b(?:{THEY}|the {FOLK}) (?:trusts?|talks? to|will talk to|listens? to|confides? in) you\b"
        rf"|\b(?:only )?(?:one|person) (?:that |who |whom )?{THEY} (?:talks?|listens?|confides?|opens? up)\b"
        r"|\b(?:want|need) (?:some )?eyes (?:and ears )?on\b"
        rf"|\bas {THEIR} (?:friend|neighbour|mate|brother|sister|cousin|vet|postman|landlord|boss|employer)\b",
        "Nobody is asked to use what they are to somebody for us.",
        ours_is_fine=False,
    ),
    _row(
        "ask_them",
        rf"\bask your \w+(?: in law)? (?:who|what|where|how|when|what \w+) {THEY} (?!saw\b|heard\b|remember|noticed\b"
        rf"|thinks?\b)"
        rf"|\b(?:speak|talk|chat|have a (?:quiet )?(?:word|chat|natter|talk|drink|pint|brew|cuppa)) (?:to|with) "
        rf"(?:{THEM}|{THEIR}|the {FOLK}|your (?!insur|bank|vet\b|doctor|gp\b|solicitor"
        rf"|agent)\w+(?: in law)?)\b[^.?!]{{0,40}}"
        rf"\b(?:see|find out|ask (?:about|who|what|where|how)|let (?:me|us) know|tell (?:me|us)|without)\b"
        rf"|\bmake (?:some |a few |discreet |any |further )*(?:enquir|inquir)(?:ies|y)\b"
        rf"|\bask {THEM}\b(?! (?:to|if they (?:want|would like) to) (?:ring|call|phone|text|join|sign|register"
        rf"|contact|report"
        r"|speak|dial|stop|leave|go|move|tell us|get in touch|come))"
        rf"|\bask(?:ing)? (?:around|round)\b|\bask (?:the|{THEIR}) (?:\w+ ){{1,2}}(?:about|who|what|where|if"
        rf"|whether|why|when)\b"
        rf"|\b(?:see|check|find out) (?:if|whether|what) {YOURS} (?:hears?|can (?:find|get|learn|hear)|picks? up"
        rf"|finds? out|overhears?)\b"
        rf"|\b(?:send|get|have|let) {_ONE_OF}{YOURS} (?:\w+ ){{0,2}}?(?:to |and )?(?:ask (?:who|what|where|about|if"
        rf"|whether|{THEM})|find out|listen|watch|spy|keep an eye)\b"
        rf"|\bask your \w+ (?:about|what) (?:{THEM}|{THEY}|{THEIR})\b|\bquiz (?:{THEM}|the)\b"
        rf"|\bsound {THEM} out\b",
        "Say: “They can ring us on 101”, and ask them yourself.",
    ),
    _row(
        "note_down",
        r"\b(?:note|write|jot|take|log|list|keep|make)\b(?: down| a (?:note|list|record|log|diary) of"
        r"| notes? (?:of|on)| track of)? "
        rf"(?:who(?:ever)?\b|when (?:{THEY}|anyone|anybody|somebody|people)\b|what times? {THEY}\b"
        r"|(?:anyone|anybody|everyone|everybody) (?:who|that|coming|going|visiting)"
        rf"|{THEIR} (?:visitors|movements|comings|routine|car|van)|(?:all|any|every|the) (?:the |of the )?"
        r"(?:cars?|vehicles?|vans?|visitors?|(?:number |licence )?plates?|people|callers?|regs?"
        r"|registrations?) (?:that|which|who"
        r"|coming|going|visiting|at|outside)|(?:a )?(?:diary|log|list|record|tally) of (?:the |his |her |their "
        r"|all )*"
        r"(?:visitors?|callers?|cars?|vehicles?|vans?|comings|movements)\b)"
        r"|\b(?:photograph|film|snap|note|record|get|take|write|jot|log|text|send)(?: down| me| us)?"
        r" (?:the )?(?:regs?|registrations?|(?:number |licence )?plates?|makes?|names?|faces?|details)"
        r" of (?:every|each|all|any|whoever|whatever|everyone|anyone|everybody|anybody|anything|everything)\b",
        "Ask for what they remember of that one time.",
    ),
    _row(
        "see_who",
        rf"\b(?:see|check|look|watch|listen)(?: out)?(?: for)? (?:who (?:visits|comes|goes|calls|lives|turns up"
        rf"|stays|meets|else "
        rf"(?:visits|comes|goes|lives|is))|what {THEY}(?:'re|'s)? (?:are |is )?(?:say|do|does|get|is|are)\w*)"
        rf"|(?:\band|\bthen|&) see (?:what|how|where|who|if|whether) (?:{THEY}\b|{THEIR}\b|gets? |the {FOLK}\b)"
        rf"|\bsee (?:if|whether) {THEY} (?:mentions?|says?|talks?|knows?|tells?|lets? on|admits?)\b"
        r"|(?:\band|\bthen|&) see (?:what|who)(?:'s| is| are) (?:in|inside|at home|home|parked|about|going on)\b"
        r"|\bcount (?:the|how many) (?:cars?|vans?|vehicles?|people|men|lads|heads)\b",
        "Ask what they saw already: “Did you see who was driving?”",
        past_is_fine=True,
        ours_by_clause=True,
    ),
    _row(
        "follow",
        rf"\b(?:follow|tail|shadow) (?:{THEM}|it(?! up)|that (?:van|car|one|vehicle|man)|the {FOLK}|{THEIR})\b"
        rf"|\bfollow (?:on )?(?:behind|after|at a distance)\b"
        rf"|\bfollow (?:the|that) (?:\w+ )?{_WHEELS}\b"
        rf"|\b(?:put|fit|fix|stick|plant|hide|attach|place|leave) (?:this|that|an?|the|our)"
        rf" (?:tracker|airtag|bug|microphone|mic|recorder|camera) (?:\w+ )?"
        rf"(?:under|on|in|to|inside|at|behind) {THEIR}\b"
        rf"|\btrack (?:{THEM}|{THEIR} (?:movements|car|van|phone))\b",
        "Nobody follows anybody for us: it is dangerous as well.",
        past_is_fine=True,
    ),
    _row(
        "film",
        rf"\b(?:phone|camera|recorder|dashcam) (?:on )?(?:recording|running|filming)\b[^.?!]{{0,40}}"
        rf"\b(?:when|while|whenever|next time|if) {THEY}\b"
        rf"|\bcam(?:era)?s? (?:pointing|pointed|facing|aimed|trained|looking) (?:at|on|towards?)"
        rf" (?:{THEM}|{THEIR}|the {FOLK})\b"
        r"|\b(?:film|photograph|video|snap) (?:anything|anyone|anybody|everything|everyone|everybody|whoever"
        r"|whatever|every|each)\b"
        rf"|\b(?:film|record|photograph|video|snap) (?:{THEM}|{THEIR}|the {FOLK})\b"
        rf"|\b(?:take|get|grab|snap)(?: (?:a|some|any|more|secret|quiet|another))* (?:photos?|pictures?|pics?"
        rf"|videos?|footage|recordings?)"
        rf" of (?:{THEM}|{THEIR}|who|the (?!(?:\w+ ){{0,2}}(?:damage|tracks?|gates?|fenc(?:e|ing)"
        rf"|(?:pad)?lock|tank|scene|field|hole|waste|rubbish|window|door|hedge|chain|wire|hinges?|receipt|invoice"
        rf"|serial|frame|injur(?:y|ies)|sheep|ewes?|lambs?|animals?|letter|message|note)\b){FOLK}?\b)",
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
        rf"(?:get|obtain|find|dig up|get hold of|bring|copy) (?:me |us )?(?:{THEIR}|names?|the names?|a name"
        rf"|an? address|the (?:reg|plate|number|address|registration|number plate)|what {THEY})\b"
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
        rf"|round) {THEIR} "
        rf"|(?<!\bto )\b(?:check|search|inspect) (?:his|her) (?:\w+ )?(?:{_THINGS_THERE}|freezer|fridge|boot|pockets"
        rf"|phone|bins?|post|trailer|tools?)\b"
        rf"|(?<!if you )\bget (?:a|another) (?:\w+ )?(?:look|glance|peek|peep) (?:at|in|inside|into|round)"
        rf" (?:{THEIR}|(?:the |any )?\w+ (?:in|on|inside|from) {THEIR})\b"
        r"|\b(?:find|make|think of|invent) (?:an excuse|a pretext|a reason|some excuse) to (?:go|get|look|call|visit|be"
        r"|pop|ask|see|stay)\b"
        rf"|\blisten in\b|\beavesdrop|\boverhear what\b|\bpretend (?:to|that|you)\b|\b(?:wear|carry) (?:a|our|this|the)"
        rf" (?:\w+ )?(?:wire|recorder|recording device|mic|microphone|hidden camera)\b",
        "Nobody looks or listens for us where they would not by themselves.",
        past_is_fine=True,
    ),
    _row(
        "covertly",
        r"\bwithout (?:mentioning (?:us|me|the police|it|why|that)|letting on|being (?:seen|noticed|spotted))\b"
        r"|\b(?:un)?beknown"
        rf"|\bwithout (?:{THEM}|anyone|anybody) (?:knowing|noticing|finding out)\b|\bbehind {THEIR} backs?\b"
        rf"|\bon the quiet\b"
        rf"|\b(?:do not|don't|dont|never) (?:let|tell) {THEM} (?:know|why|that|about|you)\b|\bundercover\b",
        "What somebody must not know is covert, and not for this way.",
        ours_is_fine=False,
        even_forbidden=True,
    ),
    _row(
        "stay_close",
        rf"\b(?:stay|remain) (?:friends?|friendly|close|pally|matey|in) (?:with|to)"
        rf" (?:{THEM}\b|the {FOLK}\b|{NAMED})"
        rf"|\b(?:do not|don't|dont|never) fall out with (?:{SOME_ONE})|\bwe need you (?:in|inside"
        rf"|on the inside)\b|\b(?:we|i) (?:need|want) (?:someone|somebody)"
        rf" (?:inside|on the inside|among them|close to {THEM})\b"
        rf"|\b(?:carry on|continue|keep|go on) (?:to )?(?:meet|see|talk|speak|visit|deliver|drink|work|observ"
        rf"|watch|monitor|chat|buy|sell|deal|trad|shoot|play|train)\w*"
        rf" (?:(?:to|with|for|from|off) )?(?:{THEM}|the (?:{FOLK}|premises|property|address))\b",
        "Nobody is asked to keep up a friendship or a watch for us.",
        even_forbidden=True,
    ),
    _row(
        "online",
        rf"\b(?:join|get into|get in|stay in) {THEIR} (?:\w+ )?(?:group|chat|page|channel|server)\b"
        rf"|\b(?:add|friend|follow|message|dm) {THEM} on\b"
        rf"|\b(?:stay|hang on|hang around|remain|keep|stick around|stay on)(?: \w+)? in (?:the|that|{THEIR})"
        rf" (?:\w+ )?(?:group|chat|channel)\b|\bjoin {THEIR} (?:\w+ )?(?:syndicate|club|shoot|hunt|meets?|crew|gang"
        rf"|circle|team|sessions?|game)\b"
        rf"|\b(?:forward|pass|send|copy)(?: it| on)?(?: to)? (?:me|us) (?:on )?(?:what|whatever|anything|everything)"
        rf"(?: that)? (?:gets?|is|they|he|she|people|others|the {FOLK}) (?:post|sa(?:y|id)|sen[dt]|writ|shar)\w*"
        rf"|\bscreenshots? (?:what|anything|everything|whatever|all|of what|when"
        rf"|whenever|every|of {THEIR} (?:posts?|page|profile|account|stor(?:y"
        rf"|ies)))\b",
        "Nobody goes among people online for us: that needs an authority of its own.",
    ),
    _row(
        "report_back",
        r"\breport back\b|\b(?:let(?:ting)? (?:me|us) know|tell(?:ing)? (?:me|us)|text(?:ing)? (?:me|us)"
        r"|ring(?:ing)? (?:me|us)|updat(?:e|ing) (?:me|us)|(?:call|phone|message) (?:me|us)"
        r"|drop (?:me|us) a (?:line|note|text)"
        r"|keep (?:me|us) (?:posted|informed|updated|in the loop))\b[^.?!]{0,40}?"
        rf"\b(?:{REPEATED}\b|whenever (?:he|she|they)\b"
        rf"|what (?:your neighbours?|{NAMED}) (?:has|have|is|are|do|does|says?)\b"
        rf"|who (?:sits|drinks|hangs? (?:about|around|out)|turns up|goes|comes|meets?|talks?|is usually)"
        rf"(?: (?:in|up|out|round))? (?:with|to) (?:{SOME_ONE})"
        rf"|what {THEY} (?:say|says|do|does|is|are|gets?)\b|who {THEY} (?:meets?|sees?|talks?|is|are)\b"
        r"|when (?:he|she) \w+|when they (?:go|leave|get back|meet)|about (?:his|her|their) (?:movements|plans)"
        r"|(?:on|about|of|as to) who (?:comes|goes|visits|turns|calls)"
        rf"|(?:whenever|every time|as soon as|when) (?:the (?:\w+ )?{FOLK}|{THEIR} \w+) "
        r"(?:leave|go|come|turn|move|arrive|get)s?\b)"
        r"|\b(?:remember|note|write down|pass on|tell (?:us|me)|record|keep|report) (?:everything|anything"
        r"|whatever|all|all that) "
        rf"(?:that )?{THEY} (?:tells?|says?|sends?|shows?|does|do)\b",
        "Say: “Tell us if you happen to see anything more.”",
        ours_is_fine=False,
    ),
    _row(
        "reward",
        r"\b(?:pay|reward) you\b|\bworth your while\b|\bsee you right\b|\bcash for\b|\b(?:quid|pounds?|tenner"
        r"|fiver|drink|£ ?\d+) in it\b|\bin return (?:we|i)\b"
        r"|\byour (?:fine|ticket|charges?|points|summons|caution|case)(?: \w+)? (?:forgotten|dropped|cancelled|torn up"
        r"|go away|disappear|sorted|looked after)\b"
        r"|\b(?:forget|drop|cancel|lose|tear up) (?:about )?your (?:fine|ticket|charges?|points|summons|caution)\b",
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
    said = spelt(said)
    for row in TASKING:
        for found in row.pattern.finditer(said):
            before = said[max(0, found.start() - _LOOK_BACK) : found.start()]
            if not _is_harmless(row, before):
                yield found[0].strip(), row
                break


def spelt(said: str) -> str:
    """Return the words with what hurried fingers write spelt out."""
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
