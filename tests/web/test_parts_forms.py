"""Forms in govuk markup, by our templates, which must win over Django's."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from hueandcry.web.parts.forms import DayAndTimeField


class Everything(forms.Form):
    """One field of each kind."""

    place = forms.CharField(label="Where", max_length=20, help_text="A village or a road.")
    words = forms.CharField(widget=forms.Textarea, max_length=300, required=False)
    channel = forms.ChoiceField(choices=[("sms", "Text"), ("voice", "Call")], widget=forms.RadioSelect)
    topics = forms.MultipleChoiceField(
        choices=[("hare", "Hares"), ("fuel", "Fuel")], widget=forms.CheckboxSelectMultiple
    )
    agreed = forms.BooleanField(label="I agree")
    level = forms.ChoiceField(choices=[("low", "Low")])
    when = DayAndTimeField()
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def test_each_kind_of_field_has_its_markup() -> None:
    page = str(Everything())

    assert '<label class="govuk-label govuk-label--s" for="id_place">Where' in page
    assert '<div class="govuk-hint" id="id_place_helptext">A village or a road.</div>' in page
    assert 'class="govuk-radios__input"' in page
    assert page.count('class="govuk-checkboxes__input"') == 3
    assert '<select name="level" class="govuk-select"' in page
    assert 'type="date" name="when_0"' in page
    assert 'type="time" name="when_1"' in page
    assert '<input type="hidden" name="secret" id="id_secret"' in page
    assert "govuk-error" not in page


def test_a_long_text_says_how_much_fits_without_javascript() -> None:
    page = str(Everything())

    assert 'data-module="govuk-character-count" data-maxlength="300"' in page
    assert "You can write up to 300 characters" in page
    assert 'aria-describedby="id_words-info"' in page


def test_what_may_be_left_out_says_so_unless_the_form_does_not_want_it() -> None:
    class Filter(Everything):
        """A filter: everything in it is optional."""

        says_optional = False

    assert str(Everything()).count("(optional)") == 1
    assert "(optional)" not in str(Filter())


def test_errors_stand_on_top_with_links_and_at_their_fields() -> None:
    form = Everything({"place": "", "when_0": "2026-11-21", "when_1": "late"})
    form.add_error(None, "Nobody is meant.")

    page = str(form)

    assert "<li>Nobody is meant.</li>" in page
    assert '<a href="#id_place">Where: This field is required.</a>' in page
    assert '<a href="#id_channel_0">' in page
    assert '<a href="#id_when_0">When: Give the time like 23:15.</a>' in page
    assert 'aria-describedby="id_place_helptext id_place_error"' in page
    assert '<div class="errorlist" id="id_place_error"><p class="govuk-error-message">' in page


def test_nothing_is_left_to_the_browsers_own_checks() -> None:
    assert " required" not in str(Everything())


def test_what_people_typed_is_escaped() -> None:
    page = str(Everything({"place": '"><script>', "words": "</textarea><script>"}))

    assert "<script>" not in page


def test_day_and_time_are_read_in_the_forces_time_zone() -> None:
    class When(forms.Form):
        """Only a moment."""

        when = DayAndTimeField()

    def read(**data: Any) -> Any:
        form = When(data)
        assert form.is_valid(), form.errors
        return form.cleaned_data["when"]

    summer = read(when_0="2026-07-21", when_1="23:15")

    assert summer == dt.datetime(2026, 7, 21, 22, 15, tzinfo=dt.UTC)
    assert timezone.localtime(summer).hour == 23
    assert read(when_0="21/07/2026", when_1="23:15") == summer
