"""Bins have sums of weeks, services and bodies: other rows, with a longer key.

The rows go; bins of the layout before would not be used any more (tiles.rules) and
are recounted from the reports.
"""

from django.db import migrations, models

# As 0001 had it.
STORAGE = """
ALTER TABLE tiles_bin ALTER COLUMN cells SET STORAGE EXTERNAL;
ALTER TABLE tiles_bin SET (fillfactor = 90);
"""


class Migration(migrations.Migration):
    dependencies = [("tiles", "0004_bins_know_due_dates")]
    operations = [
        migrations.DeleteModel("BinRow"),
        migrations.CreateModel(
            name="BinRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "zoom",
                        "x",
                        "y",
                        "service_id",
                        "body_id",
                        "span",
                        "week",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("zoom", models.SmallIntegerField()),
                ("x", models.IntegerField()),
                ("y", models.IntegerField()),
                ("service_id", models.IntegerField()),
                ("body_id", models.IntegerField()),
                (
                    "span",
                    models.SmallIntegerField(
                        help_text="0: with facets; else sums of so many weeks, -32768: of all time"
                    ),
                ),
                (
                    "week",
                    models.SmallIntegerField(
                        help_text="Weeks, or spans of weeks, since Monday 3 January 2000; -32768: all time"
                    ),
                ),
                ("cells", models.BinaryField()),
            ],
            options={"db_table": "tiles_bin"},
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
