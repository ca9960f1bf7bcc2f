"""What happens in Doggerland through the year: alerts of each season, what people answer and how it ends. Pure."""

from dataclasses import dataclass

from hueandcry.domain.alerts.rules import Urgency, Words
from hueandcry.domain.members.rules import SchemeKind, Tier

# Alerts of each month, by topic: coursing when the stubble is bare, fuel in the cold, lambs and horses in spring.
MONTHS: dict[int, tuple[str, ...]] = {
    1: ("fuel-theft", "hare-coursing", "poaching", "livestock-on-road", "fuel-theft"),
    2: ("hare-coursing", "fuel-theft", "rural-burglary", "poaching", "scams"),
    3: ("livestock-worrying", "horses", "heritage", "livestock-worrying", "hare-coursing"),
    4: ("livestock-worrying", "horses", "machinery-theft", "livestock-worrying", "fly-tipping"),
    5: ("horses", "fly-tipping", "heritage", "livestock-on-road", "horses"),
    6: ("machinery-theft", "scams", "missing-people", "horses", "fly-tipping"),
    7: ("fly-tipping", "missing-people", "livestock-on-road", "machinery-theft", "heritage"),
    8: ("machinery-theft", "fly-tipping", "scams", "machinery-theft", "livestock-on-road"),
    9: ("hare-coursing", "machinery-theft", "hare-coursing", "rural-burglary", "heritage"),
    10: ("hare-coursing", "poaching", "hare-coursing", "fuel-theft", "missing-people"),
    11: ("hare-coursing", "fuel-theft", "hare-coursing", "rural-burglary", "poaching"),
    12: ("fuel-theft", "rural-burglary", "scams", "hare-coursing", "fuel-theft"),
}

NOTHING = ("Nothing here", "Not seen anything, sorry", "All quiet here", "No", "Nothing this end, will keep an eye out")
ENDINGS_OF_NOTHING = (
    "Nothing more was found. Every answer helped us to look in the right places.",
    "A patrol checked the area and found nobody. We will look there more often.",
)


@dataclass(frozen=True)
class Story:
    """How alerts of one topic go: who is meant, how fast, how long; words with `{village}`; answers; endings.

    Attributes:
        reach_km: a circle of this size round the place; 0 means the whole district.
        hour: about when it happens.
    """

    topic: str
    level: Tier
    kinds: tuple[SchemeKind, ...]
    reach_km: float
    urgency: Urgency
    life_h: int
    hour: int
    words: tuple[Words, ...]
    sightings: tuple[str, ...]
    endings: tuple[str, ...]


STORIES: dict[str, Story] = {
    story.topic: story
    for story in (
        Story(
            "hare-coursing",
            Tier.VETTED,
            (SchemeKind.FARM,),
            12,
            Urgency.NOW,
            6,
            17,
            (
                Words(
                    "Hare coursing near {village}", "Men with dogs, dark estate car", "{village}", "Have you seen it?"
                ),
                Words("Coursers near {village}", "Four men with lurchers, silver 4x4", "{village}", "Seen them?"),
            ),
            (
                "Silver 4x4 parked on the verge by the wood",
                "Seen them 10 mins ago heading north",
                "Dogs barking on the flats",
            ),
            (
                "Four men were reported and their dogs taken. What people told us led the patrol there.",
                "The car was stopped on the main road and two men were reported.",
            ),
        ),
        Story(
            "fuel-theft",
            Tier.MEMBER,
            (),
            9,
            Urgency.TODAY,
            12,
            7,
            (
                Words(
                    "Heating oil stolen near {village}",
                    "Oil tanks drained overnight",
                    "{village}",
                    "Please check yours.",
                ),
                Words("Diesel stolen near {village}", "Diesel taken from a yard at night", "{village}", "Seen a van?"),
            ),
            (
                "Our tank lock was cut last night",
                "White van with drums in the lane about 3am",
                "Heard a pump running at 2",
            ),
            (
                "A van with pumps and drums was stopped and two people were arrested.",
                "Tanks nearby were marked and fitted with alarms. Nobody was found this time.",
            ),
        ),
        Story(
            "poaching",
            Tier.VETTED,
            (SchemeKind.FARM,),
            10,
            Urgency.NOW,
            8,
            21,
            (
                Words(
                    "Lamping near {village}",
                    "Lamps and shots in the fields",
                    "{village}",
                    "Seen lights? Stay away from them.",
                ),
            ),
            ("Lamp on the hill field just now", "Two shots about 9"),
            ("Two people were stopped with a rifle and a deer. The rifle was taken.", *ENDINGS_OF_NOTHING),
        ),
        Story(
            "livestock-on-road",
            Tier.PUBLIC,
            (),
            6,
            Urgency.NOW,
            4,
            18,
            (
                Words(
                    "Cattle on the road at {village}",
                    "Some ten cattle loose on the road",
                    "{village}",
                    "Yours? Slow down.",
                ),
                Words("Sheep on the road at {village}", "Sheep loose on the road", "{village}", "Check your gates."),
            ),
            ("They are in my yard, gate shut", "Two more by the bus stop", "Mine I think, on my way"),
            ("The animals are back in their field and the road is clear.",),
        ),
        Story(
            "livestock-worrying",
            Tier.MEMBER,
            (),
            6,
            Urgency.TODAY,
            24,
            10,
            (
                Words(
                    "Sheep attacked near {village}",
                    "Two dogs loose among ewes",
                    "{village}",
                    "Seen loose dogs? Look to your stock.",
                ),
            ),
            ("Two huskies loose on the footpath", "One of my ewes is hurt", "Dogs went over the stile"),
            ("The owner was found and the dogs are now kept in.", *ENDINGS_OF_NOTHING),
        ),
        Story(
            "horses",
            Tier.MEMBER,
            (SchemeKind.HORSE,),
            0,
            Urgency.TODAY,
            24,
            8,
            (
                Words(
                    "Tack stolen near {village}",
                    "Saddles taken from a yard at night",
                    "{village}",
                    "Please check your tack room.",
                ),
                Words(
                    "Strangers at yards near {village}",
                    "People photographing horses",
                    "{village}",
                    "Seen them at yours?",
                ),
            ),
            ("Our tack room door was forced too", "A woman asked about our mare yesterday", "All fine at our yard"),
            ("Nine saddles were found and are being given back.", *ENDINGS_OF_NOTHING),
        ),
        Story(
            "machinery-theft",
            Tier.VETTED,
            (SchemeKind.FARM,),
            15,
            Urgency.NOW,
            10,
            5,
            (
                Words("Quad bike stolen near {village}", "Red quad taken at night", "{village}", "Seen or heard it?"),
                Words(
                    "GPS sets stolen near {village}",
                    "Screens cut out of tractors at night",
                    "{village}",
                    "Check yours.",
                ),
            ),
            ("Heard a quad on the green lane at 4", "Our GPS is gone too", "Van with a trailer at 5 this morning"),
            ("The quad was found in a wood and is back on its farm.", *ENDINGS_OF_NOTHING),
        ),
        Story(
            "heritage",
            Tier.MEMBER,
            (),
            6,
            Urgency.TODAY,
            24,
            22,
            (
                Words(
                    "Digging on old ground near {village}",
                    "Holes dug at night on the old fort",
                    "{village}",
                    "Seen lights or diggers?",
                ),
            ),
            ("Torches up there on Sunday night", "Two men with detectors, walked off"),
            ("Two people were reported, and what they dug up went to the museum.", *ENDINGS_OF_NOTHING),
        ),
        Story(
            "fly-tipping",
            Tier.PUBLIC,
            (),
            5,
            Urgency.TODAY,
            48,
            9,
            (
                Words(
                    "Waste tipped near {village}",
                    "A load of waste left in a lane",
                    "{village}",
                    "Did you see it being left?",
                ),
            ),
            ("Tipper lorry came out of the lane at 6", "There is another heap further up"),
            ("The council cleared it, and the owner of the lorry will pay.", *ENDINGS_OF_NOTHING),
        ),
        Story(
            "missing-people",
            Tier.PUBLIC,
            (),
            8,
            Urgency.NOW,
            12,
            16,
            (
                Words(
                    "Missing from {village}",
                    "Walker missing since noon, red coat",
                    "{village}",
                    "Please look in sheds and barns.",
                ),
            ),
            (
                "Somebody in red on the river path at 1",
                "Checked both barns, nobody",
                "Looked in all our sheds, nothing",
            ),
            ("Found safe and well. Thank you to everybody who looked.",),
        ),
        Story(
            "scams",
            Tier.PUBLIC,
            (),
            0,
            Urgency.WHENEVER,
            72,
            11,
            (
                Words(
                    "Doorstep traders near {village}",
                    "Men offering roof work for cash",
                    "{village}",
                    "Called on you? Tell us.",
                ),
            ),
            ("They called here too, sent them off", "My neighbour paid them last week"),
            ("Trading standards spoke to them and they have left. Never pay at the door.",),
        ),
        Story(
            "rural-burglary",
            Tier.MEMBER,
            (),
            7,
            Urgency.TODAY,
            24,
            8,
            (
                Words(
                    "Outbuildings broken into near {village}",
                    "Sheds broken into at night",
                    "{village}",
                    "Please check yours.",
                ),
            ),
            ("Our padlock was cut", "Grey van in the lane at midnight", "Chainsaw gone from the shed"),
            ("One person was arrested and tools were found. We are looking for their owners.", *ENDINGS_OF_NOTHING),
        ),
    )
}
