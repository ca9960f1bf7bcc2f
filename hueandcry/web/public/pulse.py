"""The five questions of the quarter on a key individual's own page, and what was said the quarters before."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hueandcry.domain.members.actions import networks as actions
from hueandcry.domain.members.queries import networks
from hueandcry.domain.members.rules import MemberDetail
from hueandcry.domain.members.rules.networks import PULSE_QUESTIONS
from hueandcry.kit.finding import NotHereError
from hueandcry.kit.words import say
from hueandcry.web.parts.pulse import PulseForm
from hueandcry.web.public.my import by_secret_link


@require_http_methods(["GET", "HEAD", "POST"])
@by_secret_link
def pulse(request: HttpRequest, *, token: str, held: MemberDetail) -> HttpResponse:
    """Let a key individual answer the five questions of the quarter, and read what came of those before."""
    contact = networks.key_contact_of(member_id=held.id)
    if contact is None:
        raise NotHereError("pulse")
    sent = request.POST if request.method == "POST" else None
    form = PulseForm(sent, whose=say("In your own words, to question {number}"))
    if request.method == "POST" and form.is_valid():
        answers, words = form.given()
        try:
            actions.answer_pulse(contact=contact, answers=answers, words=words)
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
