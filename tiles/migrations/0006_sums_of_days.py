"""Bins have sums of days, which need longer numbers; spans are said in days.

Bins of the layout before would not be used any more (tiles.rules) and are recounted
from the reports: emptied first, so that no gigabytes are rewritten for the wider column.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tiles", "0005_sums_of_weeks_services_and_bodies")]
    operations = [
        migrations.RunSQL("TRUNCATE tiles_bin", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="binrow",
            name="span",
            field=models.SmallIntegerField(
                help_text="0: with facets; else sums of so many days, -32768: of all time"
            ),
        ),
        migrations.AlterField(
            model_name="binrow",
            name="week",
            field=models.IntegerField(
                help_text="Weeks, or spans of days, since Monday 3 January 2000; -32768: all time"
            ),
        ),
    ]
