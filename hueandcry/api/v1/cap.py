"""Partners' warnings: a CAP document is handed in, an officer reads it."""

from django.http import HttpRequest
from ninja import Router, Schema, Status

from hueandcry.api.doors import Key
from hueandcry.domain.alerts.actions import warnings
from hueandcry.domain.alerts.rules.warnings import WarningState
from hueandcry.domain.organisations.rules import Permission
from hueandcry.kit.xml import MOST_BYTES

router = Router(tags=["cap"], auth=Key(Permission.WARNING_GIVE))


class WarningAnswer(Schema):
    """What was kept: its reference here, and what became of it so far."""

    ref: str
    state: WarningState


@router.post(
    "/",
    response={200: WarningAnswer, 201: WarningAnswer},
    url_name="cap",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "One CAP 1.0, 1.1 or 1.2 document, at most 1 MB.",
            "content": {"application/cap+xml": {"schema": {"type": "string"}}},
        }
    },
)
def hand_in(request: HttpRequest) -> Status[dict[str, object]]:
    """Hand in one CAP warning for an officer to read; 201 when it is new, 200 when it was here already.

    Nothing goes out by it. An Update or Cancel marks the warnings that it refers to.
    """
    key = request.auth  # type: ignore[attr-defined]
    # One byte more than is allowed is enough to say that it is too large.
    body = request.read(MOST_BYTES + 1)
    taken = warnings.take_in(organisation_id=key.organisation_id, body=body, actor=key.as_actor())
    return Status(201 if taken.is_new else 200, {"ref": taken.ref, "state": taken.state})
