"""The five questions of the quarter as a form: on a key individual's own page, and at the desk on a visit."""

from typing import Any

from django import forms

from hueandcry.domain.members.rules.networks import FROM_BAD_TO_GOOD, PULSE_QUESTIONS, WORDS_MOST
from hueandcry.kit.words import say


class PulseForm(forms.Form):
    """The five questions, each with room for words; `whose` is the label of that room, with `{number}` in it."""

    def __init__(self, *args: Any, whose: str, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        for number, (question, hint) in enumerate(PULSE_QUESTIONS):
            self.fields[f"answer{number}"] = forms.TypedChoiceField(
                label=f"{number + 1}. {say(question)}",
                choices=[(step, say(words)) for step, words in FROM_BAD_TO_GOOD],
                coerce=int,
                widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline govuk-radios--small"}),
                error_messages={"required": say("Choose from 1 to 5.")},
            )
            self.fields[f"words{number}"] = forms.CharField(
                label=whose.format(number=number + 1),
                help_text=say(hint),
                required=False,
                max_length=WORDS_MOST,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def given(self) -> tuple[list[int], dict[int, str]]:
        """Return answers and words as the action takes them."""
        numbers, data = range(len(PULSE_QUESTIONS)), self.cleaned_data
        return [data[f"answer{number}"] for number in numbers], {number: data[f"words{number}"] for number in numbers}
