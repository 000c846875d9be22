/* The ruling's form: only what its scope needs is shown, the zone is drawn on the map, and a preview
   must be seen before it can be confirmed. Any change afterwards takes the preview back. */

import {zoneDrawing} from "citypin/zone-drawing";

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
  zoneDrawing(form, map, forget);
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
