"""Who may use the API: a program with a key that opens the thing it asks for."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from hueandcry.domain.organisations import actions, queries
from hueandcry.domain.organisations.queries import ApiKey
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.finding import NotHereError


class Key(HttpBearer):
    """Opens to `Authorization: Bearer …` with a key that has this permission; others get 401."""

    def __init__(self, permission: Permission) -> None:
        super().__init__()
        self.permission = permission

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:  # noqa: ARG002
        """Return the key, or nothing."""
        try:
            key = queries.key_of(token=token)
        except NotHereError:
            return None
        if not key.may(self.permission):
            return None
        actions.use_key(key=key)
        return key
