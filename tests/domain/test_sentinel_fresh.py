"""The sentinel on four sets written blind: taskings and harmless words, each before the words were widened by it.

Measured on 22 November 2026. On the rows and doubts as they stood until then: of the 30 first taskings 8 were stopped
and 7 asked the officer to think again, of the 20 second 0 and 3, of the 30 third 2 and 2, of the 15 last 1 and 1; of
95 harmless sentences 1 was stopped and 4 questioned. With the doubts as they stand now (`rules.doubting`) the last
set, which nothing was changed for, is caught 7 times of 15, and none of its harmless ones. So half of what nobody has
thought of still goes through: the machine only proposes, the screen says what may never be asked, and asking again is
counted.
"""

import pytest

from hueandcry.domain.members.rules.sentinel import cautions

FIRST = (
    "Next time you're round at Gary's for cards, have a nose in the back shed for us.",
    "You've got the ear of the Nolan family, so it'd be handy to know when the older lad's going out with the dogs.",
    "Would you mind dropping into the Black Bull most Fridays and telling me who sits with him?",
    "Could you befriend her on Facebook and let me have screenshots of what she sells?",
    "See if your son hears anything at school about the Pratt boy's quad bike.",
    "There's fifty pounds in it if you get us the name of whoever he buys from.",
    "Keep your invitation to the lurcher group open and forward me what gets posted.",
    "As you clean for them, you could note down what's locked in the gun room.",
    "It'd help me no end if you got chatting to the new tenant and worked out where he was before.",
    "Don't let on that you're speaking to us, just ask him where the trailer came from.",
    "Same again this week please: his car, who's in it, what time he leaves.",
    "Take a walk past number 14 every evening and drop me a line about which lights are on.",
    "You drink with Darren. What does he say about the tractors when he's had a few?",
    "I want you to stay close to Mick until the shoot's over.",
    "Get your cousin talking about who does the red diesel.",
    "Would you be willing to wear a little recorder when he comes to buy hay?",
    "If you hang on in the WhatsApp group a bit longer we'd learn where they meet.",
    "Pretend to be interested in the pups so that we can get his address.",
    "Ring me each Monday with what your neighbour has been up to.",
    "Have a quiet word with the lad who works for him and see what he gives away.",
    "We'd be grateful if you could get a look at the paperwork in his cab.",
    "Can you photograph the reg of every vehicle that visits Hollin Cottage over the next fortnight?",
    "Seeing as you do his books, is there anything odd going through them?",
    "Let your husband know we'd like him to find an excuse to go in the barn.",
    "You know her well enough: ask what time he gets in of a night.",
    "Carry on buying from him for now and hang on to the receipts for me.",
    "If you were to join their syndicate, we would see your fine forgotten.",
    "Sit near the Doyles at the mart on Thursday and remember what they say about the sheep.",
    "Send one of your pupils over to ask who's driving the pickup.",
    "I'd love to hear more about your brother-in-law's friends whenever you pick something up.",
)
SECOND = (
    "Next time Ray calls in for his eggs, steer him on to the subject of the ewes.",
    "I'd be glad of the names of the lads who lodge with your mum.",
    "Fancy helping me out? Just be in the Fox on Saturday and remember faces.",
    "When you do her hair, ask how the boyfriend is earning.",
    "If Col offers you a lift to the coursing, say yes and tell me after.",
    "You've keys to the unit, haven't you? A few pictures would be handy.",
    "Chat to the beaters and let me know what is being said about the keeper.",
    "Can you stand by the gate Friday night and count what goes through?",
    "We need to know what time Jason leaves for work this week.",
    "Could you hold on to the job there until Christmas, it is useful to us.",
    "Leave a window open in the office so that you can hear them.",
    "Make him think that you want in.",
    "Your mate trusts you: he would say where the saddles are.",
    "Please check whether the Hiluxes are at Tarn End each morning on your milk round.",
    "Reply to his advert as if you were a customer.",
    "Text me a photo of the inside of his trailer.",
    "Have your wife invite Sandra over and bring up the lambs.",
    "How about going out with them on Sunday and giving me the list of who came?",
    "Don't say anything to your brother, but keep hold of his phone for ten minutes.",
    "I could do with somebody in that crowd; are you up for it?",
)
THIRD = (
    "Would it be awkward to bring up the quad when you're next having tea at theirs?",
    "Keep drinking in the Swan and I'll look in on you at the end of the month.",
    "You hear things behind that bar: I'd like a call once a week.",
    "Please don't fall out with Shaun until this is over.",
    "If you happened to leave your phone on the table while they talk, nobody would mind.",
    "Has your sister still got a key? She could open the container for us.",
    "Maybe go to the christening after all and see which of the cousins turn up.",
    "Let me know the minute Wayne is back from Ireland.",
    "You are the only one he talks to, so what are his plans?",
    "Put it about that you have a cheap trailer for sale and tell me who bites.",
    "Could you offer him work for a week or so?",
    "Ask Len, but make it sound like your own idea.",
    "Just act normal with her and write it down afterwards.",
    "Photograph anything with a false plate that comes to the weighbridge.",
    "On your delivery round, have a glance at the back of the Tomlinsons' place.",
    "We'd pay your diesel if you went up there a couple of times a week.",
    "Accept his friend request and send it on.",
    "What's the gossip at the kennels about those two? Keep it coming.",
    "Your grandson sits with the Bell boy on the bus, doesn't he? Have him ask.",
    "Stick with the job at the yard, you're worth more to us there.",
    "Would you have a go at getting his number off the barmaid?",
    "When the agent comes for his rent, find out how they are paying.",
    "I'll need the names of all who were at the table, so stay till the end.",
    "Try his WhatsApp tonight and see if he bites.",
    "Let him win your trust.",
    "Make an offer on the hedge cutter and arrange to meet at his place.",
    "We want eyes on number 6 this weekend and you have the window for it.",
    "Could you see your way to lending him the trailer with our tracker on it?",
    "Every Sunday, a short text about who was up at the sheds, please.",
    "As secretary of the club you can look up where he lives for me.",
)
LAST = (
    "Could you find a reason to call on the Sharples and see what is behind the silage?",
    "We're short of someone who mixes with that family. Would you think about it?",
    "Please go back to the seller and ask for a photo of the serial plate.",
    "I need you to note every time the blue Ranger comes home.",
    "Is there a way you could get into the group chat that they use?",
    "Can you get your keeper friend to say who tipped them off?",
    "Listen at the bar tonight and give me the names in the morning.",
    "Maybe your lass could see what is on his phone.",
    "Keep me up to date with what goes on at the caravans.",
    "Walk the dog by there at dusk and count the lads.",
    "You deliver there: what is in the end building?",
    "Play along with him and see how many he wants.",
    "We would be very thankful for anything on Mr Tyrer's comings and goings.",
    "Don't block him yet, let him keep writing and show me.",
    "Would she let you look at his diary?",
)
HARMLESS = (
    "Sheep have been taken at Whitewell. Please check your fields this evening and reply 1 if any are gone.",
    "If you notice a lurcher pack on open ground, ring 999 and stay away from them.",
    "Could you put the poster up in the post office window?",
    "The surgery in the village hall is on Friday at 7, bring a friend.",
    "Did you see a silver pick-up on Smithy Lane between 9 and 10 last night?",
    "Please let your neighbours without a mobile know that the road is shut.",
    "Can you tell me how many people came to the watch meeting?",
    "What worries people in your village most this winter?",
    "Keep an eye on your fuel tank and fit a lock if you can.",
    "Ask your insurer whether the quad is covered in the yard.",
    "Would you like somebody to come and look at your gates?",
    "Thanks for the photo of the tyre marks, it has gone to the investigating officer.",
    "Do not go looking for them and do not ask anyone about it. Leave that to us.",
    "A man selling tarmac has been calling at houses in Chipping. Say no and call us on 101.",
    "Have a look at our page on marking your machinery.",
    "We will visit your farm on Tuesday to mark the trailers, who should we ask for?",
    "How many times a week should we text you?",
    "Please text me your new e-mail address when you have it.",
    "If you know anything about the fire at Long Barn, call 101 or Crimestoppers.",
    "Could you find out whether the hall is free on the 3rd?",
    "Your neighbour Mrs Hall has asked us to pass on her thanks.",
    "Get in touch with the parish clerk about the speed gun sessions.",
    "Were you able to get hold of the vet?",
    "Please check on elderly neighbours while the power is off.",
    "Please find out from your members which evening suits them for a meeting.",
    "The horse found at Dolphinholme is chestnut with a white blaze. Is she yours?",
    "If your dash camera was on between 6 and 7 this morning on the A6, please keep the film.",
    "Would your school like a talk about farm safety?",
    "Remember to write down the serial number of your GPS unit.",
    "We arrested two men for poaching last night. Thank you to everybody who rang.",
    "Next time you see it please ring 999 straight away.",
    "Were they speaking English, and how many were in the cab?",
    "You could park the trailer in the barn so that it cannot be seen from the road.",
    "Have you spoken to the NFU about cover for the sheep?",
    "The list of meetings is on the parish page.",
    "Could the dog have been one of the neighbours'?",
    "Please remember that you must not touch the traps.",
    "Ring Karen at the office if the gate is still off its hinges.",
    "It would be helpful to know when you last saw the bike.",
    "What happened after he drove off?",
    "Did anyone at the mart mention missing lambs to you?",
    "Can you pop into the station on Friday to sign your statement?",
    "I will ask Mr Alston myself and let you know.",
    "If you're happy to, tell us how the drone flew and from where.",
    "Send us the crime number from the last time, please.",
    "Could you text me the dimensions of the trailer for the circulation?",
    "Please tell everyone on the phone tree that the mart is closed.",
    "Would your son like to come on the cadet evening?",
    "You may see us at the end of the lane with a van for a few nights.",
    "We got him. He will be at court in Lancaster in March.",
    "Could you tell me what colour the horsebox was?",
    "We visited the yard and spoke to the man, all in order.",
    "Please give the calf's tag number to the officer who rings you.",
    "Can you drop the form in at the station this week?",
    "Let the children stay indoors until the dogs are caught.",
    "Would Wednesday suit you for marking the tools?",
    "He has been charged. You may be asked to come to court.",
    "Please stay on the line if you ring and they do not answer at once.",
    "Could you have the trailer ready by the gate so that we can mark it?",
    "Do you still want to hear from us about Wray?",
    "Take care on the Trough road, there is ice.",
    "Did the lad who bought it leave a number?",
    "Please check that your camera has the right time.",
    "We would love to see you at the show on Saturday.",
    "You can stop these messages whenever you like.",
    "Has the ewe been collected yet?",
    "Tell us if the wall has been knocked down again.",
    "Can I put your answer on file as a report?",
    "If anyone threatens you, ring 999 and lock the door.",
    "Could you print the sheet and pin it up at the mart?",
    "Thanks for looking out for old Mr Parr.",
    "What time do you lock the yard at night?",
    "Please move your stock from the field by the river before six.",
    "Would you be able to identify the saddle if you saw it?",
    "It was Mrs Eccles' van after all.",
    "Make sure that the tractor keys are not left in.",
    "Can you let Joan know that the meeting has moved to 8?",
    "Please reply YES if you saw this message.",
    "Keep the bucket that they left, do not wash it.",
    "We cannot say who it was, but you were right to ring.",
    "Could you let the officer into the yard at ten?",
    "Please give us the name of the vet who saw the dog.",
    "Did you see who dropped the wire?",
    "You should get a letter from the court next week.",
    "Would you like the volunteers to ring you each week?",
    "Please ask your family to lock the back gate.",
    "Can you send the invoice that came with the quad?",
    "If he rings you again, hang up and ring 101.",
    "It would be good to meet you at the mart on Monday.",
    "We will be by the lane end until midnight, wave if you see us.",
    "Please keep the children away from the slurry pit.",
    "Who holds the keys when you are on holiday?",
    "What was the name on the side of the tanker?",
    "Put the number of the control room in your phone.",
    "Tell us how we did: 1 well, 2 badly.",
)
# Known, and listed, so that nobody need guess what goes through without a word.
GO_THROUGH = {
    "Same again this week please: his car, who's in it, what time he leaves.",
    "Fancy helping me out? Just be in the Fox on Saturday and remember faces.",
    "You've keys to the unit, haven't you? A few pictures would be handy.",
    "Could you hold on to the job there until Christmas, it is useful to us.",
    "Would it be awkward to bring up the quad when you're next having tea at theirs?",
    "Has your sister still got a key? She could open the container for us.",
    "Maybe go to the christening after all and see which of the cousins turn up.",
    "On your delivery round, have a glance at the back of the Tomlinsons' place.",
    "We'd pay your diesel if you went up there a couple of times a week.",
    "I'll need the names of all who were at the table, so stay till the end.",
    "We're short of someone who mixes with that family. Would you think about it?",
    "Listen at the bar tonight and give me the names in the morning.",
    "Maybe your lass could see what is on his phone.",
    "Keep me up to date with what goes on at the caravans.",
    "You deliver there: what is in the end building?",
    "We would be very thankful for anything on Mr Tyrer's comings and goings.",
    "Don't block him yet, let him keep writing and show me.",
    "Would she let you look at his diary?",
}

UNIT = "the source unit on extension 0000"


def test_only_the_taskings_that_are_listed_go_through_without_a_word() -> None:
    silent = {words for words in (*FIRST, *SECOND, *THIRD, *LAST) if not cautions(text=words, unit=UNIT)}

    assert silent == GO_THROUGH


@pytest.mark.parametrize("words", HARMLESS)
def test_a_harmless_request_is_neither_stopped_nor_questioned(words: str) -> None:
    assert cautions(text=words, unit=UNIT) == []


def test_our_own_work_an_open_door_and_what_is_past_raise_no_doubt() -> None:
    plain = (
        "We'll speak to him and look at his camera.",
        "If he comes back, listen for the quad and ring 999.",
        "It would be good to know when they left.",
    )

    assert [words for words in plain if cautions(text=words, unit=UNIT)] == []


def test_a_name_is_somebody_and_a_place_is_not() -> None:
    assert [one.code for one in cautions(text="Could you invite Wayne over for us?", unit=UNIT)] == ["may_be_a_task"]
    assert cautions(text="Could you collect the signs at Wray for us?", unit=UNIT) == []
