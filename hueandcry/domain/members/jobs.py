"""The background jobs of members: files from other systems, and people who stand here twice."""

from hueandcry.domain.members.actions import bringing, networks, pairing, schemes
from hueandcry.domain.members.queries.bringing import unfinished
from hueandcry.domain.members.rules import BatchState
from hueandcry.kit.jobs import defer, job


@job("members.try_out")
def try_out(subject: str, record: int) -> None:  # noqa: ARG001 - every job that an event wakes gets both
    """Find out what would happen with each row of a file."""
    bringing.try_out(batch_ref=subject.partition(":")[2])


@job("members.bring_over")
def bring_over(subject: str, record: int) -> None:  # noqa: ARG001
    """Bring the members of a file over."""
    bringing.bring_over(batch_ref=subject.partition(":")[2])


@job("members.go_on", every="*/2 * * * *")
def go_on() -> None:
    """Go on with files whose worker died: one that lives holds its file, and this does nothing."""
    for ref, state in unfinished():
        name = "members.try_out" if state == BatchState.TRYING else "members.bring_over"
        defer(name, subject=f"batch:{ref}", record=0, once=f"{name} {ref}")


@job("members.find_pairs")
def find_pairs(subject: str, record: int) -> None:  # noqa: ARG001
    """Look for people who stand here twice, after a file was brought over."""
    pairing.find_pairs()


@job("members.find_pairs_nightly", every="40 2 * * *")
def find_pairs_nightly() -> None:
    """Look for people who stand here twice, every night."""
    pairing.find_pairs()


@job("members.erase_silent", every="20 3 * * *")
def erase_silent() -> None:
    """Erase those who were asked to agree again and said nothing for 90 days."""
    bringing.erase_silent()


@job("members.mark_due", every="20 5 * * *")
def mark_due() -> None:
    """Note which talks with key individuals are due within a week, for their officers' desks."""
    networks.mark_due()


@job("members.divide_trees")
def divide_trees(subject: str, record: int) -> None:  # noqa: ARG001
    """Give those whom somebody rang to others of their scheme, when that one left, went away or came back."""
    schemes.divide_trees_of(member_ref=subject.partition(":")[2])
