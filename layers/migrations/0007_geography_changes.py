"""One row for every transaction that changed what routing depends on: the version number of in-process indexes.

A counter in one row would make writers wait for each other; a sequence would
show the new number before the data. Rows appear with the data that they speak
of, whenever their transaction commits, so (number of rows, newest row) is never
the same before and after a change that can be seen.
"""

import django.utils.timezone
from django.db import migrations, models

TABLES = ["layers_boundary", "layers_jurisdiction", "layers_layer", "layers_body", "layers_assetclass", "layers_asset"]

CREATE_FUNCTION = """
CREATE FUNCTION layers_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The transaction's number alone starts anew in a restored database.
    INSERT INTO layers_geographychange (at, transaction) VALUES (now(), txid_current()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""

CREATE_TRIGGER = """
CREATE TRIGGER change_is_noted
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION layers_note_change();
"""

CREATE = CREATE_FUNCTION + "".join(CREATE_TRIGGER.format(table=table) for table in TABLES)
DROP = "".join(f"DROP TRIGGER change_is_noted ON {table};" for table in TABLES) + "DROP FUNCTION layers_note_change();"


class Migration(migrations.Migration):
    dependencies = [("layers", "0006_publications_and_golden_points")]
    operations = [
        migrations.CreateModel(
            name="GeographyChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("transaction", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("at", "transaction"), name="a_transaction_notes_its_change_once")
                ]
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
