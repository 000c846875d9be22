"""Publications are rows, with the reasons of meant changes; the city's golden points are kept beside its boundaries."""

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
CREATE FUNCTION layers_refuse_publication_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'publication % is a fact: publish again', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER publication_is_append_only
BEFORE UPDATE OR DELETE ON layers_publication
FOR EACH ROW EXECUTE FUNCTION layers_refuse_publication_change();
"""

DROP = """
DROP TRIGGER publication_is_append_only ON layers_publication;
DROP FUNCTION layers_refuse_publication_change();
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0005_asset_corrections"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name='GoldenPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True)),
                ('point', django.contrib.gis.db.models.fields.PointField(spatial_index=False, srid=4326)),
                ('service_code', models.CharField(max_length=50)),
                ('accuracy_m', models.FloatField(default=0)),
                ('on', models.DateField(blank=True, null=True)),
                ('outcome', models.CharField(max_length=12)),
                ('bodies', models.JSONField(default=list, help_text='Slugs: the responsible one, or all that claim the place')),
                ('why', models.CharField(max_length=500)),
                ('position', models.PositiveIntegerField(default=0, help_text="Its line in the pack's file")),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('source', models.CharField(max_length=300)),
                ('added', models.PositiveIntegerField(help_text='Records of boundaries, not areas; things')),
                ('superseded', models.PositiveIntegerField(help_text='Records of boundaries; things that changed or vanished')),
                ('jurisdictions', models.JSONField(default=list, help_text='Ids of those whose boundaries changed')),
                ('accepted_changes', models.JSONField(default=list, help_text="What was let pass and why: [{'name', 'before', 'after', 'reason'}]")),
                ('layer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='publications', to='layers.layer')),
                ('asset_class', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='publications', to='layers.assetclass')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('asset_class__isnull', False), ('layer', None)), models.Q(('asset_class', None), ('layer__isnull', False)), _connector='OR'), name='publication_is_of_a_layer_or_an_asset_class')],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
