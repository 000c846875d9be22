/* A second click while a form is on its way sends nothing: the answer would say that somebody has acted meanwhile. */

export function sendOnce() {
  let isSent = false;
  document.addEventListener("submit", (event) => {
    // A form that answers on the page (a preview) has prevented its way already.
    if (event.defaultPrevented) return;
    if (isSent) event.preventDefault();
    isSent = true;
  });
  window.addEventListener("pageshow", () => {
    isSent = false; // back again, from the browser's memory
  });
}
