"""Which states and services the sums count, as one text: bins built by other rules are not used."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from issues.workflow import State
from tiles.binning import DAYS_OF_CLASS, IN_TIME, LAYOUT

ALL_STATES = tuple(sorted(state.value for state in State))
PUBLIC_STATES = tuple(state for state in ALL_STATES if State(state) is not State.REFUSED)
OPEN_STATES = tuple(state for state in PUBLIC_STATES if State(state).status == "open")
CLOSED_STATES = tuple(state for state in PUBLIC_STATES if State(state).status == "closed")


def bin_rules(private_ids: Iterable[int]) -> str:
    """The rules in force, for these sensitive services."""
    return "; ".join(
        [
            f"layout {LAYOUT}",
            f"public {','.join(PUBLIC_STATES)}",
            f"closed {','.join(CLOSED_STATES)}",
            f"zone {settings.CITY.time_zone}",
            f"sensitive {','.join(str(pk) for pk in private_ids)}",
        ]
    )


def fact_parameters(cells: int) -> dict[str, Any]:
    """The parameters of `sql/bin_facts.sql` for `cells` across the world."""
    return {
        "cells": cells,
        "all_states": list(ALL_STATES),
        "closed_states": [state for state in ALL_STATES if State(state).status == "closed"],
        "days_of_class": list(DAYS_OF_CLASS[1:]),
        "in_time": IN_TIME,
        "time_zone": settings.CITY.time_zone,
    }
