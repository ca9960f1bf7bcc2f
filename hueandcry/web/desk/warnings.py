"""Partners' warnings on the desk: read them, hand one in, begin a draft with one, put one aside."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from hueandcry.domain.alerts.actions import warnings as actions
from hueandcry.domain.alerts.queries import warnings as queries
from hueandcry.domain.alerts.rules.warnings import WarningState
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.xml import MOST_BYTES
from hueandcry.web.parts.doors import DeskRequest, needs


class HandInForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label="A warning as a CAP file",
        help_text="An XML file, at most 1 MB. Flood and weather warnings come in this form.",
        error_messages={"required": "Choose the file.", "empty": "The file is empty. Save it again."},
    )


@needs(Permission.ALERT_WRITE)
def listing(request: DeskRequest) -> HttpResponse:
    """List what partners warned of, newest first, and take one in from a file."""
    form = HandInForm(request.POST, request.FILES) if request.method == "POST" else HandInForm()
    if form.is_valid():
        try:
            taken = actions.take_in(
                organisation_id=request.user.organisation_id,
                # One byte more than is allowed is enough to say that it is too large.
                body=form.cleaned_data["file"].read(MOST_BYTES + 1),
                actor=request.user.as_actor(),
            )
        except actions.AlertError as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, "It is in the list." if taken.is_new else "It was in the list already.")
            return redirect("desk:warnings:list")
    return render(
        request,
        "desk/warnings/list.html",
        {"warnings": queries.warnings_for(officer=request.user), "form": form, "new": WarningState.NEW},
    )


@require_POST
@needs(Permission.ALERT_WRITE)
def begin(request: DeskRequest, ref: str) -> HttpResponse:
    """Begin a draft with one warning, and go on writing it."""
    try:
        alert = actions.begin(officer=request.user, ref=ref)
    except actions.AlertError as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:warnings:list")
    return redirect("desk:alerts:page", ref=alert.ref)


@require_POST
@needs(Permission.ALERT_WRITE)
def put_aside(request: DeskRequest, ref: str) -> HttpResponse:
    """Do nothing about one warning."""
    try:
        actions.put_aside(officer=request.user, ref=ref)
    except actions.AlertError as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:warnings:list")
