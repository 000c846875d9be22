"""Deletes the demo's reports, with their cases and what was ruled in them.

A demo case stays where something real hangs on it: a real report that waits in
it, or one that a ruling of it decided.
"""

from django.db import connection
from django.db.models import Model

from issues.models import CaseReport, Event, HandBack, Photo, Responsibility, Ruling, ServiceRequest

HANGING: tuple[type[Model], ...] = (CaseReport, HandBack, Event, Responsibility, Photo, Ruling)
"""What refers to reports, each before what it refers to itself."""

UNUSED_RULING = """
    SELECT ruling.id FROM issues_ruling AS ruling
    JOIN issues_case AS its ON its.id = ruling.case_id AND its.is_demo
    WHERE NOT EXISTS (SELECT FROM issues_responsibility WHERE ruling_id = ruling.id)
      AND NOT EXISTS (SELECT FROM issues_casereport WHERE ruling_id = ruling.id)
      AND NOT EXISTS (SELECT FROM issues_rulingcorrection WHERE ruling_id = ruling.id)
"""
UNUSED_CASE = """
    SELECT demo.id FROM issues_case AS demo
    WHERE demo.is_demo
      AND NOT EXISTS (SELECT FROM issues_casereport WHERE case_id = demo.id)
      AND NOT EXISTS (SELECT FROM issues_ruling WHERE case_id = demo.id)
"""


def delete_demo_reports() -> None:
    """Delete the reports with `is_demo` and all rows that hang on them; in the caller's transaction."""
    others = [relation.related_model._meta.db_table for relation in ServiceRequest._meta.related_objects]
    tables = dict.fromkeys([*(model._meta.db_table for model in HANGING), *others])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL citypin.demo_reset = 'on'")  # the triggers of issues/migrations let it pass
        for table in tables:
            cursor.execute(
                f'DELETE FROM "{table}" AS child USING issues_servicerequest AS report'  # noqa: S608 (names of ours)
                " WHERE report.id = child.service_request_id AND report.is_demo"
            )
        cursor.execute("DELETE FROM issues_servicerequest WHERE is_demo")
        cursor.execute(f"DELETE FROM issues_ruling WHERE id IN ({UNUSED_RULING})")  # noqa: S608
        for table in ("issues_caseevent", "issues_position", "issues_case_claimants"):
            cursor.execute(f'DELETE FROM "{table}" WHERE case_id IN ({UNUSED_CASE})')  # noqa: S608
        cursor.execute(f"DELETE FROM issues_case WHERE id IN ({UNUSED_CASE})")  # noqa: S608
        cursor.execute(
            "DELETE FROM issues_attachment AS file"
            " WHERE NOT EXISTS (SELECT FROM issues_position WHERE attachment_id = file.id)"
        )
        cursor.execute("SET LOCAL citypin.demo_reset = 'off'")
