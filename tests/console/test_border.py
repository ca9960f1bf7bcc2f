"""`hueandcry border`: a force beside ours, kept once and changed by saying it again."""

import pytest
from shapely.geometry import box

from hueandcry.console.main import main
from hueandcry.domain.organisations.models import Organisation
from hueandcry.domain.places.rules import AreaKind
from tests import builders

pytestmark = pytest.mark.django_db


def test_a_neighbour_is_kept_once_and_changed_by_saying_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    area = builders.area("Kelp", kind=AreaKind.OTHER, shape=box(3.4, 54.0, 4.4, 55.2))
    said = ["border", "Kelp Constabulary", "--area", "Kelp"]

    assert main([*said, "--email", "control@example.org", "--call", "01632 960123"]) == 0
    first = capsys.readouterr().out
    assert main(said) == 0
    second = capsys.readouterr().out

    made = Organisation.objects.get(kind="neighbour")
    assert (made.area_id, made.hand_over_to, made.hand_over_call) == (area.id, "", "")
    assert "comes into Kelp; told by 01632 960123 or control@example.org." in first
    assert "told by 101." in second


def test_an_outline_that_is_not_loaded_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["border", "Kelp Constabulary", "--area", "KELP"]) == 1

    assert "hueandcry load areas --kind other" in capsys.readouterr().err
    assert not Organisation.objects.exists()
