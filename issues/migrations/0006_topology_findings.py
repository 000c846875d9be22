"""The flaws of the boundaries are rows, over their lives."""

import django.contrib.gis.db.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0005_service_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='TopologyFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('overlap', 'Overlap'), ('overlap_slivers', 'Overlap Slivers'), ('gap', 'Gap'), ('gap_slivers', 'Gap Slivers'), ('invalid_ring', 'Invalid Ring'), ('unmatched_vertices', 'Unmatched Vertices')], max_length=20)),
                ('geom', django.contrib.gis.db.models.fields.GeometryField(srid=4326)),
                ('area_m2', models.FloatField(help_text="In the city's metre SRID")),
                ('parts', models.PositiveIntegerField()),
                ('bodies', models.JSONField(default=list, help_text='Slugs, like layers and services')),
                ('layers', models.JSONField(default=list)),
                ('areas', models.JSONField(default=list, help_text='Codes')),
                ('services', models.JSONField(default=list)),
                ('detail', models.CharField(blank=True, max_length=200)),
                ('open_reports', models.PositiveIntegerField(default=0)),
                ('disturbed_decisions', models.PositiveIntegerField(default=0)),
                ('starts_on', models.DateField(help_text='The day for which it was found first; to come for what is published ahead')),
                ('first_seen', models.DateTimeField()),
                ('last_seen', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-disturbed_decisions', '-open_reports', '-area_m2', 'id'],
                'indexes': [models.Index(condition=models.Q(('resolved_at', None)), fields=['disturbed_decisions', 'open_reports'], name='topology_finding_in_force')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['overlap', 'overlap_slivers', 'gap', 'gap_slivers', 'invalid_ring', 'unmatched_vertices'])), name='topology_finding_kind_is_known'), models.CheckConstraint(condition=models.Q(('last_seen__gte', models.F('first_seen'))), name='topology_finding_is_seen_first_and_last')],
            },
        ),
    ]
