"""How allauth treats officers."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, ResetPasswordForm
from django.http import HttpRequest


class OfficerAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: officers are enrolled."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Keep the door shut."""
        return False


class SignInForm(LoginForm):  # type: ignore[misc]
    """The sign-in form in our words; the way to a new password stands below it, not inside."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail address"
        self.fields["login"].error_messages["required"] = "Give the e-mail address that you sign in with."
        self.fields["password"].help_text = ""
        self.fields["password"].error_messages["required"] = "Give your password."


class NewPasswordForm(ResetPasswordForm):  # type: ignore[misc]
    """The form that asks for a link to set a new password, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"
