"""What was published stays as it was: records of boundaries are added and superseded, never edited.

Of a stored boundary only its end (`valid_to`) and the moment of its replacement
(`superseded_at`) can be set, each once. A jurisdiction that has boundaries keeps
its layer, code and body: a body that takes over an area gets a jurisdiction of
its own with the same code (docs/adr/0006).
"""

from django.db import migrations, models

CREATE = """
CREATE FUNCTION layers_refuse_boundary_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'boundary % is published: supersede it instead of deleting it', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.id <> OLD.id
       OR NEW.jurisdiction_id <> OLD.jurisdiction_id
       OR NEW.valid_from <> OLD.valid_from
       OR NEW.recorded_at <> OLD.recorded_at
       OR NEW.source <> OLD.source
       OR NOT NEW.geom = OLD.geom
       OR (OLD.valid_to IS NOT NULL AND NEW.valid_to IS DISTINCT FROM OLD.valid_to)
       OR (OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at)
    THEN
        RAISE EXCEPTION 'boundary % is published: supersede it and record a new one', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER boundary_is_immutable
BEFORE UPDATE OR DELETE ON layers_boundary
FOR EACH ROW EXECUTE FUNCTION layers_refuse_boundary_change();

CREATE FUNCTION layers_refuse_jurisdiction_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM layers_boundary WHERE jurisdiction_id = OLD.id) THEN
        RAISE EXCEPTION 'jurisdiction % has boundaries: open one for the new body instead', OLD.code
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER jurisdiction_keeps_its_body
BEFORE UPDATE ON layers_jurisdiction
FOR EACH ROW
WHEN (NEW.layer_id <> OLD.layer_id OR NEW.body_id <> OLD.body_id OR NEW.code <> OLD.code)
EXECUTE FUNCTION layers_refuse_jurisdiction_change();
"""

DROP = """
DROP TRIGGER jurisdiction_keeps_its_body ON layers_jurisdiction;
DROP FUNCTION layers_refuse_jurisdiction_change();
DROP TRIGGER boundary_is_immutable ON layers_boundary;
DROP FUNCTION layers_refuse_boundary_change();
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0002_boundary_pieces")]
    operations = [
        migrations.RemoveConstraint(model_name="jurisdiction", name="jurisdiction_code_is_unique_in_its_layer"),
        migrations.AddConstraint(
            model_name="jurisdiction",
            constraint=models.UniqueConstraint(
                fields=("layer", "code", "body"), name="jurisdiction_is_unique_by_layer_code_and_body"
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
