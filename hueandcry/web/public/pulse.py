"""The five questions of the quarter on a key individual's own page, and what was said the quarters before."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hueandcry.domain.members.actions import networks as actions
from hueandcry.domain.members.queries import networks
from hueandcry.domain.members.rules import MemberDetail
from hueandcry.domain.members.rules.networks import FROM_BAD_TO_GOOD, PULSE_QUESTIONS, WORDS_MOST
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import say
from hueandcry.web.public.my import by_secret_link


class PulseForm(forms.Form):
    """The five questions."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for number, (question, hint) in enumerate(PULSE_QUESTIONS):
            self.fields[f"answer{number}"] = forms.TypedChoiceField(
                label=f"{number + 1}. {say(question)}",
                choices=[(step, say(words)) for step, words in FROM_BAD_TO_GOOD],
                coerce=int,
                widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline govuk-radios--small"}),
                error_messages={"required": say("Choose from 1 to 5.")},
            )
            self.fields[f"words{number}"] = forms.CharField(
                label=say("In your own words, to question {number}").format(number=number + 1),
                help_text=say(hint),
                required=False,
                max_length=WORDS_MOST,
                widget=forms.Textarea(attrs={"rows": 2}),
            )


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def pulse(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Let a key individual answer the five questions of the quarter, and read what came of those before."""
    contact = networks.key_contact_of(member_id=held.id)
    if contact is None:
        raise NotHereError("pulse")
    form = PulseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given, numbers = form.cleaned_data, range(len(PULSE_QUESTIONS))
        try:
            actions.answer_pulse(
                contact=contact,
                answers=[given[f"answer{number}"] for number in numbers],
                words={number: given[f"words{number}"] for number in numbers},
            )
        except actions.MemberError as refusal:
            form.add_error(None, str(refusal))
    context = {
        "token": token,
        "form": form,
        "given": networks.pulse_given(contact=contact),
        "results": networks.results_for(contact=contact),
        "questions": [say(question) for question, _ in PULSE_QUESTIONS],
    }
    return render(request, "public/my/pulse.html", context)
