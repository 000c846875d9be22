"""Assets have days and a time of record, like boundaries; the database itself keeps what they were.

`layers_asset` holds the state in force; a trigger writes each state that it
replaces to `layers_assetversion`, which nothing else may write. Assets that are
stored already were timeless: they count as known and standing since 2000.
"""

import datetime

import django.contrib.gis.db.models.fields
import django.contrib.gis.db.models.functions
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import layers.models

CREATE = """
CREATE FUNCTION layers_city_day() RETURNS date LANGUAGE sql AS $$
    SELECT (clock_timestamp() AT TIME ZONE '{time_zone}')::date
$$;

CREATE FUNCTION layers_remember_asset() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day date;  -- since when the asset is as NEW says
BEGIN
    IF NEW.id <> OLD.id OR NEW.asset_class_id <> OLD.asset_class_id THEN
        RAISE EXCEPTION 'asset % keeps its class: let it vanish and add another', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.gone_on IS NOT NULL AND NEW.gone_on IS NOT NULL
       AND (NEW.owner_id <> OLD.owner_id OR NOT NEW.geom = OLD.geom OR NEW.gone_on > OLD.gone_on) THEN
        RAISE EXCEPTION 'asset % is gone: bring it back first', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.recorded_at = OLD.recorded_at THEN  -- whoever changes it says nothing of the two times
        NEW.recorded_at := clock_timestamp();
        IF NEW.gone_on IS NULL AND NEW.valid_from = OLD.valid_from THEN
            NEW.valid_from := layers_city_day();
        END IF;
    END IF;
    IF NEW.recorded_at <= OLD.recorded_at THEN  -- a clock set back, or two changes in one transaction
        NEW.recorded_at := OLD.recorded_at + interval '1 microsecond';
    END IF;
    day := coalesce(NEW.gone_on, NEW.valid_from);
    IF day > layers_city_day() THEN
        RAISE EXCEPTION 'asset % cannot change on %, a day to come', OLD.id, day
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- What was known of the days from then on is superseded; of the days before, said again.
    UPDATE layers_assetversion SET superseded_at = NEW.recorded_at
    WHERE asset_id = OLD.id AND superseded_at IS NULL AND valid_to > day;
    INSERT INTO layers_assetversion (asset_id, owner_id, geom, valid_from, valid_to, recorded_at, superseded_at, source)
    SELECT asset_id, owner_id, geom, valid_from, day, NEW.recorded_at, NULL, source
    FROM layers_assetversion
    WHERE asset_id = OLD.id AND superseded_at = NEW.recorded_at AND valid_from < day;
    IF OLD.gone_on IS NULL THEN
        INSERT INTO layers_assetversion
            (asset_id, owner_id, geom, valid_from, valid_to, recorded_at, superseded_at, source)
        VALUES (OLD.id, OLD.owner_id, OLD.geom, OLD.valid_from, NULL, OLD.recorded_at, NEW.recorded_at, OLD.source);
        IF OLD.valid_from < day THEN
            INSERT INTO layers_assetversion
                (asset_id, owner_id, geom, valid_from, valid_to, recorded_at, superseded_at, source)
            VALUES (OLD.id, OLD.owner_id, OLD.geom, OLD.valid_from, day, NEW.recorded_at, NULL, OLD.source);
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER asset_is_remembered
BEFORE UPDATE ON layers_asset
FOR EACH ROW
WHEN (OLD.id <> NEW.id OR OLD.asset_class_id <> NEW.asset_class_id OR OLD.owner_id <> NEW.owner_id
      OR NOT OLD.geom = NEW.geom OR OLD.gone_on IS DISTINCT FROM NEW.gone_on
      OR OLD.valid_from <> NEW.valid_from OR OLD.recorded_at <> NEW.recorded_at)
EXECUTE FUNCTION layers_remember_asset();

CREATE FUNCTION layers_refuse_asset_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'asset % is never deleted: say on which day it was gone (gone_on)', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER asset_is_never_deleted
BEFORE DELETE ON layers_asset
FOR EACH ROW EXECUTE FUNCTION layers_refuse_asset_deletion();

CREATE FUNCTION layers_refuse_asset_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of assets is written by their own trigger: change the asset'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- Depth 0: the statement was not made by a trigger.
CREATE TRIGGER asset_version_is_immutable
BEFORE INSERT OR UPDATE OR DELETE ON layers_assetversion
FOR EACH ROW WHEN (pg_trigger_depth() = 0)
EXECUTE FUNCTION layers_refuse_asset_version_change();
""".replace("{time_zone}", settings.TIME_ZONE)

DROP = """
DROP TRIGGER asset_version_is_immutable ON layers_assetversion;
DROP FUNCTION layers_refuse_asset_version_change();
DROP TRIGGER asset_is_never_deleted ON layers_asset;
DROP FUNCTION layers_refuse_asset_deletion();
DROP TRIGGER asset_is_remembered ON layers_asset;
DROP FUNCTION layers_remember_asset();
DROP FUNCTION layers_city_day();
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0003_published_boundaries_are_immutable")]
    operations = [
        migrations.AddField(
            model_name='asset',
            name='gone_on',
            field=models.DateField(blank=True, help_text='First day on which it is not there any more', null=True),
        ),
        migrations.AddField(
            model_name='asset',
            name='recorded_at',
            field=models.DateTimeField(default=datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC), editable=False),
        ),
        migrations.AlterField(
            model_name='asset',
            name='recorded_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name='asset',
            name='source',
            field=models.CharField(blank=True, help_text='Who says so', max_length=300),
        ),
        migrations.AddField(
            model_name='asset',
            name='valid_from',
            field=models.DateField(default=datetime.date(2000, 1, 1), help_text='Since when it is owned and stands as it does'),
        ),
        migrations.CreateModel(
            name='AssetVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('geom', django.contrib.gis.db.models.fields.GeometryField(srid=4326)),
                ('geom_m', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform(layers.models.Segmentize('geom', models.Value(0.001)), settings.CITY.srid), output_field=django.contrib.gis.db.models.fields.GeometryField(spatial_index=False, srid=settings.CITY.srid))),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('recorded_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField(null=True)),
                ('source', models.CharField(blank=True, max_length=300)),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='layers.asset')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='layers.body')),
            ],
            options={
                'ordering': ['asset', 'recorded_at', 'valid_from'],
                'indexes': [django.contrib.postgres.indexes.GistIndex(models.F('geom_m'), layers.models.TimestampRange('recorded_at', 'superseded_at'), layers.models.DateRange('valid_from', 'valid_to'), name='asset_version_place_and_times')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='asset_version_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(('superseded_at', None), ('superseded_at__gt', models.F('recorded_at')), _connector='OR'), name='asset_version_is_superseded_after_it_is_recorded'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', False), ('superseded_at__isnull', False), _connector='OR'), name='asset_version_is_history'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('asset', '='), (layers.models.DateRange('valid_from', 'valid_to', django.contrib.postgres.fields.ranges.RangeBoundary()), '&&'), (layers.models.TimestampRange('recorded_at', 'superseded_at', django.contrib.postgres.fields.ranges.RangeBoundary()), '&&')], name='one_version_per_asset_and_day')],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
