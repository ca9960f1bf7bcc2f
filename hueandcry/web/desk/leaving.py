"""Taking everything about members out at the desk: one zip, kept in the audit trail as a disclosure."""

import zipfile
from collections.abc import Iterator
from itertools import islice
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

LINES = 500


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
        made = _zipped(actions.stream_out(actor=request.user.as_actor()))
        name = f"members-{clock.now():%Y-%m-%d}.zip"
        return download(request, made, content_type="application/zip", name=name)
    return render(request, "desk/leaving/page.html", {"form": form, "files": queries.resources()})


class _Outlet:
    """What a zip is written into and taken out of, piece by piece: it has no beginning to go back to."""

    def __init__(self) -> None:
        self.held = bytearray()

    def write(self, part: bytes) -> int:
        """Hold a part."""
        self.held += part
        return len(part)

    def flush(self) -> None:
        """Do nothing: it is taken when it is enough."""

    def taken(self) -> bytes:
        """Return what is held, and hold nothing."""
        part, self.held = bytes(self.held), bytearray()
        return part


def _zipped(files: Iterator[tuple[str, Iterator[str]]]) -> Iterator[bytes]:
    """Yield a zip while it is made, from the first second: nothing of it ever lies on the disk."""
    outlet = _Outlet()
    with zipfile.ZipFile(cast("IO[bytes]", outlet), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in files:
            with archive.open(f"members/{name}", "w", force_zip64=True) as file:
                while some := list(islice(lines, LINES)):
                    file.write("".join(f"{line}\n" for line in some).encode())
                    yield outlet.taken()
    yield outlet.taken()
