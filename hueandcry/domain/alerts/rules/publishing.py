"""What of alerts leaves for machines of others: for everybody's feeds, and as warnings in CAP (domain.md A25). Pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from hueandcry.domain.alerts.rules.kinds import PublicAlert, State, Urgency
from hueandcry.domain.alerts.rules.wording import SAFETY_EMAIL, SAFETY_TEXT, in_own_words
from hueandcry.kit import cap
from hueandcry.kit.kinds import Kind
from hueandcry.kit.words import ENGLISH, mark, say, speaking

CORRECTED = mark("Corrected")
OVER = mark("This is over. You need not look out any more. Thank you to everybody who did.")
MISTAKE = mark("Sent by mistake, and taken back. Please ignore it.")
CALL = mark("Call 101 and give the reference {ref}.")
# Where nobody said how long a meeting lasts.
MEETING_LASTS = dt.timedelta(hours=2)

CAP_URGENCIES: dict[Urgency, str] = {
    Urgency.NOW: "Immediate",
    Urgency.TODAY: "Expected",
    Urgency.WHENEVER: "Future",
}


# As the CAP profile writes languages (RFC 3066): with where they are spoken, where that says more.
CAP_LANGUAGES = {ENGLISH: "en-GB", "cy": "cy-GB"}
Ground = tuple[tuple[tuple[tuple[float, float], ...], ...], tuple[cap.Round, ...]]


class Said(Kind):
    """What one saying of an alert is."""

    FIRST = "Alert", "New"
    CORRECTED = "Update", "Corrected"
    OVER = "Cancel", "Over"


@dataclass(frozen=True)
class Saying:
    """One time that something was said of an alert; `number` counts from 1 and never changes."""

    number: int
    said: Said
    at: dt.datetime
    because: str = ""


@dataclass(frozen=True)
class Published:
    """An alert for everybody as it stands, with when something was said of it, oldest first.

    What it said before it was corrected or taken back is not said again, so only the newest saying is given out.

    Attributes:
        page: its address for everybody, in no language of its own.
    """

    alert: PublicAlert
    by: str
    urgency: Urgency
    starts_at: dt.datetime | None
    invites_answers: bool
    page: str
    sayings: tuple[Saying, ...]

    @property
    def newest(self) -> Saying:
        """Return what was said of it last."""
        return self.sayings[-1]

    @property
    def changed_at(self) -> dt.datetime:
        """Return when something was said of it last, or when it ran out."""
        last = self.newest.at
        if self.alert.state == State.EXPIRED and self.alert.expires_at:
            return max(last, self.alert.expires_at)
        return last

    @property
    def is_off(self) -> bool:
        """Say whether it was called off: what it asked people to come to does not take place."""
        return self.alert.state == State.STOOD_DOWN


def identifier(ref: str, number: int) -> str:
    """Return how CAP names one saying of an alert."""
    return f"{ref}-{number}"


def as_cap(
    published: Published,
    *,
    sender: str,
    is_test: bool,
    area: Ground,
    also: Iterable[Published] = (),
) -> cap.Message:
    """Return what was said of an alert last as a CAP message that refers to everything said of it before.

    `sender` is the name of our site, `area` the polygons and circles that it is for, drawn broadly; moments must come
    in the force's own time zone. An installation that is no force's marks what it says as a test. `also` is the same
    alert in other languages: each becomes an <info> of its own, where the alert was said in it.
    """
    alert, saying = published.alert, published.newest
    every = [published, *(one for one in also if one.alert.language != alert.language)]
    return cap.Message(
        identifier=identifier(alert.ref, saying.number),
        sender=sender,
        sent=saying.at,
        status="Test" if is_test else "Actual",
        kind=saying.said.value,
        scope="Public",
        note=saying.because,
        references=tuple(
            cap.Reference(sender, identifier(alert.ref, one.number), one.at) for one in published.sayings[:-1]
        ),
        infos=tuple(_info(one, area) for one in every),
    )


def _info(published: Published, area: Ground) -> cap.Info:
    """Return what is said of an alert last, in the language that it comes in."""
    alert, saying = published.alert, published.newest
    over = saying.said == Said.OVER
    with speaking(alert.language):
        answer = say(CALL).format(ref=alert.ref) if published.invites_answers and not over else ""
        # What is over is not told again, only why (domain.md A25: clear messages).
        ours = saying.because in {MISTAKE, OVER}
        because = say(saying.because) if ours else in_own_words(saying.because)
        return cap.Info(
            event=alert.topic,
            language=CAP_LANGUAGES.get(alert.language, alert.language),
            categories=("Security",),
            responses=("AllClear",) if over else ("Monitor",) if published.invites_answers else ("None",),
            urgency="Past" if over else CAP_URGENCIES[published.urgency],
            severity="Moderate" if published.urgency == Urgency.NOW else "Minor",
            certainty="Likely",
            effective=saying.at,
            onset=published.starts_at or alert.occurred_at,
            expires=alert.expires_at,
            sender_name=published.by,
            headline=alert.headline,
            description=because if over else alert.what,
            # Never an order to go and do something: the safety line stands first (domain.md A25).
            instruction=say(OVER) if over else " ".join(filter(None, (say(SAFETY_TEXT), alert.ask, answer))),
            web=published.page,
            contact=answer,
            areas=(cap.Area(alert.where or published.by, *area),),
        )


def told_plainly(published: Published) -> list[str]:
    """Return a whole alert as paragraphs without marks; our own lines speak the language of the moment."""
    alert = published.alert
    if alert.is_taken_back:
        return [alert.what]
    if alert.is_over:
        parts = [say(OVER), alert.where, alert.what]
    else:
        corrected = f"{say(CORRECTED)}: {alert.corrected_because}" if alert.corrected_at else ""
        answer = say(CALL).format(ref=alert.ref) if published.invites_answers else ""
        parts = [corrected, alert.ask, alert.where, alert.what, say(SAFETY_EMAIL), answer]
    return [part for part in parts if part]
