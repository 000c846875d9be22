"""What was said and ruled is a fact: positions, hand-backs and events of cases are only added.

Of a ruling only its reversal can be set, once. Rows of demo cases and demo
reports may be deleted as in 0002.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION issues_is_demo_reset() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT current_setting('citypin.demo_reset', true) = 'on'
$$;

CREATE FUNCTION issues_refuse_case_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND issues_is_demo_reset()
       AND (SELECT is_demo FROM issues_case WHERE id = OLD.case_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: add a row instead', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER case_event_is_append_only
BEFORE UPDATE OR DELETE ON issues_caseevent
FOR EACH ROW EXECUTE FUNCTION issues_refuse_case_change();

CREATE TRIGGER position_is_append_only
BEFORE UPDATE OR DELETE ON issues_position
FOR EACH ROW EXECUTE FUNCTION issues_refuse_case_change();

CREATE TRIGGER hand_back_is_append_only
BEFORE UPDATE OR DELETE ON issues_handback
FOR EACH ROW EXECUTE FUNCTION issues_refuse_change();

CREATE FUNCTION issues_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: add a row instead', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER attachment_is_never_exchanged
BEFORE UPDATE ON issues_attachment
FOR EACH ROW EXECUTE FUNCTION issues_refuse_update();

CREATE FUNCTION issues_refuse_ruling_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF issues_is_demo_reset()
           AND ((SELECT is_demo FROM issues_case WHERE id = OLD.case_id)
                OR (SELECT is_demo FROM issues_servicerequest WHERE id = OLD.service_request_id)) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'ruling % stands: reverse it instead of deleting it', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.reversed_at IS NOT NULL
       OR to_jsonb(NEW) - '{reversed_at,reversed_by_id,reversal_reason,zone_m}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{reversed_at,reversed_by_id,reversal_reason,zone_m}'::text[] THEN
        RAISE EXCEPTION 'ruling % stands: reverse it, once, and make a new one', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ruling_can_only_be_reversed
BEFORE UPDATE OR DELETE ON issues_ruling
FOR EACH ROW EXECUTE FUNCTION issues_refuse_ruling_change();
"""

DROP = """
DROP TRIGGER ruling_can_only_be_reversed ON issues_ruling;
DROP FUNCTION issues_refuse_ruling_change();
DROP TRIGGER attachment_is_never_exchanged ON issues_attachment;
DROP FUNCTION issues_refuse_update();
DROP TRIGGER hand_back_is_append_only ON issues_handback;
DROP TRIGGER position_is_append_only ON issues_position;
DROP TRIGGER case_event_is_append_only ON issues_caseevent;
DROP FUNCTION issues_refuse_case_change();
DROP FUNCTION issues_is_demo_reset();
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0003_arbitration")]
    operations = [migrations.RunSQL(CREATE, DROP)]
