"""The background jobs of messaging: sending, sweeping up after a crash, collecting receipts."""

from hueandcry.domain.members.rules import ConsentHow
from hueandcry.domain.messaging import actions
from hueandcry.domain.messaging.actions import (
    asking,
    forgetting,
    greeting,
    hooks,
    laddering,
    learning,
    mending,
    posting,
)
from hueandcry.domain.messaging.actions.welcoming import say_code as say
from hueandcry.domain.messaging.actions.welcoming import say_device_code as say_to_device
from hueandcry.domain.records.queries import facts_of
from hueandcry.kit.jobs import job


@job("messaging.dispatch")
def dispatch(subject: str, record: int) -> None:  # noqa: ARG001 - every job that an event wakes gets both
    """Hand over what is due of one message."""
    actions.dispatch(message_ref=subject.partition(":")[2])


@job("messaging.say_code")
def say_code(subject: str, record: int) -> None:  # noqa: ARG001
    """Say to somebody who joins by themselves what their address needs: a code, then a welcome (`application:…`)."""
    say(application_ref=subject.removeprefix("application:"))


@job("messaging.sweep", every="* * * * *")
def sweep() -> None:
    """Ask again for messages whose rows wait for nobody; every worker looks every second, this looks after those."""
    actions.sweep()


@job("messaging.go_on")
def go_on(subject: str, record: int) -> None:  # noqa: ARG001
    """Ask for everything that waited while all sending was stopped (`halt:…`)."""
    actions.sweep()


@job("messaging.climb", every="* * * * *")
def climb() -> None:
    """Try the next way for whomever an urgent alert did not reach within minutes, or an important one not at all."""
    laddering.climb()


@job("messaging.learn", every="20 3 * * *")
def learn() -> None:
    """Work out which way works for whom, from what became of messages in 90 days."""
    learning.learn()


@job("messaging.weigh", every="* * * * *")
def weigh() -> None:
    """Write down which providers deliver late, where there are two for one channel."""
    learning.weigh()


@job("messaging.collect", every="* * * * *")
def collect() -> None:
    """Ask every gateway for receipts and messages; take over what waits of them, whoever should have."""
    actions.collect()
    hooks.take_over()


@job("messaging.collect_soon")
def collect_soon() -> None:
    """Ask every gateway for receipts shortly after a dispatch."""
    actions.collect()


@job("messaging.fold")
def fold() -> None:
    """Take over into deliveries what providers told us by requests."""
    hooks.take_over()


@job("messaging.mend", every="* * * * *")
def mend() -> None:
    """Use addresses no more from which messages came back for good, or for weeks."""
    mending.mend()


@job("messaging.forget_raw", every="40 3 * * *")
def forget_raw() -> None:
    """Erase what providers wrote a month ago; what came of each message stays."""
    forgetting.forget_raw()


@job("messaging.ask_where")
def ask_where(subject: str, record: int) -> None:
    """Ask a member by another way about an address that is used no more (`member:…`)."""
    contact = facts_of(record=record).get("contact")
    if isinstance(contact, int):
        mending.ask(member_ref=subject.removeprefix("member:"), contact_id=contact)


@job("messaging.speak_to_machine")
def speak_to_machine(subject: str, record: int, gateway: str, call: str) -> None:  # noqa: ARG001
    """Leave the short form on the answering machine that took a call (`delivery:…`)."""
    hooks.speak_to_machine(reference=subject.removeprefix("delivery:"), gateway=gateway, call=call)


@job("messaging.post")
def post(subject: str, record: int) -> None:  # noqa: ARG001
    """Post what is due about one thing for everybody to read (`alert:…`)."""
    posting.hand_over(about=subject)


@job("messaging.post_due", every="* * * * *")
def post_due() -> None:
    """Ask again for posts that wait for nobody: after a crash nothing is late by more than a minute."""
    posting.sweep()


@job("messaging.welcome")
def welcome(subject: str, record: int) -> None:
    """Welcome somebody who agreed in front of an officer, and ask whether the number is theirs (`member:…`)."""
    facts = facts_of(record=record)
    if facts.get("how") == ConsentHow.SPOKEN:
        only = facts.get("contact")
        greeting.welcome(member_ref=subject.removeprefix("member:"), contact_id=only if isinstance(only, int) else None)


@job("messaging.say_device_code")
def say_device_code(subject: str, record: int) -> None:  # noqa: ARG001
    """Send a coordinator the code for their device (`member:…`)."""
    say_to_device(member_ref=subject.partition(":")[2])


@job("messaging.digest", every="*/5 * * * *")
def digest() -> None:
    """Send what was held back for members who had enough for one week, as one message, once a day."""
    actions.digest()


@job("messaging.ask_again")
def ask_again(subject: str, record: int) -> None:  # noqa: ARG001
    """Ask those of a file from another system again who came without evidence (`batch:…`)."""
    asking.ask_again(batch_ref=subject.partition(":")[2])
