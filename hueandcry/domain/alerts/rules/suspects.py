"""Could the suspect read this? And: is somebody there to read the answers? Rows of the send check. Pure."""

from hueandcry.domain.alerts.rules.kinds import Facts, Suspect, Urgency
from hueandcry.domain.alerts.rules.looking import REFUSE, WARN, Check, whether
from hueandcry.domain.members.rules import Tier
from hueandcry.kit.words import day_said

# Nobody is looked for here, so it is not asked: advice, a meeting, what came of it, cattle.
NOT_ASKED = frozenset({"crime-prevention", "meeting", "good-news", "livestock-on-road"})
# The levels of those who were checked.
CHECKED = frozenset({Tier.VETTED, Tier.KIN})


def is_asked(*, template: str) -> bool:
    """Say whether the officer answers "could a suspect read this?" before such an alert goes out."""
    return template not in NOT_ASKED


def _unanswered(facts: Facts) -> bool:
    return facts.suspect == Suspect.UNASKED and is_asked(template=facts.template) and not facts.is_drill


def _nobody(facts: Facts) -> bool:
    """Say whether answers are asked for and nobody is there to read them at this moment."""
    cover = facts.cover
    return facts.invites_answers and cover is not None and cover.is_kept and not cover.names


def _nobody_at_all(facts: Facts) -> bool:
    cover = facts.cover
    if cover is None or not _nobody(facts) or facts.urgency != Urgency.NOW or facts.is_drill:
        return False
    return cover.next_at is None or (facts.expires_at is not None and cover.next_at >= facts.expires_at)


def _until(facts: Facts, _: str) -> str:
    if not _nobody(facts) or _nobody_at_all(facts):
        return ""
    if facts.cover is None or facts.cover.next_at is None:
        return "it ends"
    at = facts.cover.next_at
    return f"{at:%H:%M} on {day_said(at)}"


ASKED: tuple[Check, ...] = (
    Check(
        "suspect_unasked",
        REFUSE,
        "Answer first: could a suspect read this?",
        "domain.md pitfall 3 (tipping-off)",
        whether(_unanswered),
    ),
    Check(
        "suspect_harmful",
        REFUSE,
        "You said that a suspect could read this and that it would harm: send it to vetted members or named key "
        "individuals only, or say less.",
        "domain.md pitfall 3 (tipping-off)",
        whether(lambda f: f.suspect == Suspect.HARMFUL and f.level not in CHECKED),
    ),
    Check(
        "nobody_on_duty",
        REFUSE,
        "Nobody is on duty to read the answers before it ends: put somebody on the rota, or ask for no answers.",
        "product.md beyond 4; domain.md pitfall 37",
        whether(_nobody_at_all),
    ),
    Check(
        "nobody_on_duty_yet",
        WARN,
        "Nobody is on duty to read the answers until {found}.",
        "product.md beyond 4; domain.md pitfall 37",
        _until,
    ),
    Check(
        "no_rota",
        WARN,
        "No rota is kept, so nobody is named to read the answers: put yourself on it.",
        "product.md beyond 4; domain.md pitfall 37",
        whether(lambda f: f.invites_answers and f.cover is not None and not f.cover.is_kept),
    ),
)
