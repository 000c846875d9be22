"""The simulation of an import's draft as a job: the result goes back as JSON."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import override

from geo.progress import Messages
from issues.services.simulate import simulate
from issues.services.simulation_files import moved_rows
from jobs.progress import Progress
from layers.services.drafts import DraftOptions, open_draft
from layers.services.import_boundaries import planned_areas
from layers.services.plan_draft import boundary_plan

MOST_MOVED = 5_000
"""Moved reports in a job's result; the counts are of all."""


def run(progress: Progress, *, draft: str, since: str, until: str, url: str, language: str) -> dict[str, Any]:
    """Replay a period with a draft's areas; the summary with `moved_reports`, at most 5,000 of them.

    Rows of the draft that cannot be used are left out, as publishing the rest would.

    Parameters
    ----------
    draft
        Id of a draft for a layer that was compared.
    since, until
        Days as YYYY-MM-DD, both included.
    url
        The page that shows the result.

    Raises
    ------
    DraftUnknown, FileUnreadable, BodyUnknown
        With a sentence for the person who started it.
    """
    with override(language):
        found = open_draft(UUID(draft))
        steps = Messages(progress)
        plan = boundary_plan(found, DraftOptions.of(found), steps)
        days = date.fromisoformat(since), date.fromisoformat(until)
        simulation = simulate(plan.layer, planned_areas(plan), *days, steps)
    moved = moved_rows(simulation.moved[:MOST_MOVED])
    return {"url": url, "options": found.options, **simulation.summary(), "moved_reports": moved}
