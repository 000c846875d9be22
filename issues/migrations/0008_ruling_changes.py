"""Rulings and hand-backs are noted as changes, too (see layers migration 0007)."""

from django.db import migrations

TABLES = ["issues_ruling", "issues_handback"]

CREATE_TRIGGER = """
CREATE TRIGGER change_is_noted
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION layers_note_change();
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0007_chosen_side"), ("layers", "0007_geography_changes")]
    operations = [
        migrations.RunSQL(
            "".join(CREATE_TRIGGER.format(table=table) for table in TABLES),
            "".join(f"DROP TRIGGER change_is_noted ON {table};" for table in TABLES),
        )
    ]
