"""References that people read out: their length, signs that are all as likely, never a registration mark."""

from collections import Counter

import pytest

from hueandcry.kit import plates, refs


def test_references_have_their_length_and_only_signs_that_nobody_mistakes() -> None:
    short = {refs.new_ref() for _ in range(300)}
    long = {refs.new_long_ref() for _ in range(300)}

    assert {len(ref) for ref in short} == {6}
    assert {len(ref) for ref in long} == {10}
    assert len(long) == 300
    assert set("".join([*short, *long])) <= set("23456789BCDFGHJKMNPQRSTVWXZ")
    assert not any(plates.formats(ref) for ref in short)


def test_each_sign_is_as_likely_as_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    # Every byte that there is, each as often.
    monkeypatch.setattr("hueandcry.kit.refs.secrets.token_bytes", lambda _: bytes(range(256)))

    seen = Counter(refs._signs(243))

    assert set(seen) == set(refs.ALPHABET)
    assert set(seen.values()) == {9}


def test_it_is_asked_again_when_too_few_bytes_could_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter([bytes([255] * 19 + [0]), bytes([250] * 20), bytes([1] * 20)])
    monkeypatch.setattr("hueandcry.kit.refs.secrets.token_bytes", lambda _: next(given))

    assert refs.new_long_ref() == "2333333333"
