/* On a phone filters and list lie in a sheet that opens over the map. Wide pages show everything; the CSS decides. */

export function addSheet(panel, toggle) {
  const setOpen = (open) => {
    toggle.setAttribute("aria-expanded", String(open));
    panel.classList.toggle("panel--open", open);
  };
  toggle.addEventListener("click", () => setOpen(toggle.getAttribute("aria-expanded") !== "true"));
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || toggle.getAttribute("aria-expanded") !== "true") return;
    setOpen(false);
    toggle.focus();
  });
  // The skip link leads into the sheet: it must be open by the time the focus arrives.
  const openForAnchor = () => location.hash === "#reports" && setOpen(true);
  window.addEventListener("hashchange", openForAnchor);
  document.querySelector('a[href="#reports"]')?.addEventListener("click", () => setOpen(true));
  openForAnchor();
  return {close: () => setOpen(false)};
}
