"""Taking everything about members out at the desk: one zip, kept in the audit trail as a disclosure."""

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from hueandcry.domain.members.actions import leaving as actions
from hueandcry.domain.members.queries import leaving as queries
from hueandcry.domain.organisations.rules import OrganisationKind, Permission
from hueandcry.kit import clock
from hueandcry.kit.finding import NotHereError
from hueandcry.web.parts.doors import DeskRequest, needs
from hueandcry.web.parts.downloads import download

PIECE = 1 << 18


class SureForm(forms.Form):
    """A person says that they mean it."""

    sure = forms.BooleanField(
        label="I need everything about every member, and will keep it safe",
        error_messages={"required": "Tick the box: this is everything about everybody."},
    )


@needs(Permission.MEMBER_EXPORT)
def page(request: DeskRequest) -> HttpResponse:
    """Take everything about members out, as one zip."""
    if request.user.organisation.kind != OrganisationKind.FORCE:
        raise NotHereError("leaving")
    form = SureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = _pieces(_zipped(request.user.as_actor()))
        name = f"members-{clock.now():%Y-%m-%d}.zip"
        return download(request, made, content_type="application/zip", name=name)
    return render(request, "desk/leaving/page.html", {"form": form, "files": queries.resources()})


def _pieces(made: IO[bytes]) -> Iterator[bytes]:
    with made:
        while piece := made.read(PIECE):
            yield piece


def _zipped(actor: str) -> IO[bytes]:
    """Return a zip on the disk that is gone as soon as it is closed."""
    made = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - the response closes it
    with tempfile.TemporaryDirectory() as folder:
        actions.take_out(folder=Path(folder) / "members", actor=actor)
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted((Path(folder) / "members").iterdir()):
                archive.write(file, f"members/{file.name}")
    made.seek(0)
    return made
