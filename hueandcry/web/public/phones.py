"""The sandbox phones of the demonstration: what members get, and a place to type an answer for them."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hueandcry.domain.messaging import actions, queries
from hueandcry.web.parts.doors import in_the_demonstration, open_to_all

MOST = 30
LONGEST_ANSWER = 1000


class FindForm(forms.Form):
    """Which phones to show."""

    says_optional = False
    search = forms.CharField(label="Part of a number or address", required=False, max_length=100)
    about = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    """What is typed on a phone."""

    body = forms.CharField(
        label="Type an answer",
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        error_messages={"required": "Type something first."},
    )

    def clean_body(self) -> str:
        """Take as much as a phone sends at once: the box itself shows no count, as a phone shows none."""
        return str(self.cleaned_data["body"])[:LONGEST_ANSWER]


class NewForm(forms.Form):
    """A telephone of somebody new, and what they write; without words they ring and hang up."""

    says_optional = False
    number = forms.CharField(
        label="Phone number, such as 07700 900123 or 01632 960123",
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    body = forms.CharField(
        label="What they text, such as JOIN. Empty: they ring us and hang up",
        required=False,
        max_length=LONGEST_ANSWER,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@never_cache
@open_to_all
@in_the_demonstration
def shelf(request: HttpRequest) -> HttpResponse:
    """Show the sandbox phones, newest answers first."""
    form = FindForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    search, about = wanted.get("search", ""), wanted.get("about", "")
    phones = queries.sandbox_phones(search=search, about=about, most=MOST)
    context = {
        "phones": phones,
        "form": form,
        "new_form": NewForm(auto_id="new_%s"),
        "is_narrowed": bool(search or about),
    }
    only_part = getattr(request, "htmx", False)
    return render(request, f"public/phones/{'_shelf' if only_part else 'shelf'}.html", context)


@open_to_all
@require_POST
@in_the_demonstration
def new(request: HttpRequest) -> HttpResponse:
    """Write to us, or ring and hang up, from a telephone that nothing has happened on yet."""
    form = NewForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Type a phone number, for example 07700 900123.")
        return redirect("public:phones:shelf")
    given = form.cleaned_data
    try:
        address = actions.use_phone(number=given["number"], body=given["body"])
    except actions.MessagingError as refusal:
        messages.error(request, str(refusal))
        return redirect("public:phones:shelf")
    return redirect("public:phones:one", address=address)


@never_cache
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
        messages.error(request, "Type something first, then press Send.")
    return redirect("public:phones:one", address=address)
