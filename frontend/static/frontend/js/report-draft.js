/* What was typed survives a reload and a dead spot: kept in this tab only, until it is sent. */

const KEY = "citypin.report";
const FIELDS = ["photo_id", "place", "place_for", "lon", "lat", "accuracy_m", "asset_id", "service_code", "description", "idempotency_key"];

export function saveDraft(form) {
  const values = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
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

/** Whether somebody has begun: a form that came filled from the server or another page is left alone. */
export function isUntouched(form) {
  return FIELDS.every((name) => name === "idempotency_key" || !form.elements[name].value);
}
