"""Texts as people send them to a watch number, labelled: what asks us to stop, how plainly, and what does not.

All are our own. `STOPS` is the bare word that stops at once; `ASKS` asks for it in more words: a person decides;
`OTHERS` asks for nothing of the kind, though many have STOP, END, REMOVE or CANCEL in them.
"""

_BARE = """
STOP|Stop|stop|sTOP|STOP.|Stop!|stop!!|"stop"|'STOP'|(stop)|STOP 🙏|stop 👍|  stop  |*STOP*|STOP...|- stop|stop,
#stop|STOPALL|Stop all|STOP ALL|stop all.|Stop-all|END|End|end.|QUIT|quit|Quit!|CANCEL|Cancel|cancel.
UNSUBSCRIBE|unsubscribe|Unsubscribe.|UNSUB|unsub|OPTOUT|Optout|OPT-OUT|Opt-out|opt out|OPT OUT|Opt out.|REMOVE
remove|Remove.|REVOKE|revoke|TD|td|ARRET|Arrêt|STOPIWCH|Stopiwch|stopiwch.|STOPIO|stopio|Stopio!|STOPIWCH BOPETH
stopio popeth|REZYGNUJĘ|Rezygnuje|rezygnuję.|WYPISZ|wypisz|Wypisz mnie|STOP WSZYSTKO
"""
_ASKS = """
stop texts please|please stop|Please STOP|stop please|STOP PLEASE|pls stop|plz stop|stop pls|stop thanks
Stop thank you|stop it now thanks|Stop it|stop this|stop this please|stop these|stop these texts|stop the texts
stop all texts|stop texting me|Stop texting me!!|please stop texting me|STOP TEXTING ME|stop messaging me
stop sending me texts|stop sending these|Stop sending me these messages|stop sending me alerts
please stop sending alerts|stop contacting me|Stop emailing me|stop ringing me|please stop calling me
can you stop these messages|could you stop texting me please|can you stop please|would you please stop
unsubscribe me|unsubscribe please|Please unsubscribe|please unsubscribe me|Unsubscribe me from this list
I want to unsubscribe|i would like to unsubscribe please|we want to opt out|I'd like to opt out|opt me out
opt out please|please opt me out|I wish to opt out of this service|take me off|take me off the list
Take me off your list please|please take us off|take my number off|take my number off your list|remove me
remove me please|please remove me|Remove me from your list.|Remove my number
please remove my number from your list|delete my number from your list|delete me from your list|no more texts
No more texts please|no more messages|no more alerts please|no more thanks|No more sms|no further messages
I do not want any more texts|I don't want these texts|dont want these messages|Don't want any more alerts
we dont want your texts|I no longer want these messages|no longer wish to receive texts
I no longer wish to receive these alerts|don't want to get these texts|Do not text me|don't text me
dont text me again|Do not contact me|do not contact us again|never text me again|don't message me
don't send me any more|Do not send me any more texts|dont send me these|don't send any more texts|stop stop stop
STOP STOP|Stop. Stop. Stop.|end these texts|end this please|cancel my texts|cancel my subscription
cancel this service|cancel these alerts please|cancel texts|cancel my alerts|quit texting me
quit sending me these|cease texting me|enough|enough texts|Enough now please|Stop\\n\\nSent from my iPhone
STOP\\nSent from Outlook for Android|please stop\\nSent from my Galaxy|Hello please stop|Hi can you stop
sorry please stop|Stop now|STOP NOW PLEASE|stop immediately|stop my alerts|stop my texts|stop alerts|STOP ALERTS
stop farm watch|stop farm watch texts|stop rural watch|stop police texts|stopp|Stopp please|stop ta|stop cheers
We moved to Wales last year, please stop texting us.|We sold the farm, please don't contact us.
I have retired so please take me off your list|My husband has died, please remove him from your list
Please can you remove my late mother's number|This is not Mr Wold's number any more, take it off your list
wrong number, please stop texting me|You have the wrong number. Stop.|wrong number stop
you keep texting the wrong person, stop|I am not a farmer, stop texting me|how do I stop these texts
how do i unsubscribe|How can I stop these messages?|how do I opt out|want to stop these alerts|I want to stop
i want out|please leave me alone|fed up with these texts, stop sending them|stopiwch os gwelwch yn dda
peidiwch a tecstio fi|dim mwy o negeseuon|tynnwch fi oddi ar y rhestr|proszę nie pisać|proszę przestać pisać
nie chcę więcej wiadomości|proszę mnie wypisać|too many texts, please stop|Text me no more
I didn't sign up for this, stop|I never signed up. Remove me.|not interested, stop|No thanks, stop
no thanks please stop|not for me, unsubscribe
"""
_LATER_ASKS = """
get me off this list|Kindly stop these alerts|please end my membership|I would like to leave
how do I leave this group|take me off this pls|stop spamming me|this is spam stop it|no more of these please
please no more|not wanted, remove my number please|STOP sending|can u take my number off ur system
I have moved away please remove me from alerts|we've sold up, no need for these any more
please could you stop sending me farm watch messages|dont need these anymore
I dont need these texts any more, thanks|Unsubscribe now|stop\\n\\nThanks\\nRobin|Pls remove from list
please unsubscibe me|unsubcribe|STOP STOP STOP PLEASE|stop the alerts please|I said stop
I have texted stop twice|Already said stop, still getting texts|peidiwch ag anfon rhagor
nie wysyłajcie mi więcej
"""
_LATER_OTHERS = """
stop the tractor being stolen, ring the owner|They ended up in the ditch|cancel my last, the van is the vet
removed cones from the verge|quad stopped by the gate|can someone come and stop this noise
the lampers quit when I shone a light|end of harvest, gates all shut
please remove that dead badger from the road|nobody stops them|I will stop at home tonight and watch
they do this every weekend|Stop at the top of the hill, turn left, you will see them
my farm is the one at the end|never ending lamping here|optic missing from rifle, reported|text to say all quiet
no further news|no more noise since ten|dont text back, they can see my phone light|unsub van 51 plate?
revoke their licence!|take off the number plate and it looks like mine|remove the post, it is private
"""
_OTHERS = """
Stop them, white van heading for Holt!|Stop them!!|stop him|Stop the van|STOP THIEF|stop that car
stop the red pick-up|stop that pickup|Don't stop|please don't stop these alerts
dont stop texting me these are useful|do not stop|never stop these they are great|cancel the alert, false alarm
cancel that, it was my neighbour|Cancel that. It is my son.|cancel, they have gone|please cancel my report
end of the lane, white van|at the end of the track|End of Mill Lane|it is at the dead end
this is the end of our drive|end gate is open|gone, they quit the field|two quit the field on quads|quad stolen
quit bike stolen from barn|Stop. They went to Holt|bus stop|by the bus stop|at the bus stop in Holt
truck stop on A17|lorry stop, three men|van at the pit stop cafe|seen at the end bus stop|they would not stop
He did not stop for me|car failed to stop|didnt stop at the junction|they stopped at the gate
Stopped by the bridge|has stopped at the bridge|just stopped outside|van stopped on verge, 2 men
they have stopped and got dogs out|stopping at every gate|keeps stopping at gateways
stopping and starting along the lane|stop start driving on Mill Lane|someone is trying to stop them
can you stop them|Can you stop these people|please stop them killing hares|please stop these people
someone stop them please|tell them to stop|asked him to stop and he swore|I told them to stop
police stop on the A148|stop and search on Mill Lane|stop sign knocked down at crossroads
stop cock has been taken|stopcock stolen from trough|removed the gate|they removed my gate
gates removed overnight|remove the dead sheep please|who will remove the fly tip|can you remove the fly tipping
remove fly tipping at Long Sand|end tipper unit white|weekend they came|end of month meeting?|when does it end
ends of the gate cut|the chain was cut at one end|my subscription magazine mentions this
text me when you have them|text me more|please text me|call me when stopped|ring me please|I want to report
I want to stop and look but scared|we want these to carry on|more texts like this please|no more sheep left
no more hares in this field|no more lamps now, they have gone|no more sightings|no more than three men
no further sign of them|no longer there|no longer in the field|they are no longer here
I no longer farm but I see things|no message from you since Friday|don't send anyone, they have gone
do not send the dogs|dont send a car it was nothing|do not text the number on the card it is a scam
dont contact my husband, ring me|Don't ring now they will hear|never seen them before
never text while driving they did|delete|off down the lane|take the second left|took my quad|take care all
remove before flight|out of the gate|opting to go by Holt|opted to drive off|unsubscribed van? no idea
quitting time for lampers|cancelled my trip to look|cancelled|cancels|YES|NO|yes seen it|no nothing|1|2|3|ok
OK thanks|thanks|thank you|Seen nothing|not seen|nothing here|will keep a look out|seen it|2 men with dogs
White van at the bridge|Two men with lurchers on Long Sand|black 4x4 heading for Holt|gone now|they are back
HELP|help me|who is this|start of the track|START them engines|info please|information on the van|going now
go away they shouted|resume walking|the road goes to the end|end|ed|stops|stopd|bstop|top|post|STOPS HERE|opt
out|unsub scribe|sto p|Stop using the top track, it floods|stop leaving the gate open
please stop parking at the gate|stop feeding the horses please|stop dogs off lead|walkers stop by my yard
stop press: van found|full stop|one stop shop in Holt|non stop barking|door stop stolen|it has to stop
this has to stop, third time|When will this stop?|make it stop|enough is enough, they came again
I have had enough of these poachers|enough light to see the plate|end terrace house broken into
please end this nonsense with the lampers|to the end
"""

_BLIND_ASKS = """
Stop sending me all this|Please take me off your list of people|I don't farm any more, can you stop the messages
You can stop sending these now thanks|No more of these texts please|Remove this number|delete me
unsubscribe this number please|I've told you before, stop|Please cancel|stop these notifications
I do not wish to receive anything further|wrong number mate, take me off|Don't want these|not interested
Can I come off this list?|how do I turn these off|STOP!!! I never asked for this|leave me alone
PLEASE STOP SENDING THESE TO MY WIFE|Stop messaging this number|Please don't contact this number again
no longer interested in these alerts|please end these|i want to come out of the scheme
This phone belongs to someone else now, please remove|dad died in May, no more please|switch these off please
Stop. Too many|stop stop|Have you got a way for me to end this|pls no further texts to this fone
sorry but I have to opt out|Stop these now I have retired|I'm getting too many of these, cut them out
I'd rather not have any more of these|do you mind taking me off|Can't be doing with all these texts
My mum has dementia, these upset her, please end them|Finished with farming so please stop|cease and desist
Stop bothering me|I keep getting these and don't want them|remove from list|No more!|kindly discontinue
not my number please remove|unsubcribe me now|Please stop the farm watch ones|stop it please I beg you
"""
_LAST_ASKS = """
I would like these to cease|Never wanted this, off please|Stop pestering me|Who put me on this? Take me off
Please can you remove us from the mailing|No thank you I do not need them
We've left the area so can you stop them coming|Bin me off your list|I am in hospital, please stop these
get rid of me from this|cancel please, I pay for every text|Too many messages|I'm not a member any more
Stop the flipping texts|Can you discontinue my number
"""
_BLIND_OTHERS = """
They stopped at the gate and drove on|could someone stop the lorries|nobody can stop it|end wall of the barn is down
quit my job at the farm last year but I still saw them|please cancel my visit on Tuesday
remove the carcass from the ford please|stopped a man with a lurcher|he asked me to stop and I did not
never seen it before|don't ring the landline I am in the field|no more diesel in the tank, it has been drained
take the top road|please contact me|leave me a message if I do not answer|can you get them off my land
they took me off the track|how do I send a photo|stop by any time|the alarm will not stop
wrong gate, it is the next one|I want to add my neighbour|delete the plate I sent, it was KX|the end of the wood
not interested in the dog, just the quad|they will not leave us alone|the texts are useful thank you
I did not get the last text|unsubstantiated but worth a look|cancelled the milk so nobody knows I am away
stop what you are doing and look at the ford|no more than an hour ago|please remove the tape from my gate
the list of plates is on my phone|they want to come out to the yard|I do not want to be named
not interested in talking to me, they drove off|quad will not stop|cannot stop, will ring later
off the top of my head, six men|can you take him off my land please|delete that last one, I sent the wrong picture
has it ended?|stopped for diesel at Pilling|the bull is out again and will not be turned off the road|no more hay left
they are still getting in at the end gate|please switch the light on at the station|I do not wish to make a statement
turn off at the second lane|I did not get the number|enough for a conviction I hope|no more lights since midnight
we finished with the combine and saw a torch|the text said ford but it is the bridge|please remove your cones
what is this list for|I want these people caught|stop at mine for tea|do not need an ambulance thanks
cancel the meeting, hall is flooded|phone me, not text|Never seen so many deer|off now|turn the siren off please
"""


def _lines(block: str) -> tuple[str, ...]:
    r"""Return the texts of a block, told apart by bars and line ends; `\n` in a text is a new line of it."""
    return tuple(text.replace(r"\n", "\n") for text in block.strip("\n").replace("\n", "|").split("|"))


STOPS = _lines(_BARE)
ASKS = _lines(_ASKS)
# A bare `end` and `unsub` are commands of four providers: whoever sends one of them stops.
OTHERS = tuple(text for text in _lines(_OTHERS) if text.strip().lower() not in {"end", "help", "info"})
# Written after the rules: of these wishes 11 of 30 were noticed before the rules learned from them as well.
LATER_ASKS = _lines(_LATER_ASKS)
LATER_OTHERS = _lines(_LATER_OTHERS)
# Written in one sitting, the rules known but not tried: 14 of these 50 wishes were noticed before the rules learned.
BLIND_ASKS = _lines(_BLIND_ASKS)
# Written after that, and nothing was changed for them: 8 of 15.
LAST_ASKS = _lines(_LAST_ASKS)
BLIND_OTHERS = _lines(_BLIND_OTHERS)
