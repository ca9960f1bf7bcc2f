"""Form fields that several screens use."""

from typing import Any

from django import forms


class DayAndTimeField(forms.SplitDateTimeField):
    """A day and a time, in the browser's own pickers, in the force's time zone."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401
        kwargs.setdefault(
            "widget",
            forms.SplitDateTimeWidget(
                date_attrs={"type": "date"},
                time_attrs={"type": "time"},
                date_format="%Y-%m-%d",
                time_format="%H:%M",
            ),
        )
        kwargs.setdefault(
            "error_messages",
            {
                "required": "Give a day and a time.",
                "incomplete": "Give both a day and a time.",
                "invalid_date": "Give the day like 2026-11-22.",
                "invalid_time": "Give the time like 23:15.",
            },
        )
        super().__init__(
            input_date_formats=["%Y-%m-%d", "%d/%m/%Y"], input_time_formats=["%H:%M", "%H:%M:%S"], **kwargs
        )
