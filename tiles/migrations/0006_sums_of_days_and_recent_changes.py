"""Bins have sums of days, and changes beside long rows: other rows, with a longer key.

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
    dependencies = [("tiles", "0005_sums_of_weeks_services_and_bodies")]
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
                        "is_recent",
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
                    models.SmallIntegerField(help_text="0: with facets; else sums of so many days, -32768: of all time"),
                ),
                (
                    "week",
                    models.IntegerField(
                        help_text="Weeks, or spans of days, since Monday 3 January 2000; -32768: all time"
                    ),
                ),
                ("is_recent", models.BooleanField(db_default=False)),
                ("cells", models.BinaryField()),
            ],
            options={"db_table": "tiles_bin"},
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
