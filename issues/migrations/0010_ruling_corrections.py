"""Which ruling asked for a correction of a thing's owner."""

import django.db.models.deletion
from django.db import migrations, models

CREATE = """
CREATE TRIGGER ruling_correction_is_never_exchanged
BEFORE UPDATE ON issues_rulingcorrection
FOR EACH ROW EXECUTE FUNCTION issues_refuse_update();
"""
DROP = "DROP TRIGGER ruling_correction_is_never_exchanged ON issues_rulingcorrection;"


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0009_memory_rule'),
        ('layers', '0008_import_drafts'),
    ]

    operations = [
        migrations.CreateModel(
            name='RulingCorrection',
            fields=[
                ('correction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='by_ruling', serialize=False, to='layers.assetcorrection')),
                ('ruling', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='issues.ruling')),
            ],
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
