"""Every boundary is kept cut into pieces of at most 64 vertices, by the database itself.

A lookup in pieces costs 0.14 ms against 0.50 ms in whole polygons (3,109
polygons, 722,000 vertices; 64 was as fast as 256 and far better in bulk).
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION layers_cut_boundary() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM layers_boundarypiece WHERE boundary_id = NEW.id;
    INSERT INTO layers_boundarypiece (boundary_id, geom)
    SELECT NEW.id, piece FROM ST_Subdivide(NEW.geom, 64) AS piece;
    RETURN NULL;
END $$;

CREATE TRIGGER boundary_is_cut_into_pieces
AFTER INSERT OR UPDATE OF geom ON layers_boundary
FOR EACH ROW EXECUTE FUNCTION layers_cut_boundary();
"""

DROP = """
DROP TRIGGER boundary_is_cut_into_pieces ON layers_boundary;
DROP FUNCTION layers_cut_boundary();
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
