"""People with an account, made straight in the live city's database."""

from contextlib import closing

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import expect

from tests.journeys.conftest import Visitor
from tests.live import LiveCity, connect

PASSWORD = "journeys-only-8361"

USER = """
    INSERT INTO auth_user
        (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
    VALUES (%(password)s, %(administers)s, %(name)s, '', '', '', true, true, now())
    ON CONFLICT (username) DO UPDATE SET password = excluded.password RETURNING id"""
PERMISSION = """
    INSERT INTO auth_user_user_permissions (user_id, permission_id)
    SELECT %(user)s, id FROM auth_permission WHERE codename = %(permission)s ON CONFLICT DO NOTHING"""
MEMBERSHIP = """
    INSERT INTO issues_membership (user_id, body_id)
    SELECT %(user)s, id FROM layers_body WHERE slug = %(body)s ON CONFLICT DO NOTHING"""


def hire(
    city: LiveCity,
    name: str,
    *,
    administers: bool = False,
    arbitrates: bool = False,
    plans: bool = False,
    publishes: bool = False,
    body: str | None = None,
) -> str:
    """Make sure that this member of staff exists; returns the name."""
    password = PBKDF2PasswordHasher().encode(PASSWORD, "journeys")
    with closing(connect(city.database_url)) as database, database, database.cursor() as cursor:
        cursor.execute(USER, {"password": password, "administers": administers, "name": name})
        user = cursor.fetchone()[0]
        for permission, has in (("arbitrate", arbitrates), ("plan", plans), ("publish", publishes)):
            if has:
                cursor.execute(PERMISSION, {"user": user, "permission": permission})
        if body:
            cursor.execute(MEMBERSHIP, {"user": user, "body": body})
    return name


def sign_in(visitor: Visitor, name: str) -> None:
    """Open the desk as that member of staff."""
    visitor.open("/desk/")
    visitor.page.fill("#id_username", name)
    visitor.page.fill("#id_password", PASSWORD)
    visitor.page.locator("main form button").click()
    expect(visitor.page.locator("#queue-title")).to_be_visible()
