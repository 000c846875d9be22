"""Uploading a file of areas or things, and saying what its columns mean: the options of the import commands."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.forms.parts import DAY, by_name, offer
from layers.importing.uploads import UPLOADABLE
from layers.models import AssetClass, Body, ImportDraft, Layer
from layers.services.drafts import DraftOptions

if TYPE_CHECKING:  # geopandas costs 0.7 s to import
    from layers.services.plan_draft import FileFacts

CODE_COLUMNS = ("code", "id", "key", "external_id", "objectid", "编号", "代码")
NAME_COLUMNS = ("name", "name_en", "title", "label", "名称")
CHINESE_COLUMNS = ("name_zh_hans", "name_zh", "名称", "中文名")
BODY_COLUMNS = ("body", "owner", "office", "agency", "部门")


class UploadForm(forms.Form):
    """A file and what it is for. `target` is `layer:<slug>` or `class:<slug>`."""

    target = forms.ChoiceField(label=gettext_lazy("What does the file hold?"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(UPLOADABLE)}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("This file is empty. Choose another one."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        layers = [(f"layer:{layer.slug}", layer.name) for layer in Layer.objects.all()]
        classes = [(f"class:{found.slug}", found.name) for found in AssetClass.objects.all()]
        groups = [(_("Areas of the layer"), layers), (_("Things of the class"), classes)]
        offer(self, target=[("", _("Choose")), *groups])

    def target_found(self) -> Layer | AssetClass:
        """The layer or class that was chosen."""
        kind, _colon, slug = self.cleaned_data["target"].partition(":")
        return Layer.objects.get(slug=slug) if kind == "layer" else AssetClass.objects.get(slug=slug)


class DraftOptionsForm(forms.Form):
    """What the columns of a draft's file mean. Fields that the file or its target has no use for are left out."""

    file_layer = forms.ChoiceField(label=gettext_lazy("Layer inside the file"), required=False)
    code_field = forms.ChoiceField(
        label=gettext_lazy("Column of the key"),
        help_text=gettext_lazy("The source's own number or code. By it an area or thing is recognised."),
    )
    name_field = forms.ChoiceField(label=gettext_lazy("Column of the English name"), required=False)
    name_field_zh = forms.ChoiceField(label=gettext_lazy("Column of the Chinese name"), required=False)
    body_field = forms.ChoiceField(
        label=gettext_lazy("Column of the body"),
        help_text=gettext_lazy("Holds short names like “parks”. Without one, what is known keeps its body."),
        required=False,
    )
    body = forms.ChoiceField(label=gettext_lazy("One body for all"), required=False)
    source_crs = forms.CharField(label=gettext_lazy("Coordinate system"), required=False, max_length=100)
    axes = forms.ChoiceField(label=gettext_lazy("Order of the two numbers"), required=False)
    x_field = forms.ChoiceField(label=gettext_lazy("Column of the longitude, or of WKT"), required=False)
    y_field = forms.ChoiceField(label=gettext_lazy("Column of the latitude"), required=False)
    encoding = forms.CharField(
        label=gettext_lazy("Encoding of the text"),
        help_text=gettext_lazy("Where it is not UTF-8, for example gb18030."),
        required=False,
        max_length=30,
    )
    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=DAY)
    valid_to = forms.DateField(
        label=gettext_lazy("Until, where it is for a time"),
        help_text=gettext_lazy("On this day what was before holds again."),
        widget=DAY,
        required=False,
    )
    keep_missing = forms.BooleanField(
        label=gettext_lazy("The file holds only some areas: the others stay as they are"), required=False
    )
    source = forms.CharField(
        label=gettext_lazy("Where it comes from"),
        help_text=gettext_lazy("Stored with every boundary, for example a decision of the council."),
        required=False,
        max_length=200,
    )

    def __init__(self, data: Any, draft: ImportDraft, facts: "FileFacts") -> None:
        columns, layers, crs = facts.columns, facts.layers, facts.crs
        options = DraftOptions.of(draft)
        super().__init__(data, initial=_initial(options, draft, columns), auto_id="option-%s")
        self.draft, self.facts = draft, facts
        self._offer_columns(columns)
        self._offer_words(layers, crs)
        is_text = draft.file_name.lower().endswith((".csv", ".tsv"))
        useless = {
            "file_layer": len(layers) < 2,
            "x_field": not is_text,
            "y_field": not is_text,
            "encoding": not (is_text or draft.file_name.lower().endswith(".zip")),
            "valid_to": draft.layer is None,
            "keep_missing": draft.layer is None,
            "source": draft.layer is None,
        }
        for name, is_useless in useless.items():
            if is_useless:
                del self.fields[name]
        if len(layers) > 1 and not columns:  # first which layer, then what its columns mean
            self.fields = {"file_layer": self.fields["file_layer"]}
        elif facts.needs_geometry_fields:
            self.fields["x_field"].required = True

    def _offer_columns(self, columns: Sequence[str]) -> None:
        named = [(column, column) for column in columns]
        for name in ("code_field", "name_field", "name_field_zh", "body_field", "x_field", "y_field"):
            none = [] if name == "code_field" else [("", _("none"))]
            offer(self, **{name: [*none, *named]})

    def _offer_words(self, layers: Sequence[str], crs: str) -> None:
        offer(
            self,
            file_layer=[(name, name) for name in layers],
            body=[("", _("as before")), *by_name(Body.objects.all())],
            axes=[("lonlat", _("longitude first")), ("latlon", _("latitude first"))],
        )
        self.fields["source_crs"].required = not crs
        self.fields["source_crs"].help_text = (
            _("The file says: %(crs)s. Leave this empty unless that is wrong.") % {"crs": crs}
            if crs
            else _(
                "The file does not say it, and it is never guessed. Ask its source; write for example EPSG:4326 for "
                "degrees of GPS."
            )
        )

    def clean_source_crs(self) -> str:
        """`4326` is meant as EPSG:4326."""
        given: str = self.cleaned_data["source_crs"].strip()
        return f"EPSG:{given}" if re.fullmatch(r"[0-9]{4,6}", given) else given

    def clean_body(self) -> str:
        """Either one body, or a column."""
        if self.cleaned_data["body"] and self.cleaned_data.get("body_field"):
            raise ValidationError(_("Choose one body or a column, not both."), code="two_bodies")
        chosen: str = self.cleaned_data["body"]
        return chosen

    def options(self) -> DraftOptions:
        """The options as the domain takes them; repairs that were allowed stay allowed."""
        given = self.cleaned_data
        days = {name: given[name].isoformat() for name in ("valid_from", "valid_to") if given.get(name)}
        words = {
            name: given.get(name, "")
            for name in (
                *("code_field", "name_field", "name_field_zh", "body", "body_field", "source_crs"),
                *("file_layer", "encoding", "source"),
            )
        }
        return DraftOptions(
            **words,
            **days,
            axes=given.get("axes") or "lonlat",
            geometry_fields=[column for column in (given.get("x_field"), given.get("y_field")) if column],
            keep_missing=bool(given.get("keep_missing")),
            repair_rows=DraftOptions.of(self.draft).repair_rows,
        )


def _initial(options: DraftOptions, draft: ImportDraft, columns: Sequence[str]) -> dict[str, Any]:
    """What was said before; before that, guesses by the columns' usual names."""
    known = options.as_json()
    places = [*options.geometry_fields, "", ""]
    known |= {"x_field": places[0], "y_field": places[1]}
    if not options.code_field:
        known["code_field"] = _usual(columns, CODE_COLUMNS) or next(iter(columns), "")
        known["name_field"] = _usual(columns, NAME_COLUMNS)
        known["name_field_zh"] = _usual(columns, CHINESE_COLUMNS)
        known["body_field"] = _usual(columns, BODY_COLUMNS)
        if known["name_field_zh"] == known["name_field"]:
            known["name_field"] = ""
    known["valid_from"] = options.valid_from or timezone.localdate().isoformat()
    known["source"] = options.source or draft.file_name
    return known


def _usual(columns: Sequence[str], usual: Sequence[str]) -> str:
    by_name = {column.casefold(): column for column in columns}
    return next((by_name[name] for name in usual if name in by_name), "")
