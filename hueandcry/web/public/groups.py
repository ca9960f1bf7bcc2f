"""Cards for groups elsewhere (WhatsApp, a club's list): what a member carries there, and how people there answer."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hueandcry.domain.alerts.queries import schemes as told
from hueandcry.domain.members.actions import MemberError, bridges
from hueandcry.domain.members.queries import schemes as queries
from hueandcry.domain.members.rules import MemberDetail
from hueandcry.domain.members.rules.schemes import GROUP_MOST, MOST_IN_A_GROUP
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import say
from hueandcry.web.parts.doors import open_to_all
from hueandcry.web.public.my import by_secret_link


class GroupForm(forms.Form):
    """A group elsewhere."""

    name = forms.CharField(
        label=_("What is the group called?"),
        max_length=GROUP_MOST,
        help_text=_("Such as Holt farmers (WhatsApp). Officers see this name beside answers that come from there."),
        error_messages={"required": _("Write what the group is called, such as Holt farmers (WhatsApp).")},
    )
    people = forms.IntegerField(
        label=_("About how many read it?"),
        required=False,
        min_value=1,
        max_value=MOST_IN_A_GROUP,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-5"}),
        error_messages={"invalid": _("Write a number, such as 120.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def mine(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Show a member the groups that they carry alerts to, with a card for each alert; take a new group."""
    form = GroupForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = bridges.open_bridge(
                member_id=held.id, name=form.cleaned_data["name"], people=form.cleaned_data["people"]
            )
        except MemberError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                say("The code of {name} is {code}. It stands on every card.").format(name=made.name, code=made.code),
            )
            return redirect("public:my:groups", token=token)
    groups = queries.bridges_of(member_id=held.id)
    context = {
        "token": token,
        "form": form,
        "groups": [group for group in groups if group.ended_at is None],
        "ended": [group for group in groups if group.ended_at is not None],
        "alerts": told.for_a_group(member_id=held.id),
    }
    return render(request, "public/my/groups.html", context)


@require_POST
@by_secret_link
def end(request: HttpRequest, *, token: str, held: MemberDetail, ref: str) -> HttpResponse:
    """Carry alerts to one group no more."""
    bridges.end_bridge(member_id=held.id, bridge_ref=ref)
    messages.success(request, say("Ended: its cards are gone."))
    return redirect("public:my:groups", token=token)


@require_safe
@open_to_all
def card(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """Show one alert as a card to forward: nobody's data, no plate, nothing of who carries it."""
    group = queries.bridge_by_code(code=code)
    if group.ended_at is not None:
        raise NotHereError("group")
    alert = told.card(alert_ref=ref.upper())
    how = how_to_answer(ref=alert.ref, code=group.code)
    context = {"alert": alert, "code": group.code, "how": how, "words": told.card_text(alert=alert, how=how)}
    answer = render(request, "public/groups/card.html", context)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def how_to_answer(*, ref: str, code: str) -> str:
    """Say how somebody of a group answers, in one sentence."""
    if settings.REPLY_NUMBER:
        return say("Seen something? Text {ref} {code} and what you saw to {number}.").format(
            ref=ref, code=code, number=settings.REPLY_NUMBER
        )
    return say("Seen something? Call 101 and say {ref} {code}.").format(ref=ref, code=code)
