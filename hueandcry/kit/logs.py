"""What is written to a log, where many may read it: no address, no number, no link that opens somebody's page."""

import logging
import re

# A number from here, as it is kept and as people write it; figures behind a point or a letter are no number.
_ABROAD = r"(?<![\w.])(?:\+|00)?44[ -]?\d(?:[ -]?\d){8,9}(?![\w.])"
_AT_HOME = r"(?<![\w.+])0[1-3578]\d(?:[ -]?\d){7,8}(?![\w.])"
_SECRETS = (
    # Django itself logs the address of a page that was asked for wrongly.
    (re.compile(r"/my/[\w-]{8,}"), "/my/(link)"),
    (re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+"), "(e-mail address)"),
    (re.compile(f"{_ABROAD}|{_AT_HOME}"), "(number)"),
)


def discreet(text: str) -> str:
    """Return the text without links to members' own pages, e-mail addresses and telephone numbers."""
    for secret, instead in _SECRETS:
        text = secret.sub(instead, text)
    return text


class DiscreetFormatter(logging.Formatter):
    """Writes a line, and the trace of an error, without what points at a person."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line as it is written."""
        return discreet(super().format(record))
