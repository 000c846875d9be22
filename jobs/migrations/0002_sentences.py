"""What a job is doing and why it failed are sentences that each reader gets in their own language."""

from django.db import migrations, models

COLUMNS = ("message", "error")
TO_JSON = "".join(f"ALTER TABLE jobs_job ALTER {name} TYPE jsonb USING to_jsonb({name});" for name in COLUMNS)
TO_TEXT = "".join(
    f"ALTER TABLE jobs_job ALTER {name} TYPE {kind} USING left(coalesce({name} ->> 'text', {name} #>> '{{}}'), 300);"
    for name, kind in zip(COLUMNS, ("varchar(300)", "text"), strict=True)
)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TO_JSON, TO_TEXT)],
            state_operations=[
                migrations.AlterField(
                    "job",
                    "message",
                    models.JSONField(
                        blank=True, default=str, help_text="What it is doing (geo.sentences.stored)"
                    ),
                ),
                migrations.AlterField(
                    "job",
                    "error",
                    models.JSONField(
                        blank=True, default=str, help_text="Why it failed, for who started it (as above)"
                    ),
                ),
            ],
        )
    ]
