"""What an organisation or a team may spend on messages in a month, and keeping to it."""

from collections import Counter

from django.db import connection, transaction
from django.db.models import Count

from hueandcry.domain.members.rules import Channel, Priority
from hueandcry.domain.messaging.models import Allowance, Delivery, Message
from hueandcry.domain.messaging.queries import costs
from hueandcry.domain.messaging.rules import DUE, DeliveryState, MessagingError
from hueandcry.domain.messaging.rules.costs import check_allowance, check_amount
from hueandcry.domain.organisations.models import Officer, Organisation, Team
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.domain.records.actions import log
from hueandcry.kit import clock, gsm7
from hueandcry.kit.words import mark, say

# What a coordinator reads, who knows nothing of the force's money.
NO_MONEY = mark("This cannot go out this month: there is no money left for messages that can wait. Ask your officer.")


@transaction.atomic
def allow(*, officer: Officer, whose: str, pounds: str) -> int | None:
    """Set what an organisation, or a team of it, may spend in a month; return it in pence, nothing for without end.

    `whose` is `organisation` or `organisation/team`, by reference; an empty amount takes the limit away.
    Logged as `allowance.set`.

    Raises:
        MessagingError: the officer may not, there is no such team, or it is no amount.
    """
    organisation, team = _whose(officer, whose)
    pence = check_amount(pounds) if pounds.strip() else None
    subject = f"team:{team.ref}" if team else f"organisation:{organisation.ref}"
    mine = Allowance.objects.filter(organisation=organisation, team=team)
    if pence is None:
        mine.delete()
    else:
        Allowance.objects.update_or_create(
            organisation=organisation,
            team=team,
            defaults={"month_pence": pence, "set_by": officer.as_actor(), "set_at": clock.now()},
        )
    log("allowance.set", subject=subject, actor=officer.as_actor(), month_pence=pence)
    return pence


def _whose(officer: Officer, whose: str) -> tuple[Organisation, Team | None]:
    if not officer.may(Permission.SENDING_FUND):
        raise MessagingError("Ask an inspector or an administrator: they set what may be spent.")
    organisation_ref, _, team_ref = whose.partition("/")
    try:
        organisation = Organisation.objects.get(ref=organisation_ref)
        team = Team.objects.get(ref=team_ref, organisation=organisation) if team_ref else None
    except (Organisation.DoesNotExist, Team.DoesNotExist):
        raise MessagingError("Choose for whom it is from the list: this one is not there any more.") from None
    own = officer.organisation_id == organisation.pk
    if not own and officer.organisation.kind != OrganisationKind.FORCE:
        raise MessagingError("Choose your own organisation or a team of it.")
    return organisation, team


def check_paid(*, message: Message, actor: str) -> None:
    """Refuse a message that was just written when there is no money left for it, in the caller's transaction.

    What is urgent always goes. Two that are written at once wait for one another, so that each sees what the other
    promised. Only an officer reads of sums.

    Raises:
        MessagingError: saying how much is missing, and who may raise it.
    """
    if Priority(message.priority) <= Priority.URGENT or message.is_drill:
        return
    if not Allowance.objects.filter(organisation=message.organisation_id).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [f"purse {message.organisation_id}"])
    rows = Delivery.objects.filter(message=message, state__in=(*DUE, DeliveryState.HELD))
    by_channel = {Channel(channel): many for channel, many in rows.values_list("channel").annotate(Count("id"))}
    texts = {language: frame["text"] for language, frame in message.frames.items()}
    dear = costs.other_parts(words=message.text, frames=texts)
    others: Counter[int] = Counter()
    if dear:
        chose = rows.filter(channel=Channel.SMS, member__language__in=dear).values_list("member__language")
        for language, many in chose.annotate(Count("id")):
            others[dear[language]] += many
    pence = costs.estimate(by_channel=by_channel, parts=gsm7.count(message.text).parts, others=others)
    purses = costs.purses(organisation_id=message.organisation_id, team_id=message.team_id, without_message=message.pk)
    try:
        check_allowance(priority=Priority(message.priority), purses=purses, pence=pence)
    except MessagingError:
        if actor.startswith("officer:"):
            raise
        raise MessagingError(say(NO_MONEY)) from None
