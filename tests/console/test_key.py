"""`hueandcry key`: given out once, ended at once."""

import pytest

from hueandcry.console.main import main
from hueandcry.domain.organisations.models import ApiKey
from hueandcry.domain.organisations.queries import key_of
from hueandcry.kit.finding import NotHereError
from tests import builders

pytestmark = pytest.mark.django_db


def test_a_key_is_shown_once_and_opens_until_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    builders.force()

    assert main(["key", "make", "Dashboard of Cole", "--permission", "coverage:read"]) == 0
    token = capsys.readouterr().out.splitlines()[1]
    key = key_of(token=token)
    assert (key.name, key.permissions) == ("Dashboard of Cole", ["coverage:read"])

    assert main(["key", "end", key.ref]) == 0
    with pytest.raises(NotHereError):
        key_of(token=token)


def test_an_organisation_that_is_not_here_is_named_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    builders.force()

    status = main(["key", "make", "Dashboard", "--permission", "coverage:read", "--organisation", "Nobody"])

    assert status == 1
    assert "Doggerland Constabulary" in capsys.readouterr().err
    assert not ApiKey.objects.exists()
