"""`manage.py load_city` as an operator runs it, on databases of its own."""

from tests.live import manage
from tests.packs.conftest import Ask, asking

STABLE_TABLES = (
    "layers_body", "layers_layer", "layers_jurisdiction", "layers_boundary", "layers_boundarypiece",
    "layers_assetclass", "layers_asset", "issues_servicegroup", "issues_service", "issues_service_layers",
)  # fmt: skip
REMADE_TABLES = ("layers_basemapfeature", "issues_servicerequest", "issues_responsibility")
UNTIL = "--until=2026-06-30"


def contents(ask: Ask) -> dict[str, object]:
    """A digest of each table that stays, and the number of rows of each that is made anew."""
    found: dict[str, object] = {
        table: ask(f"SELECT md5(string_agg(whole::text, '|' ORDER BY id)) FROM {table} AS whole")
        for table in STABLE_TABLES
    }
    found |= {table: ask(f"SELECT count(*) FROM {table}") for table in REMADE_TABLES}
    found["outline"] = ask("SELECT md5(ST_AsBinary(outline)), pack_digest FROM layers_city")
    found["decisions"] = ask(
        """SELECT md5(string_agg(concat_ws(',', service_id, ST_AsText(point), requested_datetime, state, outcome,
                                           body_id, due_date, description), '|'
                                 ORDER BY requested_datetime, service_id))
           FROM issues_servicerequest WHERE is_demo"""
    )
    return found


def test_loading_twice_changes_nothing(reloaded_database: str) -> None:
    with asking(reloaded_database) as ask:
        first = manage("new_york", reloaded_database, "load_city", "new_york", "--reports=200", UNTIL)
        assert first.returncode == 0, first.stderr
        before = contents(ask)
        again = manage("new_york", reloaded_database, "load_city", "new_york", "--reports=200", UNTIL)
        assert again.returncode == 0, again.stderr
        assert contents(ask) == before
    assert "0 added, 275 kept, 0 superseded" in again.stdout


def test_a_real_report_survives_a_reload_with_its_decision_and_events(reloaded_database: str) -> None:
    with asking(reloaded_database) as ask:
        [(real,)] = ask("SELECT max(id) FROM issues_servicerequest")
        ask("UPDATE issues_servicerequest SET is_demo = false WHERE id = %s", real)
        counted = """SELECT (SELECT count(*) FROM issues_event WHERE service_request_id = %s),
                            (SELECT md5(string_agg(r::text, '|')) FROM issues_responsibility AS r
                             WHERE service_request_id = %s)"""
        before = ask(counted, real, real)
        done = manage("new_york", reloaded_database, "load_city", "new_york", "--reports=100", UNTIL)
        assert done.returncode == 0, done.stderr
        assert ask(counted, real, real) == before
        assert ask("SELECT count(*) FROM issues_servicerequest WHERE is_demo") == [(100,)]


def test_without_demo_leaves_no_demo_report(reloaded_database: str) -> None:
    with asking(reloaded_database) as ask:
        done = manage("new_york", reloaded_database, "load_city", "new_york", "--without-demo")
        assert done.returncode == 0, done.stderr
        assert ask("SELECT count(*) FROM issues_servicerequest WHERE is_demo") == [(0,)]
        assert ask("SELECT count(*) FROM issues_service") > [(23,)]


def test_check_tells_a_loaded_pack_from_a_changed_one(new_york_database: str) -> None:
    same = manage("new_york", new_york_database, "load_city", "new_york", "--check", "--reports=1500")
    other = manage("new_york", new_york_database, "load_city", "new_york", "--check", "--reports=1499")
    assert (same.returncode, other.returncode) == (0, 1)
    assert len(same.stdout.splitlines()) == len(other.stdout.splitlines()) == 1


def test_another_pack_than_the_process_serves_is_refused_with_one_sentence(new_york_database: str) -> None:
    done = manage("new_york", new_york_database, "load_city", "helsinki")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("start with CITY=helsinki to load helsinki.")
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_unknown_pack_is_refused_with_one_sentence(new_york_database: str) -> None:
    done = manage("new_york", new_york_database, "load_city", "atlantis")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_database_made_for_another_city_is_refused(new_york_database: str) -> None:
    done = manage("helsinki", new_york_database, "load_city", "helsinki")
    assert done.returncode == 1
    assert "EPSG:32118" in done.stderr
    assert "EPSG:3879" in done.stderr


def test_most_demo_reports_of_new_york_are_assigned_and_every_other_outcome_occurs(new_york_database: str) -> None:
    with asking(new_york_database) as ask:
        counts = dict(ask("SELECT outcome, count(*) FROM issues_servicerequest WHERE is_demo GROUP BY outcome"))
    assert sum(counts.values()) == 1500
    assert 0.85 <= counts["assigned"] / 1500 <= 0.94
    assert {"contested", "gap", "not_ours"} <= counts.keys()


def test_demo_reports_have_a_decision_lie_in_the_city_and_keep_sensitive_places_coarse(new_york_database: str) -> None:
    with asking(new_york_database) as ask:
        assert ask(
            """SELECT count(*) FROM issues_servicerequest AS report
               WHERE NOT EXISTS (SELECT FROM issues_responsibility AS r
                                 WHERE r.service_request_id = report.id AND r.outcome = report.outcome
                                   AND r.body_id IS NOT DISTINCT FROM report.body_id)"""
        ) == [(0,)]
        assert ask("SELECT count(*) FROM issues_servicerequest JOIN layers_city ON NOT ST_Covers(outline, point)") == [
            (0,)
        ]
        assert ask(
            """SELECT DISTINCT ST_Equals(point, public_point), exact_point_is_public
               FROM issues_servicerequest JOIN issues_service AS service ON service.id = service_id ORDER BY 1"""
        ) == [(False, False), (True, True)]


def test_states_and_events_of_demo_reports_agree_and_nothing_lies_in_the_future(new_york_database: str) -> None:
    with asking(new_york_database) as ask:
        # Journeys share this city: what their staff acted on is no longer as it was seeded.
        [(compared, other)] = ask(
            """SELECT count(*), count(*) FILTER (WHERE state <> COALESCE(
                   (SELECT kind FROM issues_event WHERE service_request_id = report.id
                    AND kind NOT IN ('assigned', 'contested', 'gap', 'uncertain', 'not_ours')
                    ORDER BY id DESC LIMIT 1), ''))
               FROM issues_servicerequest AS report
               WHERE is_demo AND NOT EXISTS (
                   SELECT FROM issues_event
                   WHERE service_request_id = report.id
                     AND (user_id IS NOT NULL OR kind NOT IN (
                         'submitted', 'published', 'accepted', 'fixed', 'refused',
                         'assigned', 'contested', 'gap', 'uncertain', 'not_ours')))"""
        )
        assert compared > 1000 and other == 0
        assert ask("SELECT count(*) FROM issues_event WHERE at > now()") == [(0,)]
        assert ask(
            "SELECT max(requested_datetime) - min(requested_datetime) > '600 days' FROM issues_servicerequest"
        ) == [(True,)]


def test_helsinki_loads_into_a_database_of_its_own(helsinki_database: str) -> None:
    with asking(helsinki_database) as ask:
        assets = dict(
            ask(
                """SELECT class.slug, count(*) FROM layers_asset
                   JOIN layers_assetclass AS class ON class.id = asset_class_id GROUP BY 1"""
            )
        )
        assert assets["street_lamp"] == 586
        assert assets["tree"] == 649
        assert assets["fire_hydrant"] == 37
        assert ask("SELECT DISTINCT left(external_id, 5) FROM layers_asset") == [("node/",)]
        kinds = dict(ask("SELECT kind, count(*) FROM layers_basemapfeature GROUP BY kind"))
        assert {"land", "water", "park", "building", "street", "rail", "place"} <= kinds.keys()
        assert ask("SELECT count(*) FROM layers_basemapfeature WHERE kind = 'building' AND address ~ '[a-z] [0-9]'") > [
            (50,)
        ]
        assert ask("SELECT ST_SRID(point_m) FROM issues_servicerequest LIMIT 1") == [(3879,)]
        rules = dict(ask("SELECT rule, count(*) FROM issues_responsibility GROUP BY rule"))
        assert {"asset", "boundary", "chosen_asset"} <= rules.keys()
