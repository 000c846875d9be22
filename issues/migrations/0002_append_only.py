"""Decisions and events are facts: nothing may change or delete them.

One exception: rows of demo reports may be deleted inside a transaction that
says `SET LOCAL citypin.demo_reset = 'on'` (`load_city` makes the demo anew).
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION issues_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('citypin.demo_reset', true) = 'on'
       AND (SELECT is_demo FROM issues_servicerequest WHERE id = OLD.service_request_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: add a row instead', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER responsibility_is_append_only
BEFORE UPDATE OR DELETE ON issues_responsibility
FOR EACH ROW EXECUTE FUNCTION issues_refuse_change();

CREATE TRIGGER event_is_append_only
BEFORE UPDATE OR DELETE ON issues_event
FOR EACH ROW EXECUTE FUNCTION issues_refuse_change();
"""

DROP = """
DROP TRIGGER responsibility_is_append_only ON issues_responsibility;
DROP TRIGGER event_is_append_only ON issues_event;
DROP FUNCTION issues_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
