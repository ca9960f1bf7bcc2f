"""What came of telling somebody by a sheet or a neighbour's call. Pure."""

from hueandcry.kit.kinds import Kind

# Stands where a delivery by itself names its gateway.
BY_HAND = "by hand"
# The same where a letter was printed and taken away to be carried.
PRINTED = "printed"


class HandOutcome(Kind):
    """What a person ticks who told somebody."""

    TOLD = "told", "Told"
    NOT_THERE = "not_there", "Not there"
    DECLINED = "declined", "Did not want to hear it"
