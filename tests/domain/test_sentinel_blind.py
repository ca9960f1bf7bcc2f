"""The sentinel on a fourth officer's words: forty plain tasks and forty questions, written before the rules were read.

Measured first, on the rows as they then stood (22 November 2026): 21 of the 40 tasks were stopped, 6 more asked the
officer to read the test, 13 went through; of the 40 questions one was stopped (a photo of a cut fence). Rows were then
widened where what was missed stands for a way of asking. What is held below is therefore no measure of recall any
more: half of what nobody has thought of yet may still go through, and the screens say the test beside the words.
"""

import pytest

from hueandcry.domain.members.rules.sentinel import cautions, tasking

TASKS = (
    "Could you have a quick look in his barn next time you're round there?",
    "Next time he's in the pub see if he mentions the quad.",
    "Can you get me the reg of whatever is parked at the back of his yard?",
    "Keep your ears open at the auction and let me know who is selling cheap tools.",
    "See if you can get chatting to his brother about where the trailer went.",
    "Would you mind driving past the farm tonight and telling me which vans are there?",
    "Try and find out who he is buying the diesel from.",
    "It would help us a lot if you could get friendly with the new lad.",
    "Can you sit up for a few nights and note down when they come and go?",
    "Do you think you could ask your cousin what time they usually go out lamping?",
    "Get a photo of the back of the van if you can.",
    "If you hear where he is staying, drop me a line.",
    "You know her well, can you get her to say who sold her the dog?",
    "Stay in the WhatsApp group and screenshot anything they post about meeting up.",
    "Could you join their Facebook group and tell us what they say?",
    "Pop in for a brew and see what is in the shed.",
    "Would you be able to leave your trail camera pointing at his gate?",
    "Please keep tabs on the lads in the layby for us.",
    "I would like you to keep a diary of his visitors.",
    "Can you pretend you want to buy one and see what he says?",
    "Offer to buy the trailer off him and tell me what he asks for it.",
    "Ring him up about the advert and find out where he lives.",
    "Let me know whenever his pickup leaves the yard.",
    "Take a walk past number 9 and see who is in.",
    "Carry on drinking with them and give me a ring on Sunday with what you've heard.",
    "We need somebody inside that group, would you do it?",
    "Have a nosey round the sheds when he is at the mart.",
    "Could you put this tracker under his trailer?",
    "Check his freezer for venison when you deliver the feed.",
    "Listen out for any names when you are working there on Tuesday.",
    "Tell me everything he says about the dogs.",
    "Go along to the meet on Saturday and count the cars for me.",
    "Could your lad ask around at school about who has the catapult?",
    "Do us a favour and follow the Transit when it sets off.",
    "Make a note of every number plate that goes up the lane to Marsh Farm.",
    "See what you can dig up on the family at the caravan.",
    "You work with him, so can you find out what shifts he is on?",
    "Don't tell him we spoke, but get him talking about the burglary.",
    "There's fifty quid in it if you can find out where the quad bikes are kept.",
    "I need you to go back in and look for the chain saws.",
)
QUESTIONS = (
    "What time did you notice that the quad had gone?",
    "Can you tell me which way the van drove off?",
    "Did you see anybody near the gate this morning?",
    "Could you send me the photograph you took of the damage?",
    "Do you still have the receipt for the chain saw?",
    "Is your CCTV working, and may we have a copy of last night?",
    "Are you in this afternoon if I come round to take a statement?",
    "Would you like a property-marking kit for your trailer?",
    "Please remember to lock your diesel tank tonight.",
    "Did your neighbour lose anything as well?",
    "Can you make the meeting at the village hall on Thursday?",
    "What is the frame number of your bike?",
    "How many sheep are missing, and when did you last count them?",
    "Have you reported this to us before?",
    "Could you check your sheds and tell me what has been taken?",
    "Would you be happy to put a poster up in the shop?",
    "Who should we ring if you are away?",
    "Can you look at this picture and tell me whether it is your trailer?",
    "Was the gate chained when you went to bed?",
    "Keep your dogs on a lead near the sheep, please.",
    "May I pass your number on to the insurance?",
    "If you see them again, stay safe, keep away and ring 999.",
    "Could you ask your vet for the microchip number?",
    "Are the lambs tagged?",
    "Let me know if you would rather have e-mails than texts.",
    "Please keep the footage until I can collect it.",
    "Can you measure how wide the tyre marks are?",
    "Do you want me to call in when I am next passing?",
    "Has anyone else got a key to the barn?",
    "What did the man who spoke to you look like?",
    "How did the caller say he got your number?",
    "Could you give me the crime number the control room gave you?",
    "Thanks for the registration, where exactly was it parked?",
    "Can you find the invoice for the GPS unit?",
    "Is your trail camera still pointing at your own gate?",
    "Please note down anything else that you find missing.",
    "Let me know when your new quad arrives and we will mark it.",
    "Have you had any trouble since we last spoke?",
    "Would your watch like somebody to talk about hare coursing?",
    "Could you take a photo of the cut fence for the file?",
)
# Words near to those of the widened rows that set nobody a task.
NEAR = (
    "Did you follow the van?",
    "Follow the diversion, and mind the van.",
    "We will count the cars ourselves.",
    "Never offer to buy tools at the gate.",
    "Tell your neighbours to check their sheds.",
    "Ask your husband to check his shed.",
    "Point your camera at your own yard.",
    "Fit a tracker under your quad.",
    "Could you send a picture of the broken padlock?",
    "Please do not follow the Transit.",
)
# Nobody is sent anywhere, and yet it is no open door: left to the officer.
GOES_THROUGH = {"If you hear where he is staying, drop me a line."}

UNIT = "the source unit on extension 0000"


def test_the_sets_are_whole() -> None:
    assert (len(set(TASKS)), len(set(QUESTIONS))) == (40, 40)


def test_only_the_task_that_is_listed_goes_through() -> None:
    through = {words for words in TASKS if tasking(text=words) is None}

    assert through == GOES_THROUGH


@pytest.mark.parametrize("words", [*QUESTIONS, *NEAR])
def test_a_question_is_not_taken_for_a_task(words: str) -> None:
    assert cautions(text=words, unit=UNIT) == []
