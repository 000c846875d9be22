"""Bins tell what was closed by its due date, so the log of changes carries that date.

The log is emptied: bins of the layout before are not used any more and are
recounted from the reports (tiles.rules), which needs no log.
"""

import datetime

from django.db import migrations, models

LOG = """
CREATE OR REPLACE FUNCTION tiles_log_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tiles_binchange
            (sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point)
        SELECT 1, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point
        FROM after_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO tiles_binchange
            (sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point)
        SELECT -1, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point
        FROM before_rows;
        IF current_setting('citypin.demo_reset', true) = 'on' THEN
            DELETE FROM tiles_sensitivecell WHERE is_demo;
        END IF;
    ELSE
        INSERT INTO tiles_binchange
            (sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point)
        SELECT change.*
        FROM before_rows AS b
        JOIN after_rows AS a ON a.id = b.id
        CROSS JOIN LATERAL (VALUES
            (-1, b.service_id, b.body_id, b.state, b.requested_datetime, b.updated_datetime, b.due_date, b.public_point),
            (1, a.service_id, a.body_id, a.state, a.requested_datetime, a.updated_datetime, a.due_date, a.public_point)
        ) AS change
        WHERE (b.service_id, b.body_id, b.state, b.requested_datetime, b.updated_datetime, b.due_date, b.public_point)
            IS DISTINCT FROM
            (a.service_id, a.body_id, a.state, a.requested_datetime, a.updated_datetime, a.due_date, a.public_point);
    END IF;
    RETURN NULL;
END $$;
"""

LOG_BEFORE = """
CREATE OR REPLACE FUNCTION tiles_log_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tiles_binchange
            (sign, service_id, body_id, state, requested_datetime, updated_datetime, public_point)
        SELECT 1, service_id, body_id, state, requested_datetime, updated_datetime, public_point
        FROM after_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO tiles_binchange
            (sign, service_id, body_id, state, requested_datetime, updated_datetime, public_point)
        SELECT -1, service_id, body_id, state, requested_datetime, updated_datetime, public_point
        FROM before_rows;
        IF current_setting('citypin.demo_reset', true) = 'on' THEN
            DELETE FROM tiles_sensitivecell WHERE is_demo;
        END IF;
    ELSE
        INSERT INTO tiles_binchange
            (sign, service_id, body_id, state, requested_datetime, updated_datetime, public_point)
        SELECT change.*
        FROM before_rows AS b
        JOIN after_rows AS a ON a.id = b.id
        CROSS JOIN LATERAL (VALUES
            (-1, b.service_id, b.body_id, b.state, b.requested_datetime, b.updated_datetime, b.public_point),
            (1, a.service_id, a.body_id, a.state, a.requested_datetime, a.updated_datetime, a.public_point)
        ) AS change
        WHERE (b.service_id, b.body_id, b.state, b.requested_datetime, b.updated_datetime, b.public_point)
            IS DISTINCT FROM
            (a.service_id, a.body_id, a.state, a.requested_datetime, a.updated_datetime, a.public_point);
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tiles", "0003_published_hotspots_are_immutable")]
    operations = [
        migrations.RunSQL("DELETE FROM tiles_binchange", migrations.RunSQL.noop),
        migrations.AddField(
            "binchange", "due_date", models.DateField(default=datetime.date(2000, 1, 3)), preserve_default=False
        ),
        migrations.AlterField(
            "facet",
            "days_class",
            models.SmallIntegerField(help_text="tiles.binning: 0 open, 1 to 8 closed, IN_TIME"),
        ),
        migrations.RunSQL(LOG, LOG_BEFORE),
    ]
