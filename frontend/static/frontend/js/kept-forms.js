/* What staff have typed outlives a session that ended: it is kept in this tab while they sign in, and stands in the form
   again. A sign-in in another tab changes the token of every form, so the cookie's is sent, not the one of a page long open. */

const LOGIN = "/login/";
const OURS = ["csrfmiddlewaretoken", "version", "act"]; // of the page itself: old ones would be wrong
const TEXTS = "textarea, input[type=text]";

export function keepForms() {
  const key = `citypin.typed:${location.pathname}`;
  const kept = take(key);
  const forms = [...document.querySelectorAll("main form[method=post]")].filter((form) => form.querySelector(TEXTS));
  for (const form of forms) {
    if (kept?.form === nameOf(form)) bringBack(form, kept.fields);
    form.addEventListener("submit", () => {
      form.elements.csrfmiddlewaretoken.value = token() ?? form.elements.csrfmiddlewaretoken.value;
      keep(key, {form: nameOf(form), fields: fieldsOf(form)});
    });
  }
}

const nameOf = (form) => form.id || form.querySelector(TEXTS).id;
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
const fieldsOf = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !OURS.includes(name));

function bringBack(form, fields) {
  for (const field of form.elements) {
    if (!field.name || OURS.includes(field.name) || ["file", "submit"].includes(field.type)) continue;
    const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else field.value = values[0] ?? field.value;
  }
  form.closest("details")?.setAttribute("open", "");
  const notice = document.querySelector("[data-kept]");
  notice.hidden = false;
  notice.focus();
}

/* Only who comes from the sign-in page was interrupted; everybody else has sent it, or has left it. */
function take(key) {
  try {
    const kept = sessionStorage.getItem(key);
    if (kept) sessionStorage.removeItem(key);
    return document.referrer && new URL(document.referrer).pathname === LOGIN ? JSON.parse(kept) : null;
  } catch {
    return null;
  }
}

function keep(key, what) {
  try {
    sessionStorage.setItem(key, JSON.stringify(what));
  } catch {
    // Without storage it is lost, as it always was.
  }
}
