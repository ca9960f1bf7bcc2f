"""How an officer is told what waits for them: by e-mail, and by text where they give their mobile of work."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hueandcry.domain.organisations import actions
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.parts import labels
from hueandcry.web.parts.doors import DeskRequest, needs


class MobileForm(forms.Form):
    """Their mobile of work."""

    mobile = forms.CharField(
        label="Your mobile of work",
        required=False,
        max_length=40,
        help_text="Empty: by e-mail only. No member and no colleague sees it.",
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel", "class": "govuk-input--width-20"}
        ),
        error_messages={"max_length": "Give one number, like 07700 900123."},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.DESK_OPEN)
def form(request: DeskRequest) -> HttpResponse:
    """Show by which ways an officer is told what waits for them, and keep their mobile."""
    filled = MobileForm(request.POST or None, initial={"mobile": labels.phone(request.user.mobile)})
    if request.method == "POST" and filled.is_valid():
        try:
            kept = actions.give_mobile(
                officer_ref=request.user.ref, mobile=filled.cleaned_data["mobile"], actor=request.user.as_actor()
            )
        except actions.OrganisationError as refusal:
            filled.add_error("mobile", str(refusal))
        else:
            how = f"by text to {labels.phone(kept.mobile)} and by e-mail" if kept.mobile else "by e-mail only"
            messages.success(request, f"Kept: you are told {how}.")
            return redirect("desk:told:form")
    context = {"form": filled, "approves": request.user.may(Permission.ALERT_APPROVE)}
    return render(request, "desk/told/form.html", context)
