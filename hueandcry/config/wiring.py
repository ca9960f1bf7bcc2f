"""Which event wakes which job: all reactions of the service on one page.

An action logs an event (`records.actions.log`); the jobs named here are deferred in the same transaction,
each with `subject` (a reference such as ``message:K7M2PQ``) and `record` (the id of the audit row, whose facts it
may read).
"""

SUBSCRIBERS: dict[str, tuple[str, ...]] = {
    "message.queued": ("messaging.dispatch",),
    "message.climbed": ("messaging.dispatch",),
    "message.resumed": ("messaging.dispatch",),
    "sending.resumed": ("messaging.go_on",),
    "message.received": ("reports.open_from_message",),
    "alert.relayed": ("reports.note_relay",),
    "member.joined": ("messaging.welcome",),
    "contact.added": ("messaging.welcome",),
    "contact.suspended": ("messaging.ask_where",),
    "member.left": ("members.divide_trees",),
    "member.merged": ("members.divide_trees",),
    "member.unmerged": ("members.divide_trees",),
    "member.paused": ("members.divide_trees",),
    "member.resumed": ("members.divide_trees",),
    "application.opened": ("messaging.say_code",),
    "application.code_asked": ("messaging.say_code",),
    "application.joined": ("messaging.say_code",),
    "batch.trial_asked": ("members.try_out",),
    "batch.bringing_asked": ("members.bring_over",),
    "batch.brought": ("members.find_pairs",),
    "members.asked_again": ("messaging.ask_again",),
    "alert.submitted": ("alerts.ask",),
    "alert.agreed": ("alerts.ask",),
    "alert.correction_written": ("alerts.ask",),
    "alert.approved": ("alerts.tell_author",),
    "alert.scheduled": ("alerts.tell_author",),
    "alert.sent_back": ("alerts.tell_author",),
    "alert.correction_dropped": ("alerts.tell_author",),
    "alert.released": ("alerts.say_publicly", "alerts.tell_author"),
    "alert.corrected": ("alerts.say_publicly", "alerts.tell_author"),
    "alert.recalled": ("alerts.say_publicly",),
    "alert.stood_down": ("alerts.say_publicly",),
    "alert.expired": ("alerts.say_publicly",),
    "alert.ended": ("reports.note_ending", "alerts.say_publicly"),
    "coordinator.code_asked": ("messaging.say_device_code",),
}
