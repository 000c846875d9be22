/* The page's script has come and taken over. base.html gives up on it after a while; late is better than never. */

export function ready() {
  document.documentElement.dataset.ready = "true";
  document.documentElement.classList.add("js");
}
