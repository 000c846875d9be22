"""Browsers of people who are signed in."""

from django.contrib.auth.models import Permission, User
from django.test import Client


def signed_in(user: User) -> Client:
    """A browser in which this user is signed in."""
    client = Client()
    client.force_login(user)
    return client


def staff(name: str, *permissions: str) -> Client:
    """A browser of a new user who may do these things."""
    user = User.objects.create_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return signed_in(user)
