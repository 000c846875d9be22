/* Keys for the desk: j, k through the queue, one letter for each action. They can be switched off (WCAG 2.1.4). */

const SWITCH = "citypin.desk.keys";

export function deskKeys(queue) {
  const toggle = document.querySelector("[data-desk-keys]");
  toggle.checked = read() !== "off";
  toggle.addEventListener("change", () => write(toggle.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [role=application], .leaflet-container");
    if (!toggle.checked || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      move(queue, event.key === "j" ? 1 : -1);
      return;
    }
    const form = document.querySelector(`[data-key-target="${CSS.escape(event.key)}"]`);
    if (form) {
      event.preventDefault();
      form.closest("details")?.setAttribute("open", "");
      form.querySelector("select, input:not([type=hidden]), textarea").focus();
      return;
    }
    const action = document.querySelector(`.case [data-key="${CSS.escape(event.key)}"]`);
    if (!action) return;
    event.preventDefault();
    // A letter only goes to the button: publishing by a slip of the finger would be seen by everybody.
    action.focus();
    if (action.matches("summary")) {
      action.parentElement.open = true;
      document.getElementById("reason").focus();
    }
  });
}

function move(queue, step) {
  const links = [...queue.querySelectorAll("a")];
  const focused = links.indexOf(document.activeElement);
  const here = focused >= 0 ? focused : links.findIndex((link) => link.hasAttribute("aria-current"));
  links[Math.min(Math.max(here + step, 0), links.length - 1)]?.focus();
}

function read() {
  try {
    return localStorage.getItem(SWITCH);
  } catch {
    return null;
  }
}

function write(value) {
  try {
    localStorage.setItem(SWITCH, value);
  } catch {
    // Without storage the switch holds until the next page.
  }
}
