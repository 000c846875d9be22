/* The view to give away: its address, a frame for another page, a picture. Made when the dialog opens. */

const COPIED_MS = 2500;

/** `addresses()` gives {link, embed, picture} as absolute addresses of what is shown now. */
export function addShare({button, dialog, addresses, title}) {
  const field = (name) => dialog.querySelector(`[data-share-${name}]`);
  button.hidden = false;
  button.addEventListener("click", () => {
    const {link, embed, picture} = addresses();
    field("link").value = link;
    field("embed").value = `<iframe src="${attribute(embed)}" title="${attribute(title)}" width="100%" height="480" loading="lazy"></iframe>`;
    field("picture").href = picture;
    dialog.showModal();
    field("link").focus();
    field("link").select();
  });
  field("send").hidden = !navigator.share;
  field("send").addEventListener("click", () => navigator.share({title, url: field("link").value}).catch(() => {})); // closed again: no error
  for (const copy of dialog.querySelectorAll("[data-copy]")) copy.addEventListener("click", () => copyFrom(field(copy.dataset.copy), copy, dialog));
}

async function copyFrom(source, button, dialog) {
  source.select();
  try {
    await navigator.clipboard.writeText(source.value);
  } catch {
    document.execCommand("copy"); // not a secure page, or not allowed: the old way
  }
  const [status, word] = [dialog.querySelector("[data-share-status]"), button.textContent];
  status.textContent = button.dataset.done;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = word; status.textContent = ""; }, COPIED_MS);
}

function attribute(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
