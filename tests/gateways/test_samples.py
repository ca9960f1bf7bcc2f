"""Every live gateway has samples of what its provider says, and each row of them says where it is from."""

from typing import Any

import pytest

from hueandcry.gateways.sandbox import Sandbox
from tests.gateways.sampled import SAMPLES, folder_of, rows_in
from tests.gateways.test_contract import GATEWAYS

LIVE = [kind for kind in GATEWAYS if not issubclass(kind, Sandbox)]
# Made before rows said so: the documents are named where the rows are read.
SAID_ELSEWHERE = frozenset({"anymail", "notify", "smpp", "smtp", "whatsapp"})
# What we made up where nobody's document says what comes.
OURS = "ours, by the shape of the others"


@pytest.mark.parametrize("kind", LIVE, ids=lambda kind: str(kind.name))
def test_a_live_gateway_has_samples_of_what_its_provider_says(kind: type[Any]) -> None:
    folder = folder_of(kind.name)

    wanted = f"Write tests/gateways/samples/{kind.name.replace('-', '_')}/….json: what the provider sends."
    assert folder is not None, wanted
    assert list(rows_in(folder)), wanted


@pytest.mark.parametrize("name", ["nobody", "nobody-text", "text", "twili", "text-twilio"])
def test_a_gateway_that_is_new_has_none(name: str) -> None:
    assert folder_of(name) is None


def test_no_folder_of_samples_is_nobody_s() -> None:
    folders = {path for path in SAMPLES.iterdir() if path.is_dir()}

    assert folders == {folder_of(kind.name) for kind in LIVE}


@pytest.mark.parametrize("folder", sorted(path.name for path in SAMPLES.iterdir() if path.name not in SAID_ELSEWHERE))
def test_a_row_says_where_it_is_from(folder: str) -> None:
    for row in rows_in(SAMPLES / folder):
        assert row["source"].startswith("https://") or row["source"] == OURS, row


@pytest.mark.parametrize("folder", sorted(path.name for path in SAMPLES.iterdir() if path.name not in SAID_ELSEWHERE))
def test_most_of_a_folder_is_a_provider_s_own_word(folder: str) -> None:
    sources = [row["source"] for row in rows_in(SAMPLES / folder)]

    assert sources.count(OURS) < len(sources) / 2
