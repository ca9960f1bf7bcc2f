"""The sandbox phones of the demonstration: what members get, and a place to type an answer for them."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from hueandcry.domain.messaging import actions, queries
from hueandcry.web.parts.doors import in_the_demonstration, open_to_all

MOST = 30
LONGEST_ANSWER = 1000


class FindForm(forms.Form):
    """Which phones to show."""

    says_optional = False
    search = forms.CharField(label="Number, address or words", required=False, max_length=100)


class AnswerForm(forms.Form):
    """What is typed on a phone."""

    body = forms.CharField(
        label="Type an answer",
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        error_messages={"required": "Type something first."},
    )


@open_to_all
@in_the_demonstration
def shelf(request: HttpRequest) -> HttpResponse:
    """Show the sandbox phones, newest answers first."""
    search = request.GET.get("search", "")[:100].strip()
    about = request.GET.get("about", "")[:80]
    context = {
        "phones": queries.sandbox_phones(search=search, about=about, most=MOST),
        "form": FindForm(initial={"search": search}),
        "about": about,
    }
    only_part = getattr(request, "htmx", False)
    return render(request, f"public/phones/{'_shelf' if only_part else 'shelf'}.html", context)


@open_to_all
@in_the_demonstration
def one(request: HttpRequest, address: str) -> HttpResponse:
    """Show one sandbox phone."""
    context = {"phone": queries.sandbox_phone(address=address), "form": AnswerForm()}
    only_part = getattr(request, "htmx", False)
    return render(request, f"public/phones/{'_one' if only_part else 'one'}.html", context)


@open_to_all
@require_POST
@in_the_demonstration
def answer(request: HttpRequest, address: str) -> HttpResponse:
    """Send what was typed on a sandbox phone, as its owner would."""
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            actions.type_on_phone(address=address, body=form.cleaned_data["body"])
        except actions.MessagingError as refusal:
            messages.error(request, str(refusal))
    else:
        messages.error(request, "Type something first, at most 1,000 characters.")
    return redirect("public:phones:one", address=address)
