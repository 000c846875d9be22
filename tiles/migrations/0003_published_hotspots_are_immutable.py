"""A computed layer only steps draft → published → withdrawn; its cells come with it and never change.

Drafts may be deleted, published and withdrawn layers may not: what the city
said stays askable. Demo data (`load_city`) is no exception: it has no layers.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION tiles_keep_hotspot_layer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = 'draft' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'a published hotspot layer is never deleted: withdraw it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.status, NEW.status) NOT IN (('draft', 'published'), ('published', 'withdrawn'))
       OR (to_jsonb(OLD) - ARRAY['status', 'published_at', 'published_by_id', 'withdrawn_at'])
          IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'published_at', 'published_by_id', 'withdrawn_at'])
       OR (OLD.status = 'published' AND (OLD.published_at, OLD.published_by_id)
          IS DISTINCT FROM (NEW.published_at, NEW.published_by_id)) THEN
        RAISE EXCEPTION 'a hotspot layer is only published and withdrawn: compute a new version instead'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER hotspot_layer_is_immutable
BEFORE UPDATE OR DELETE ON tiles_hotspotlayer
FOR EACH ROW EXECUTE FUNCTION tiles_keep_hotspot_layer();

CREATE FUNCTION tiles_keep_hotspot_cell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND (SELECT status = 'draft' FROM tiles_hotspotlayer WHERE id = OLD.layer_id) THEN
        RETURN OLD;
    ELSIF TG_OP = 'INSERT' AND (SELECT status = 'draft' FROM tiles_hotspotlayer WHERE id = NEW.layer_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the cells of a hotspot layer never change: compute a new version'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER hotspot_cell_is_immutable
BEFORE INSERT OR UPDATE OR DELETE ON tiles_hotspotcell
FOR EACH ROW EXECUTE FUNCTION tiles_keep_hotspot_cell();
"""

DROP = """
DROP TRIGGER hotspot_cell_is_immutable ON tiles_hotspotcell;
DROP FUNCTION tiles_keep_hotspot_cell();
DROP TRIGGER hotspot_layer_is_immutable ON tiles_hotspotlayer;
DROP FUNCTION tiles_keep_hotspot_layer();
"""


class Migration(migrations.Migration):
    dependencies = [("tiles", "0002_hotspots")]
    operations = [migrations.RunSQL(CREATE, DROP)]
