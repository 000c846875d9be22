/* What was typed survives a reload and a dead spot: kept in this tab only, until it is sent. */

const KEY = "citypin.report";
const FIELDS = ["photo_id", "place", "place_for", "lon", "lat", "accuracy_m", "asset_id", "service_code", "description", "idempotency_key"];

/** `step` is the question on the screen. */
export function saveDraft(form, step) {
  const values = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
  values.step = step;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(values));
  } catch {
    // Private windows and full disks have no storage: then there is no draft.
  }
}

export function readDraft() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

export function forgetDraft() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // See saveDraft.
  }
}

/** Whether the server sent the form empty. What browsers put back on reload does not count: it is only half of it. */
export function cameEmpty(form) {
  return [...form.elements].every((field) => !FIELDS.includes(field.name) || field.name === "idempotency_key"
    || !(field.type === "radio" ? field.defaultChecked : field.defaultValue.trim()));
}
