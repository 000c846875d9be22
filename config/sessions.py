"""Sessions in the database, for keys that could be ours."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's own; a cookie made up of anything but letters and digits is no session, and is not looked up."""

    def _validate_session_key(self, key: str | None) -> bool:
        """A quoted cookie may hold NUL, which PostgreSQL refuses with an error."""
        return bool(key and key.isascii() and key.isalnum() and super()._validate_session_key(key))  # type: ignore[misc]
