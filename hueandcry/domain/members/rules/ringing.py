"""When a telephone may ring that nobody expects to. Pure."""

import datetime as dt

FROM, UNTIL = dt.time(8), dt.time(21)
CALLED_BACK_ONCE_IN = dt.timedelta(hours=24)


def decent(local: dt.datetime) -> dt.datetime:
    """Return the moment itself between 08:00 and 21:00 local time, else the next 08:00."""
    if FROM <= local.time() < UNTIL:
        return local
    day = local.date() if local.time() < FROM else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, FROM, tzinfo=local.tzinfo)
