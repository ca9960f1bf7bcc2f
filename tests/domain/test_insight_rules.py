"""What may be shown of members against households."""

from hueandcry.domain.insight.rules import Counted, Households, hidden, is_small, lines, spread


def area(pk: int, members: int, *, households: int = 1000, parent: int = 1, before: int | None = None) -> Counted:
    return Counted(
        pk, f"A{pk}", f"Area {pk}", parent, "Parent", Households(households, estimated=False), members, before
    )


def test_numbers_from_one_to_nine_are_small_and_none_is_not() -> None:
    assert [number for number in range(12) if is_small(number)] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_two_small_neighbours_hide_each_other_and_nobody_else() -> None:
    assert hidden([area(1, 4), area(2, 9), area(3, 50), area(4, 0)]) == {1, 2}


def test_one_small_area_takes_the_next_larger_with_it() -> None:
    # Else the parent's 104 less 60 and 40 would tell the 4.
    assert hidden([area(1, 4), area(2, 60), area(3, 40), area(4, 0)]) == {1, 3}


def test_a_small_area_alone_in_its_parent_takes_nobody_with_it() -> None:
    assert hidden([area(1, 4, parent=1), area(2, 60, parent=2), area(3, 40, parent=2)]) == {1}


def test_the_highest_rate_comes_first_and_equal_rates_share_a_rank() -> None:
    shown = lines([area(1, 20), area(2, 30), area(3, 20), area(4, 10)])

    assert [(line.area_id, line.rate, line.rank) for line in shown] == [
        (2, 3.0, 1),
        (1, 2.0, 2),
        (3, 2.0, 2),
        (4, 1.0, 4),
    ]


def test_a_hidden_area_says_nothing_of_its_members() -> None:
    (line, *_) = [one for one in lines([area(1, 4, before=90), area(2, 5), area(3, 70)]) if one.area_id == 1]

    assert (line.members, line.rate, line.rank, line.change, line.shade) == (None, None, None, None, None)
    assert line.households == 1000


def test_an_area_without_households_has_members_and_no_rate() -> None:
    (line,) = lines([Counted(1, "A1", "Area", None, "", None, 30, None)])

    assert (line.members, line.rate, line.rank, line.households) == (30, None, None, None)


def test_no_households_at_all_make_no_rate() -> None:
    (line,) = lines([area(1, 30, households=0)])

    assert line.rate is None


def test_a_change_is_told_unless_it_would_tell_of_few() -> None:
    shown = {line.area_id: line.change for line in lines([
        area(1, 100, before=80), area(2, 100, before=103), area(3, 12, before=10), area(4, 40, before=6),
        area(5, 30, before=30),
    ])}  # fmt: skip

    assert shown == {1: 20, 2: -3, 3: None, 4: None, 5: 0}


def test_shades_go_from_the_lowest_fifth_to_the_highest() -> None:
    shown = lines([area(pk, 10 * pk) for pk in range(1, 11)])

    assert [line.shade for line in shown] == [4, 4, 3, 3, 2, 2, 1, 1, 0, 0]


def test_households_are_spread_evenly_over_postcodes() -> None:
    # Area 1 has three postcodes, of which the last lies in the larger area 20; area 2 has none at all.
    sums = spread({1: 90, 2: 50}, {1: [0, 1, 2]}, [10, 10, 20])

    assert sums == {10: 60, 20: 30}


def test_a_postcode_in_no_larger_area_is_left_out() -> None:
    assert spread({1: 90}, {1: [0, 1]}, [10, 0]) == {10: 45}
