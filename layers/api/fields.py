"""Fields that several questions of the API share."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers


def refuse_future(value: datetime) -> None:
    """What will be known is not known."""
    if value > timezone.now():
        raise serializers.ValidationError(_("That moment lies in the future."), code="known_at_in_future")


class KnownAtField(serializers.DateTimeField):
    """A moment of the past: the answer is as it was known then. Left out: as known now."""

    default_validators = [refuse_future]

    def __init__(self, **kwargs: Any) -> None:
        help_text = "As known at this moment, not in the future; now if left out"
        super().__init__(**{"required": False, "help_text": help_text, **kwargs})
