/* A second click while a form is on its way sends nothing: the answer would say that somebody has acted meanwhile. */

const WAIT_MS = 5000; // after it a form that was stopped, or lost on the way, can be sent again

export function sendOnce() {
  let isSent = false;
  const forget = () => {
    isSent = false;
  };
  document.addEventListener("submit", (event) => {
    // A form that answers on the page (a preview) has prevented its way already.
    if (event.defaultPrevented) return;
    if (isSent) event.preventDefault();
    isSent = true;
    setTimeout(forget, WAIT_MS);
  });
  window.addEventListener("pageshow", forget); // back again, from the browser's memory
}
