"""An alert in other languages: what it says of itself, and boxes for what an officer typed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hueandcry.domain.alerts import queries
from hueandcry.domain.alerts.actions.translating import give_words
from hueandcry.domain.alerts.queries import previewing
from hueandcry.domain.alerts.rules import OPEN, AlertError, State, languages_read
from hueandcry.domain.alerts.rules.elsewhere import of_other_languages
from hueandcry.domain.alerts.rules.tongues import OTHERS, Piece
from hueandcry.domain.members.rules import Language
from hueandcry.domain.organisations.rules import Permission
from hueandcry.web.parts.doors import DeskRequest, needs

LONG = 160


class TongueForm(forms.Form):
    """A box for each piece that was typed, in one language."""

    says_optional = False

    def __init__(self, *args: Any, language: str, pieces: list[Piece], **kwargs: Any) -> None:  # noqa: ANN401
        kwargs["prefix"] = language
        super().__init__(*args, **kwargs)
        self.language = Language(language)
        for piece in pieces:
            attrs = {"lang": language, "autocomplete": "off"}
            self.fields[piece.name] = forms.CharField(
                label=f"{piece.label}: “{piece.words}”",
                required=False,
                # One word too long is said by the rules, with what to do.
                widget=forms.Textarea(attrs={**attrs, "rows": 4})
                if piece.most > LONG
                else forms.TextInput(attrs={**attrs, "maxlength": piece.most}),
            )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ALERT_WRITE)
def tongues(request: DeskRequest, ref: str) -> HttpResponse:
    """Give what was typed in an alert in other languages, before it goes out."""
    alert = queries.get_alert(officer=request.user, ref=ref)
    pieces = queries.pieces_of(alert=alert)
    given = [
        TongueForm(
            request.POST or None,
            language=language,
            pieces=pieces,
            initial=queries.given_in(alert=alert, language=language),
        )
        for language in OTHERS
    ]
    if request.method == "POST" and all(form.is_valid() for form in given):
        try:
            give_words(
                alert_ref=ref, officer=request.user, given={form.language.value: form.cleaned_data for form in given}
            )
        except AlertError as refusal:
            given[0].add_error(None, str(refusal))
        else:
            messages.success(request, "The words are kept. Below is how they look.")
            return redirect("desk:alerts:tongues", ref=ref)
    said = {tongue.language: tongue for tongue in queries.tongues_of(alert=alert) if not tongue.is_foreign}
    frames = {frame.language: frame for frame in previewing.looks_of(alert=alert).frames}
    context = {
        "alert": alert,
        "pieces": pieces,
        "languages": [Language(language).label for language in OTHERS],
        "looked_for": [(about, [one in languages for one in OTHERS]) for about, languages in languages_read()],
        "findings": of_other_languages(queries.findings(alert=alert)),
        "is_open": alert.state in (*OPEN, State.WAITING),
        "shown": [(form, frames[form.language], said.get(form.language.value)) for form in given],
    }
    return render(request, "desk/alerts/tongues.html", context)
