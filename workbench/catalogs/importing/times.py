"""Times as data sets write them, in ISO 8601 (UTC, to the second)."""

from datetime import UTC, datetime, timedelta

_START = datetime(1970, 1, 1)


def unix_time(text: str) -> str:
    """Seconds since 1970, or milliseconds where they are too many. Raises ValueError."""
    number = int(float(text)) if "." in text else int(text)
    return (_START + timedelta(seconds=number if abs(number) < 10**11 else number // 1000)).isoformat()


def any_time(text: str) -> str:
    """Seconds, milliseconds or ISO 8601. Raises ValueError."""
    if text.replace(".", "", 1).lstrip("-").isdigit():
        return unix_time(text)
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment).isoformat(timespec="seconds")


def american_time(text: str) -> str:
    """11/13/2019 8:36:57 AM, as MIND has them. Raises ValueError."""
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").isoformat()
