"""Not there and not for you look alike."""


class NotHereError(LookupError):
    """Raised when something does not exist or the asker may not see it; screens answer 404."""
