"""What log lines must not hold."""

import logging
import re

_TRACKING_KEY = re.compile(r"(/mine/)[^/\s]+")


class WithoutTrackingKeys(logging.Filter):
    """Leaves the secret out of addresses of tracking links: a mistyped or broken one is still nearly a key."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record's texts; every record passes."""
        record.msg = _shortened(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_shortened(each) for each in record.args)
        return True


def _shortened(value: object) -> object:
    return _TRACKING_KEY.sub(r"\1…", value) if isinstance(value, str) else value
