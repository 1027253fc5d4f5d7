"""The daily and weekly windows of RDS and ElastiCache, such as "17:00-17:30" and "sat:18:00-sat:18:30", in UTC."""

DAY, WEEK = 24 * 60, 7 * 24 * 60
"""In minutes."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def span(window: str) -> tuple[int, int]:
    """When a daily or weekly window begins, and how long it lasts.

    Args:
        window: its text, as the environment file has it.

    Returns:
        Minutes since midnight, or since Monday's midnight for a weekly window; and minutes.
    """
    begins, ends = (_minutes(clock) for clock in window.split("-"))
    return begins, (ends - begins) % (WEEK if window[0].isalpha() else DAY)


def _minutes(clock: str) -> int:
    """Since midnight, or since Monday's where the day is given."""
    *day, hours, minutes = clock.split(":")
    return (_DAYS.index(day[0]) * DAY if day else 0) + int(hours) * 60 + int(minutes)
