"""Audiences kept under a name: who made each, what it asks, and how many it means today, asked anew."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hueandcry.domain.members.actions import saving
from hueandcry.domain.members.queries import saved
from hueandcry.domain.members.rules import AudienceCount, AudienceError
from hueandcry.domain.messaging.queries import choosing
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.parts import pager
from hueandcry.web.parts.doors import DeskRequest, needs

PAGE = 20


class NameForm(forms.Form):
    """Give an audience another name."""

    name = forms.CharField(label="Name", max_length=80, error_messages={"required": "Give the audience a name."})


@require_safe
@needs(Permission.ALERT_WRITE)
def listing(request: DeskRequest) -> HttpResponse:
    """List the kept audiences of the officer's organisation; numbers are asked for one by one."""
    page = pager.page(request, list(saved.saved(officer=request.user)), size=PAGE)
    lines = [saved.line_of(kept=kept) for kept in page]
    return render(request, "desk/audiences/list.html", {"page": page, "lines": lines})


@require_safe
@needs(Permission.ALERT_WRITE)
def page(request: DeskRequest, ref: str) -> HttpResponse:
    """Show one kept audience with its number today."""
    return _page(request, ref)


@require_safe
@needs(Permission.ALERT_WRITE)
def count(request: DeskRequest, ref: str) -> HttpResponse:
    """Say how many one kept audience means today, for the list."""
    return render(request, "desk/audiences/_count.html", _counted(request, ref))


@require_POST
@needs(Permission.ALERT_WRITE)
def rename(request: DeskRequest, ref: str) -> HttpResponse:
    """Give one kept audience another name."""
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            saving.rename_audience(officer=request.user, ref=ref, name=form.cleaned_data["name"])
        except AudienceError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "Renamed.")
            return redirect("desk:audiences:page", ref=ref)
    return _page(request, ref, form=form)


@require_POST
@needs(Permission.ALERT_WRITE)
def end(request: DeskRequest, ref: str) -> HttpResponse:
    """End one kept audience."""
    saving.end_audience(officer=request.user, ref=ref)
    messages.success(request, "Ended. Alerts that used it keep their own.")
    return redirect("desk:audiences:list")


def _page(request: DeskRequest, ref: str, *, form: NameForm | None = None) -> HttpResponse:
    kept = saved.get_saved(officer=request.user, ref=ref)
    context = {
        "line": saved.line_of(kept=kept),
        "ended": kept.ended_at,
        "form": form or NameForm(initial={"name": kept.name}),
        **_counted(request, ref),
    }
    return render(request, "desk/audiences/page.html", context)


def _counted(request: DeskRequest, ref: str) -> dict[str, AudienceCount | str]:
    kept = saved.get_saved(officer=request.user, ref=ref)
    try:
        return {"count": choosing.count(question=saved.question_of(kept=kept))}
    except AudienceError as refusal:
        return {"refusal": str(refusal)}
