/* The ruling's form: only what its scope needs is shown, the zone is drawn on the map, and a preview
   must be seen before it can be confirmed. Any change afterwards takes the preview back. */

import {color} from "citypin/theme";

const L = window.L;
L.Polyline._flat = L.LineUtil.isFlat; // Leaflet.draw 1.0 asks by the old name, at which Leaflet 1.9 grumbles

export function rulingForm(form, map) {
  const preview = form.querySelector("[data-preview]");
  const confirm = form.querySelector("[data-confirm]");
  const button = form.querySelector("[data-preview-button]");
  const forget = () => {
    preview.replaceChildren();
    confirm.hidden = true;
    button.classList.remove("button--quiet");
  };
  showFor(form);
  form.addEventListener("input", () => {
    showFor(form);
    forget();
  });
  drawing(form, map, forget);
  form.addEventListener("submit", async (event) => {
    if (event.submitter !== button) return;
    event.preventDefault();
    button.disabled = true;
    try {
      // Only the answer to what the form says now may be confirmed.
      const asked = new FormData(form);
      const response = await fetch(form.dataset.previewUrl, {method: "POST", body: asked});
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      // Anything else is a whole page: of the sign-in, or of an error.
      const part = page.querySelector("body > [data-previewed], body > [data-code]");
      if (!part) throw new Error(response.status);
      preview.replaceChildren(part);
      confirm.hidden = !preview.querySelector("[data-previewed]");
      button.classList.toggle("button--quiet", !confirm.hidden);
      button.parentElement.scrollIntoView({block: "nearest"});
    } catch {
      // Without the fragment the page itself previews.
      const act = Object.assign(document.createElement("input"), {type: "hidden", name: "act", value: "preview"});
      form.append(act);
      form.submit();
    } finally {
      button.disabled = false;
    }
  });
}

function showFor(form) {
  const scope = form.querySelector("[name=scope]:checked")?.value;
  for (const part of form.querySelectorAll("[data-for-scope]")) {
    part.hidden = !part.dataset.forScope.split(" ").includes(scope);
  }
  const zone = form.querySelector("[name=zone_kind]:checked")?.value;
  form.querySelector("[data-radius]").hidden = zone !== "around";
  form.querySelector("[data-draw]").hidden = zone !== "drawn";
}

function drawing(form, map, forget) {
  const start = form.querySelector("[data-draw-start]");
  const hint = form.querySelector("[data-draw-hint]");
  const field = form.querySelector("[name=zone]");
  let drawn = null;
  const show = (layer) => {
    drawn?.remove();
    drawn = layer.addTo(map);
    drawn.setStyle?.({color: color("accent"), weight: 4, fillOpacity: 0.15});
    drawn.editing?.enable();
    drawn.on("edit", () => keep(layer));
  };
  const keep = (layer) => {
    field.value = JSON.stringify(layer.toGeoJSON(7).geometry);
    forget();
  };
  const pen = new L.Draw.Polygon(map, {allowIntersection: false, showArea: false, shapeOptions: {color: color("accent"), weight: 4}});
  const quiet = {tooltip: {start: "", cont: "", end: ""}};
  L.drawLocal.draw.handlers.polygon = {...L.drawLocal.draw.handlers.polygon, ...quiet};
  start.addEventListener("click", () => {
    hint.textContent = start.dataset.hint;
    map.getContainer().scrollIntoView({block: "nearest"});
    pen.enable();
  });
  map.on(L.Draw.Event.CREATED, ({layer}) => {
    hint.textContent = "";
    show(layer);
    keep(layer);
  });
  if (field.value) show(L.geoJSON(JSON.parse(field.value)).getLayers()[0]);
}
