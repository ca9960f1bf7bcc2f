"""How a public alert, its correction and its end are posted for everybody to read. Pure.

The whole alert is on its page, which each post names: a post says what happened, where, and what is asked, as far as
there is room. The safety line and how to tell us are never left out (product rules; domain.md pitfalls 1, 2 and 8).
"""

import datetime as dt

from hueandcry.domain.alerts.rules.kinds import Marking, State, Words
from hueandcry.domain.alerts.rules.wording import SAFETY_TEXT
from hueandcry.domain.members.rules import Tier
from hueandcry.kit.words import ENGLISH, day_said, language_now, mark, say

TELL_US = mark("Seen it? Call 101 and say {ref}. Answers here are not read.")
FOR_NOTHING = mark("Answers here are not read.")
CORRECTED_AT = mark("CORRECTED at {time}.")
MORE = "…"
# What is left of each part at least, where there is too little room: the ask goes first, for it is on the page.
LEAST_ASK, LEAST_WHERE, LEAST_HEADLINE = 0, 24, 40


def may_be_posted(*, level: Tier, marking: Marking, is_drill: bool, is_relay: bool) -> bool:
    """Say whether an alert is for everybody: public, marked so, no exercise, and no sighting passed on."""
    return level == Tier.PUBLIC and marking == Marking.PUBLIC and not is_drill and not is_relay


def compose_post(
    words: Words,
    *,
    ref: str,
    signs_as: str,
    invites_answers: bool,
    expires_at: dt.datetime | None,
    most: int,
    first: str = "",
) -> str:
    """Return an alert as a post of at most so many signs; give moments in the force's own time zone.

    Our own lines speak the language of the moment.
    """
    fixed = [say(SAFETY_TEXT), say(TELL_US).format(ref=ref) if invites_answers else say(FOR_NOTHING)]
    until = (
        say("Until {time}, {day}.").format(time=f"{expires_at:%H:%M}", day=day_said(expires_at)) if expires_at else ""
    )
    start = " ".join(filter(None, [first, f"{signs_as} {ref}:"]))
    headline, where, ask = _line(words.headline), _line(words.where), _line(words.ask)
    # A template's headline names the place already.
    where = "" if where.casefold() in headline.casefold() else where
    for end in ([until, *fixed], fixed):
        said = _said(start, headline, where, ask, end)
        if len(said) <= most:
            return said
    # Line ends count too: as many as there are parts.
    room = most - len(_said(start, "", "", "", fixed)) - 3
    ask = _cut(ask, max(room - len(headline) - len(where), LEAST_ASK))
    where = _cut(where, max(room - len(headline) - len(ask), LEAST_WHERE))
    headline = _cut(headline, max(room - len(where) - len(ask), LEAST_HEADLINE))
    return _said(start, headline, where, ask, fixed)


def compose_over(
    *, ref: str, signs_as: str, state: State, because: str, was_recalled: bool, headline: str, most: int
) -> str:
    """Return the post that says that an alert is over, why where it was stood down, and what it said where named."""
    if was_recalled:
        line = say("WITHDRAWN. We posted this by mistake. Please ignore it.")
    elif state == State.STOOD_DOWN:
        why = _sentence(_line(because))
        line = say("STOOD DOWN. {why} No need to look out any more.").format(why=as_typed(why))
    elif state == State.EXPIRED:
        line = say("OVER. We no longer ask about the vehicle.")
    else:
        line = say("OVER. No need to look out any more. Thank you to everybody who did.")
    end = f"{signs_as} {ref}"
    line = _cut(line, most - len(end) - 1)
    was = say("It said: {headline}").format(headline=_line(headline))
    said = _cut(was, most - len(end) - len(line) - 2) if headline and not was_recalled else ""
    return "\n".join(filter(None, [line, said, end]))


def as_typed(text: str) -> str:
    """Return what an officer typed as a post carries it, which has no room to say whose words they are."""
    return text if language_now() == ENGLISH or not text else '"{}"'.format(text.replace('"', "'"))


def _said(start: str, headline: str, where: str, ask: str, end: list[str]) -> str:
    lines = [f"{start} {_sentence(headline)}".strip(), _sentence(where), _sentence(ask), *end]
    return "\n".join(filter(None, lines))


def _line(text: str) -> str:
    """Return the words on one line; a sign that would call somebody else's account by its name is said."""
    return " ".join(text.replace("@", " at ").split())


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?…" else f"{text}."


def _cut(text: str, most: int) -> str:
    """Return the text, or as many of its words as there is room for."""
    if len(text) <= most:
        return text
    if most <= len(MORE):
        return ""
    kept = text[: most - len(MORE)]
    return (kept.rpartition(" ")[0] or kept).rstrip(",;:. ") + MORE
