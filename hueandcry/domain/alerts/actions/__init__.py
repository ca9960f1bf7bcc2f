"""Writing alerts, letting them out, passing them on, calling them off and telling how they ended."""

from hueandcry.domain.alerts.actions.answering import answer_suspect, choose_how
from hueandcry.domain.alerts.actions.approving import approve, release_approved, release_due, withdraw
from hueandcry.domain.alerts.actions.composing import choose_audience, draft, revise, send_back, submit
from hueandcry.domain.alerts.actions.correcting import agree_to_correction, correct, drop_correction
from hueandcry.domain.alerts.actions.ending import end, expire_due, stand_down
from hueandcry.domain.alerts.actions.pausing import pause, resume
from hueandcry.domain.alerts.actions.recalling import recall, write_anew
from hueandcry.domain.alerts.actions.releasing import relay, release_fast
from hueandcry.domain.alerts.rules import AlertError

__all__ = [
    "AlertError",
    "agree_to_correction",
    "answer_suspect",
    "approve",
    "choose_audience",
    "choose_how",
    "correct",
    "draft",
    "drop_correction",
    "end",
    "expire_due",
    "pause",
    "recall",
    "relay",
    "release_approved",
    "release_due",
    "release_fast",
    "resume",
    "revise",
    "send_back",
    "stand_down",
    "submit",
    "withdraw",
    "write_anew",
]
