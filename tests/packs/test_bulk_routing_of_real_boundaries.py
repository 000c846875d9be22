"""Both packs as loaded: the bulk index and PostGIS agree on vertices and edges, beside lamps and by phone."""

from tests.live import manage


def test_new_yorks_hundred_thousand_questions_have_one_answer_each(new_york_database: str) -> None:
    done = manage("new_york", new_york_database, "check_bulk_routing", "--points", "100000")
    assert "100,000 questions, 0 answers differ" in done.stdout, done.stdout + done.stderr


def test_helsinkis_lamps_and_trees_belong_to_the_same_owners_in_bulk(helsinki_database: str) -> None:
    done = manage("helsinki", helsinki_database, "check_bulk_routing", "--points", "20000")
    assert "0 answers differ" in done.stdout, done.stdout + done.stderr
