"""The answers that the memory reads, kept by triggers as reports are settled and unsettled.

`issues_settled` is the one place that says what is settled. The triggers look at each statement's
reports together, in its own transaction: no lock but those that the writer holds already.
"""

import django.db.models.deletion
from django.db import migrations, models

CREATE = """
CREATE FUNCTION issues_covering_areas(place geometry, place_m geometry, on_day date) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    -- The jurisdiction of each layer that covers the place; the lowest where two of one layer do.
    SELECT coalesce(jsonb_object_agg(covering.layer_id, covering.jurisdiction_id), '{}')
    FROM (
        SELECT jurisdiction.layer_id, min(jurisdiction.id) AS jurisdiction_id
        FROM (
            -- OFFSET 0: place first, by the index (see responsibility_evidence.sql).
            SELECT boundary_id, geom FROM layers_boundarypiece WHERE geom_m && place_m OFFSET 0
        ) AS piece
        JOIN layers_boundary AS boundary ON boundary.id = piece.boundary_id
        JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
        WHERE ST_Covers(piece.geom, place)
          AND boundary.valid_from <= on_day AND (boundary.valid_to IS NULL OR on_day < boundary.valid_to)
          AND boundary.superseded_at IS NULL
        GROUP BY jurisdiction.layer_id
    ) AS covering
$$;

CREATE VIEW issues_settled AS
    -- Of services whose places are public: what is said of the answers is public, and those of
    -- sensitive services must not be countable through it.
    SELECT request.id AS service_request_id, request.service_id, request.body_id, request.point, request.point_m,
           request.requested_datetime AS asked_at, decided.valid_on
    FROM issues_servicerequest AS request
    JOIN issues_service AS service ON service.id = request.service_id AND service.exact_point_is_public
    CROSS JOIN LATERAL (
        SELECT responsibility.rule, responsibility.body_id, responsibility.valid_on, ruling.reversed_at
        FROM issues_responsibility AS responsibility
        LEFT JOIN issues_ruling AS ruling ON ruling.id = responsibility.ruling_id
        WHERE responsibility.service_request_id = request.id
        ORDER BY responsibility.id DESC
        LIMIT 1
    ) AS decided
    WHERE request.body_id = decided.body_id
      AND decided.reversed_at IS NULL
      AND (decided.rule = 'ruling'
           OR (request.state IN ('accepted', 'fixed')
               AND NOT EXISTS (
                   SELECT FROM issues_event AS event
                   WHERE event.service_request_id = request.id AND event.kind = 'handed_back')));

CREATE FUNCTION issues_remember(reports bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    this_transaction bigint := pg_current_xact_id()::text::bigint;
BEGIN
    UPDATE issues_settledanswer AS answer SET is_withdrawn = true, changed_in = this_transaction
    WHERE answer.service_request_id = ANY(reports) AND NOT answer.is_withdrawn
      AND NOT EXISTS (
          SELECT FROM issues_settled AS settled
          WHERE settled.service_request_id = answer.service_request_id
            AND (settled.service_id, settled.body_id, settled.asked_at, ST_X(settled.point_m), ST_Y(settled.point_m))
              = (answer.service_id, answer.body_id, answer.asked_at, answer.x_m, answer.y_m));
    INSERT INTO issues_settledanswer
        (service_request_id, service_id, body_id, x_m, y_m, asked_at, areas, is_withdrawn, changed_in)
    SELECT settled.service_request_id, settled.service_id, settled.body_id,
           ST_X(settled.point_m), ST_Y(settled.point_m), settled.asked_at,
           issues_covering_areas(settled.point, settled.point_m, settled.valid_on), false, this_transaction
    FROM issues_settled AS settled
    WHERE settled.service_request_id = ANY(reports)
      AND NOT EXISTS (
          SELECT FROM issues_settledanswer AS answer
          WHERE answer.service_request_id = settled.service_request_id AND NOT answer.is_withdrawn)
    ORDER BY settled.asked_at, settled.service_request_id
    ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION issues_remember_again() RETURNS void LANGUAGE sql AS $$
    -- Says to all who hold a copy: read all again.
    INSERT INTO issues_settledanswer (x_m, y_m, areas, is_withdrawn, changed_in)
    VALUES (0, 0, '{}', true, pg_current_xact_id()::text::bigint)
$$;

CREATE FUNCTION issues_remember_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM issues_remember(ARRAY(SELECT DISTINCT service_request_id FROM written));
    RETURN NULL;
END $$;

CREATE TRIGGER decisions_settle
AFTER INSERT ON issues_responsibility REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION issues_remember_decided();

CREATE FUNCTION issues_remember_handed_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reports bigint[] := ARRAY(SELECT service_request_id FROM written WHERE kind = 'handed_back');
BEGIN
    IF cardinality(reports) > 0 THEN
        PERFORM issues_remember(reports);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER hand_backs_unsettle
AFTER INSERT ON issues_event REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION issues_remember_handed_back();

CREATE FUNCTION issues_remember_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reports bigint[] := ARRAY(
        SELECT after.id FROM written AS after JOIN before ON before.id = after.id
        WHERE (after.state, after.body_id, after.service_id, after.requested_datetime)
              IS DISTINCT FROM (before.state, before.body_id, before.service_id, before.requested_datetime)
           OR NOT after.point ~= before.point);
BEGIN
    IF cardinality(reports) > 0 THEN
        PERFORM issues_remember(reports);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER changes_settle
AFTER UPDATE ON issues_servicerequest REFERENCING OLD TABLE AS before NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION issues_remember_changed();

CREATE FUNCTION issues_remember_reversed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM issues_remember(ARRAY(
        SELECT DISTINCT service_request_id FROM issues_responsibility WHERE ruling_id = NEW.id));
    RETURN NULL;
END $$;

CREATE TRIGGER reversal_unsettles
AFTER UPDATE OF reversed_at ON issues_ruling
FOR EACH ROW WHEN (OLD.reversed_at IS DISTINCT FROM NEW.reversed_at)
EXECUTE FUNCTION issues_remember_reversed();

CREATE FUNCTION issues_remember_service() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM issues_remember(ARRAY(SELECT id FROM issues_servicerequest WHERE service_id = NEW.id));
    PERFORM issues_remember_again();
    RETURN NULL;
END $$;

CREATE TRIGGER service_is_read_again
AFTER UPDATE ON issues_service
FOR EACH ROW WHEN (
    (OLD.exact_point_is_public, OLD.group_id) IS DISTINCT FROM (NEW.exact_point_is_public, NEW.group_id))
EXECUTE FUNCTION issues_remember_service();

CREATE FUNCTION issues_remember_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM deleted WHERE service_request_id IS NOT NULL) THEN
        PERFORM issues_remember_again();
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER deleted_answers_are_told
AFTER DELETE ON issues_settledanswer REFERENCING OLD TABLE AS deleted
FOR EACH STATEMENT EXECUTE FUNCTION issues_remember_deleted();

SELECT issues_remember(ARRAY(SELECT id FROM issues_servicerequest));
"""

DROP = """
DROP TRIGGER deleted_answers_are_told ON issues_settledanswer;
DROP TRIGGER service_is_read_again ON issues_service;
DROP TRIGGER reversal_unsettles ON issues_ruling;
DROP TRIGGER changes_settle ON issues_servicerequest;
DROP TRIGGER hand_backs_unsettle ON issues_event;
DROP TRIGGER decisions_settle ON issues_responsibility;
DROP FUNCTION issues_remember_deleted, issues_remember_service, issues_remember_reversed, issues_remember_changed,
    issues_remember_handed_back, issues_remember_decided, issues_remember_again, issues_remember(bigint[]);
DROP VIEW issues_settled;
DROP FUNCTION issues_covering_areas;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0010_ruling_corrections'),
        ('layers', '0008_import_drafts'),
    ]

    operations = [
        migrations.CreateModel(
            name='SettledAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('x_m', models.FloatField(default=0, help_text="In the city's metre system")),
                ('y_m', models.FloatField(default=0)),
                ('asked_at', models.DateTimeField(null=True)),
                ('areas', models.JSONField(default=dict, help_text='The jurisdiction of each layer that covered the place on the day of the decision')),
                ('is_withdrawn', models.BooleanField(default=False)),
                ('changed_in', models.BigIntegerField(help_text='Number of the transaction that wrote the row last')),
                ('body', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='layers.body')),
                ('service', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='issues.service')),
                ('service_request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settled_answers', to='issues.servicerequest')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['changed_in'], name='settled_answer_changed')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_withdrawn', False)), fields=('service_request',), name='report_has_one_settled_answer')],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
