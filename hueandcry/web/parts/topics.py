"""What somebody wants to hear about: the same boxes when they join and on their own page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hueandcry.domain.knowledge import queries as knowledge


class TopicsField(forms.MultipleChoiceField):
    """Boxes for subjects; none ticked means everything. Who shows it sets `choices` to `topic_choices()`."""

    def __init__(self) -> None:
        super().__init__(
            label=_("What do you want to hear about?"),
            help_text=_("None ticked means everything."),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"invalid_choice": _("One of the subjects is no longer offered: look at the list again.")},
        )


def topic_choices() -> list[tuple[str, str]]:
    """Return the subjects as choices."""
    return [(str(topic.id), topic.name) for topic in knowledge.topics()]
