"""What the rules can say, by which rule, and why a candidate lost."""

from enum import StrEnum


class Outcome(StrEnum):
    """What the rules can say."""

    ASSIGNED = "assigned"
    CONTESTED = "contested"
    GAP = "gap"
    UNCERTAIN = "uncertain"
    NOT_OURS = "not_ours"


class Rule(StrEnum):
    """Which rule said it."""

    RULING = "ruling"
    CHOSEN_ASSET = "chosen_asset"
    ASSET = "asset"
    BOUNDARY = "boundary"
    CHOSEN_SIDE = "chosen_side"
    MEMORY = "memory"
    NONE = "none"


class Scope(StrEnum):
    """What a ruling settles, narrowest first: of several rulings in force the narrowest decides."""

    THIS_REPORT = "this_report"
    SERVICE_IN_ZONE = "service_in_zone"
    ASSET_CLASS_IN_ZONE = "asset_class_in_zone"
    ALL_SERVICES_IN_ZONE = "all_services_in_zone"


NARROWEST_FIRST = {scope: position for position, scope in enumerate(Scope)}


class Rejection(StrEnum):
    """Why a candidate is not the one (issues.explanations has the sentences)."""

    RULING_BEFORE_RULES = "ruling_before_rules"
    NARROWER_RULING = "narrower_ruling"
    NEWER_RULING = "newer_ruling"
    HANDED_BACK = "handed_back"
    OTHER_ASSET_CHOSEN = "other_asset_chosen"
    FARTHER_ASSET = "farther_asset"
    ASSETS_TOO_CLOSE_TO_CALL = "assets_too_close_to_call"
    ASSET_BEFORE_AREA = "asset_before_area"
    LOWER_RANK = "lower_rank"
    SAME_RANK = "same_rank"
    SAME_BODY = "same_body"
    BORDER_TOO_CLOSE = "border_too_close"
    OTHER_SIDE_CHOSEN = "other_side_chosen"
    DOES_NOT_COVER = "does_not_cover"
    MEMORY_NOT_SURE = "memory_not_sure"
    MEMORY_WITHOUT_CLAIM = "memory_without_claim"
    HANDED_BACK_NEARBY = "handed_back_nearby"
    HAND_BACK_BEFORE_MEMORY = "hand_back_before_memory"


CLAIMS = frozenset({Rejection.SAME_RANK, Rejection.BORDER_TOO_CLOSE, Rejection.ASSETS_TOO_CLOSE_TO_CALL})
"""Why a body that did not win still claims the place."""
