"""Corrections of assets: proposed by anyone, decided once by staff."""

import django.contrib.gis.db.models.fields
import django.contrib.gis.db.models.functions
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

CREATE = """
CREATE FUNCTION layers_keep_asset_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'proposed'
       OR (NEW.id, NEW.asset_id, NEW.kind, NEW.text, NEW.body_id, NEW.proposed_by_id, NEW.proposed_at)
          IS DISTINCT FROM
          (OLD.id, OLD.asset_id, OLD.kind, OLD.text, OLD.body_id, OLD.proposed_by_id, OLD.proposed_at)
       OR (OLD.point IS NOT NULL AND NOT NEW.point = OLD.point)
    THEN
        RAISE EXCEPTION 'correction % stays as it was proposed, and is decided once', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER asset_correction_is_append_only
BEFORE UPDATE OR DELETE ON layers_assetcorrection
FOR EACH ROW EXECUTE FUNCTION layers_keep_asset_correction();
"""

DROP = """
DROP TRIGGER asset_correction_is_append_only ON layers_assetcorrection;
DROP FUNCTION layers_keep_asset_correction();
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0004_assets_remember"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name='AssetCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('not_here', 'Not Here'), ('broken', 'Broken'), ('owner', 'Owner'), ('moved', 'Moved')], max_length=10)),
                ('text', models.CharField(blank=True, help_text="In the proposer's words; only staff read it", max_length=500)),
                ('point', django.contrib.gis.db.models.fields.PointField(blank=True, help_text='Where it stands, if it was moved', null=True, srid=4326)),
                ('proposed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('accepted', 'Accepted'), ('refused', 'Refused')], default='proposed', max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='layers.asset')),
                ('body', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='layers.body')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state', 'proposed')), fields=['asset'], name='correction_waiting'), models.Index(fields=['proposed_at'], name='correction_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('body', None), ('kind__in', ['not_here', 'broken']), ('point', None)), models.Q(('body__isnull', False), ('kind', 'owner'), ('point', None)), models.Q(('body', None), ('kind', 'moved'), ('point__isnull', False)), _connector='OR'), name='correction_says_what_its_kind_needs'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('reason', ''), ('state', 'proposed')), models.Q(('decided_at__isnull', False), ('state', 'accepted')), models.Q(('decided_at__isnull', False), ('state', 'refused'), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='correction_is_decided_with_a_moment_and_refused_with_a_reason')],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
