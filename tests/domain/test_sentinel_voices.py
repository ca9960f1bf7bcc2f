"""The sentinel on words that its rows were not made from: three officers' ordinary replies, and tasks in their voices.

The first hundred replies and forty tasks were written before the rows that now catch them: of the replies none was
stopped, of the tasks 34 went through (22 November 2026). The second set was written after the rows: of its forty
replies four were stopped, of its twenty tasks 18 went through. So words alone do not hold: what may be a task now asks
the officer to read the test, and is counted here.
"""

import pytest

from hueandcry.domain.members.rules.sentinel import Verdict, cautions, tasking

TERSE = (
    "Cheers. Any reg?",
    "Ta. Whereabouts exactly?",
    "Seen. Passing to control.",
    "Thx. Still there?",
    "Which gate?",
    "Colour?",
    "How many in it?",
    "On my way, 10 mins.",
    "Stay in please. Doors locked.",
    "Dont go out to them.",
    "Dont go near it. Crew coming.",
    "Ok thanks. Will pop round tomorrow to see you.",
    "Can I ring you now?",
    "When's good to call?",
    "Got dashcam? Please keep it, I'll collect.",
    "Pls dont wipe the CCTV.",
    "Can you send the photo again, came out blank.",
    "Send it to 101 webchat if too big.",
    "Did you get a look at the driver?",
    "Same van as last week?",
    "Heading which way?",
    "Dogs with them?",
    "Was it locked?",
    "What else went?",
    "Serial no. on the quad?",
    "Nothing found, but thanks for ringing in.",
    "Area searched no trace. Ring 999 if back.",
    "We've got them. Thank you!",
    "Is your neighbour ok?",
    "Tell your neighbour to ring 101 as well please.",
    "Keep your gates shut tonight.",
    "Keep an eye on your own stock and ring if any missing.",
    "Check your locks before bed.",
    "Ask for PCSO Lunt when you ring.",
    "Log 214 is yours.",
    "Crime no. to follow.",
)
CHATTY = (
    "Evening, and thanks ever so much for letting us know, it really does help. Do you remember what time you saw it?",
    "Hello again! I've had a look and we did send a car out but they had gone by then, sorry about that.",
    (
        "That's brilliant, thank you. I'll get one of the team to have a drive past tonight and see if they're "
        "still about."
    ),
    (
        "Morning. I'm going to go down there myself this afternoon and have a look at the fence, so no need for you "
        "to do anything."
    ),
    "Thanks for that. Don't you go chasing after them, it isn't worth it, leave that to us!",
    "Lovely to talk to you yesterday. Could you text me the picture that you took of the gate when you get a minute?",
    "No worries at all. If you'd rather talk on the phone just say when and I'll give you a ring.",
    (
        "I know it feels like nothing gets done, but every one of these goes on the map and that's how we decide "
        "where to patrol."
    ),
    "Do you happen to know which of the farms it belongs to? If not, don't worry, we'll find out from the records.",
    "We asked around the village this morning and a couple of others heard it too, so you weren't imagining it!",
    "Ha, no, you did the right thing. Were there any marks on the trailer that you'd know again?",
    "Sorry to hear about the sheep. Has the vet been, and did they say what had done it?",
    "Quick one: was the pick-up the one with the light bar, or a different one?",
    "Thanks. We've spoken to the lads and they have been sent home with a flea in their ear.",
    "It would help a lot if you could tell me roughly how long they were parked there.",
    "Can you remember anything about what they were wearing? Hats, hi-vis, anything like that?",
    "Please keep the footage safe, somebody will be round with a stick to copy it on Thursday.",
    "If they do turn up again please don't film them, just get yourself indoors and ring 999.",
    "Don't feel you have to go looking, honestly. If you see something, tell us, that's all.",
    "Did your lad manage to get home all right? Give him our best.",
    "I'll let you know what the council say about the gate when they get back to me.",
    "We're keeping an eye on the lane this week, so you may see us about at odd hours.",
    "How's the tractor? Did the insurance people get in touch with you?",
    "Good shout. I'll pass that on to the rural team and they'll take it from there.",
    "You asked whether you could take photos: please don't put yourself at risk for a picture, we don't need one.",
    "There's a marking day at the mart on Saturday if you want your quad and trailer done for nothing.",
    "Would you be happy for me to pass your number to the officer dealing with it? She'd like to say thank you.",
    "Would you and your wife like to come along to the meeting on Tuesday? There'll be tea.",
    "Did the man who came to the door leave a card, or say which company he was from?",
    "Was that before or after you had been round to feed the calves?",
    "You said he had a limp: which leg was it, can you remember?",
    "Could you see whether there was anybody in the passenger seat?",
    "Let me know if the noise starts again, day or night, and I'll send somebody.",
    "I can't say much about it yet but I'll tell you when I can.",
)
CAREFUL = (
    "Thank you for your report, reference 7Q2KXD. An officer will telephone you before 18:00 today.",
    "Could you please confirm the approximate time, and the direction in which the vehicle left?",
    "Please do not put yourself at any risk. We are not asking you to watch anybody on our behalf.",
    "You are under no obligation to tell us more, and we do not ask you to find out anything.",
    "Thank you. Did you see this yourself, or were you told about it by someone else?",
    "If you were told about it, the person who saw it is welcome to ring 101 or Crimestoppers on 0800 555 111.",
    "Please do not discuss this with them, for your own safety.",
    "We would be grateful to know whether the vehicle was there before 06:00.",
    "May we visit you at home, or would you prefer another place?",
    "Is it safe to write to you at this number?",
    "I regret that we could not attend on the night. I have asked for patrols of the lane until Sunday.",
    "An officer wishes to take a statement from you. Would Thursday at 10:00 be convenient?",
    "Did you keep a copy of the message that you received? If so, please do not delete it.",
    "Have you noted the registration anywhere, for instance on the feed bag that you mentioned?",
    "Did anyone else in the household see it?",
    "Please photograph the damage to your own hedge for your insurer, in daylight.",
    "Was the person known to you? You need not say who in this message: I will ring you.",
    "Do you wish to remain anonymous? If so, please use Crimestoppers instead of this number.",
    "I understand that you are concerned about your neighbour. Is anyone in danger at this moment?",
    "If someone is in danger now, ring 999. If you cannot speak, press 55 when asked.",
    "Please let your tenants know that officers will be in the field tomorrow morning.",
    "Kindly keep the gate closed until the scene has been examined.",
    "Officers will follow the vehicle's route on camera; there is nothing further for you to do.",
    "The owner has been found and told. Thank you for taking the trouble.",
    "We have identified the driver and he will be dealt with.",
    "We cannot tell you what he said, but the matter is being looked into.",
    "The person you named has not been told who rang us, and will not be.",
    "May I ask whether the lights were on when you passed?",
    "Should you recall the name of the firm on the side of the lorry, please reply to this message.",
    "Please make a note of this reference and quote it if you ring us.",
)
MUST_STOP_VOICES = (
    "can u find out his surname",
    "see if you can get the reg next time its parked up",
    "Have a nosey over the wall and tell me whats in there",
    "get me a name",
    "Any chance you could have a word with him and see what he knows?",
    "Pop in for a brew with her and see how she is about it",
    "Could you sit up tonight and watch the lane for us?",
    "Would you mind keeping a look out for the lads from the end house?",
    "You know the family, so maybe mention it and see how they react.",
    "Next time you're in the pub, listen out for what they're saying.",
    "Have a chat with your brother in law and see what he's up to.",
    "Ask your lad who he gets it from.",
    "Could your daughter find out from school who's dealing?",
    "When you deliver there, have a look in the shed for us.",
    "Let me know when his car leaves.",
    "Text me whenever the white van turns up.",
    "Keep me posted on who comes and goes.",
    "Could you jot down the number plates that go up there over the weekend?",
    "Keep a diary of the visitors for a fortnight please.",
    "We'd like you to stay friends with him for now.",
    "Don't fall out with them, we need you in there.",
    "Could you join their WhatsApp group and see what gets said?",
    "Send me screenshots of what she posts.",
    "Can you add him on Facebook and see who his mates are?",
    "Get a photo of him if you can do it without being seen.",
    "Would you take a picture of the driver next time?",
    "Leave your phone recording when he comes round.",
    "Could you follow on behind and see where they turn off?",
    "There's fifty quid in it if you get the address.",
    "Please ask the other tenants whether they have heard anything about him.",
    "It would help us greatly if you could establish who resides at the caravan.",
    "We would be obliged if you would continue to observe the premises.",
    "Perhaps you might speak with him, without mentioning us.",
    "Kindly ascertain where the animals are kept.",
    "As you work there, you may be able to see the invoices; please send us a copy.",
    "Please carry on meeting her as usual and tell us what she says.",
    "I wonder whether you could steer the conversation round to the quad bikes.",
    "Should he confide in you, please pass on whatever he says.",
    "Try to remember everything he tells you on Friday.",
    "Could you make enquiries in the village about who bought it?",
)
ORDINARY_BUT_NEAR = (
    "Have a look in your own shed and tell us what is missing.",
    "Can you get the vet's number to me when you have a minute?",
    "Could you ask your husband whether he saw it too?",
    "Please talk to your insurer and see what they say.",
    "Keep a diary of the noise for the council.",
    "Please join the village WhatsApp group if you want to hear more.",
    "Let me know when you are home and I'll call round.",
    "Let me know if they come back.",
    "Carry on as usual, there is nothing you need do.",
    "If you know the name of the firm that would help.",
    "Thanks for watching out for each other up there.",
    "Watch out for ice on the lane.",
    "Could you see the plate from where you stood?",
    "Did you get the reg?",
    "Did you stop and see who it was?",
    "Have you spoken to the owner of the field?",
    "We'll speak to him and see what he says.",
    "I will go round and see if they are in.",
    "I've asked the lads at the depot to check the cameras and see who was on shift.",
    "The council will make enquiries about the caravan.",
    "We have to establish who owns the land first.",
    "Take a screenshot of the message they sent to you and keep it.",
    "Please don't join in any argument with them online.",
    "You can ring Crimestoppers without giving your name.",
    "Do you know the family? If so are they all right?",
    "Your camera may have been recording when they came past, could you check?",
    "I'd sit tight and not go out until the crew has been.",
    "Please note the time and the place and ring 101.",
    "Tell me everything you remember.",
    "Please tell the driver of your milk lorry that the lane is shut.",
    "Can you let the tenants know that we will be there?",
    "Has he said anything to you that frightened you?",
    "Could you bring the paperwork for the trailer to the station?",
    "Please ask him to ring me about his dog.",
    "There may be something in it, thank you.",
    "Get the number from the website.",
    "Let us know when the fence is mended so that we can take it off the list.",
    "The van is gone; as you work there, take care on the way home.",
    "Please stay in with the doors locked.",
    "Can you find out from your insurer which number they put on it?",
)
TASKS_IN_OTHER_WORDS = (
    "Would you ring him and pretend to be a buyer?",
    "offer to buy the quad off him and let me know when hes meeting you",
    "Sit near them at the mart and tell me what you hear.",
    "Text me the reg of anything that stops at number 4.",
    "Could you count how many people go in and out?",
    "Next time he's drunk, ask where he got it.",
    "Can you get into the yard and check the chassis number?",
    "Please leave your gate open so that they come in and you can see who it is.",
    "You're close to her, she'd tell you.",
    "Do us a favour and find where he's living now.",
    "It would be useful if you were to invite him round and raise the matter.",
    "Would you be prepared to keep in contact with him on our behalf?",
    "We would like you to attend their meeting and tell us who is there.",
    "Is there any way you could look at his phone?",
    "Could you stay on at the farm for a few more weeks so we know what is coming in?",
    "keep ur ears open in the pub about the diesel lads",
    "Ask the postman who gets letters there.",
    "Please let me have a list of everyone who works there.",
    "If he offers you some, buy it and keep it for us.",
    "Could you walk your dog past there each evening and message me?",
)

UNIT = "the source unit on extension 0000"
# What a person would let through, and the machine does not: known and listed, so that nobody need guess.
STOPPED_WRONGLY = {"Please talk to your insurer and see what they say."}
WARNED_WRONGLY = {"Take a screenshot of the message they sent to you and keep it."}
GO_THROUGH = {"You're close to her, she'd tell you."}


def verdicts(words: str) -> set[Verdict]:
    return {one.verdict for one in cautions(text=words, unit=UNIT)}


@pytest.mark.parametrize(("voice", "size"), [(TERSE, 36), (CHATTY, 34), (CAREFUL, 30)])
def test_ordinary_replies_in_three_voices_pass_without_a_word(voice: tuple[str, ...], size: int) -> None:
    assert len(set(voice)) == size
    assert [words for words in voice if verdicts(words)] == []


@pytest.mark.parametrize("words", MUST_STOP_VOICES)
def test_a_task_in_any_voice_is_stopped(words: str) -> None:
    assert tasking(text=words) is not None


def test_replies_that_come_near_are_stopped_or_questioned_only_as_listed() -> None:
    stopped = {words for words in ORDINARY_BUT_NEAR if Verdict.STOP in verdicts(words)}
    warned = {words for words in ORDINARY_BUT_NEAR if verdicts(words) == {Verdict.WARN}}

    assert (stopped, warned) == (STOPPED_WRONGLY, WARNED_WRONGLY)


def test_tasks_in_words_that_no_row_knows_ask_the_officer_to_read_the_test() -> None:
    silent = {words for words in TASKS_IN_OTHER_WORDS if not verdicts(words)}

    assert silent == GO_THROUGH
