/* The photo goes up at once, while its owner answers the other questions. */

const MAX_BYTES = 20 * 1024 * 1024;
const STALLED_MS = 30_000; // a connection on which nothing moves for so long is dead
const NO_ID = "00000000-0000-0000-0000-000000000000";

/** `onStored({lon, lat})` when it has arrived (numbers or null); `whenIdle()` resolves when no upload is under way. */
export function photoUpload(form, {onStored, onChange}) {
  const box = form.querySelector("[data-photo]");
  const find = (name) => box.querySelector(`[data-photo-${name}]`);
  const [picture, label, progress, status, remove, again] =
    ["picture", "label", "progress", "status", "remove", "again"].map(find);
  const input = form.elements.photo;
  const stored = form.elements.photo_id;
  const chooseLabel = label.textContent;
  const errors = form.querySelector("[data-errors-of=photo]");
  let request = null;
  let idle = Promise.resolve();

  function show(address) {
    if (picture.src.startsWith("blob:")) URL.revokeObjectURL(picture.src);
    picture.hidden = remove.hidden = !address;
    if (address) picture.src = address;
    else picture.removeAttribute("src");
    label.textContent = address ? label.dataset.other : chooseLabel;
  }

  function refused(sentence) {
    const line = document.createElement("p");
    line.className = "field__error";
    line.textContent = sentence;
    errors.replaceChildren(line);
    errors.setAttribute("role", "alert");
    input.value = "";
    show("");
  }

  function start() {
    const [file] = input.files;
    if (!file) return;
    request?.abort();
    errors.replaceChildren();
    stored.value = status.textContent = "";
    again.hidden = true;
    if (file.size > MAX_BYTES) {
      refused(box.dataset.tooLarge);
      return;
    }
    show(URL.createObjectURL(file));
    idle = send(file);
    onChange();
  }

  function send(file) {
    const data = new FormData();
    data.append("photo", file);
    data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const bar = progress.querySelector("progress");
    bar.value = 0;
    progress.hidden = false;
    return new Promise((done) => {
      const upload = new XMLHttpRequest(); // fetch cannot tell how far an upload is
      request = upload;
      upload.open("POST", form.dataset.photoUrl);
      upload.responseType = "json";
      let stalled = 0;
      const waitOn = () => {
        clearTimeout(stalled);
        stalled = setTimeout(() => {
          upload.abort();
          arrived(0, null);
        }, STALLED_MS);
      };
      waitOn();
      upload.upload.onprogress = ({loaded, total}) => {
        bar.value = (loaded / total) * 100;
        waitOn();
      };
      upload.onload = () => arrived(upload.status, upload.response);
      upload.onerror = () => arrived(0, null);
      upload.onloadend = () => {
        clearTimeout(stalled);
        if (request === upload) progress.hidden = true;
        done();
      };
      upload.send(data);
    });
  }

  function arrived(code, answer) {
    if (code === 200 && answer) {
      stored.value = answer.photo_id;
      status.textContent = box.dataset.stored;
      onStored({lon: answer.lon, lat: answer.lat});
    } else if (answer?.detail) {
      refused(answer.detail);
    } else {
      status.textContent = box.dataset.failed;
      again.hidden = false;
    }
    onChange();
  }

  input.addEventListener("change", start);
  // A broken picture icon says nothing: some browsers cannot show what the server can open.
  picture.addEventListener("error", () => { picture.hidden = true; });
  again.addEventListener("click", start);
  remove.addEventListener("click", () => {
    request?.abort();
    input.value = stored.value = status.textContent = "";
    again.hidden = true;
    show("");
    onChange();
    input.focus();
  });
  return {
    get chosen() { return Boolean(stored.value || input.files.length); },
    sayPlaceTaken() { status.textContent = box.dataset.storedWithPlace; },
    sayElsewhere() { status.textContent = box.dataset.storedElsewhere; },
    restore(id) {
      stored.value = id;
      show(box.dataset.address.replace(NO_ID, id));
    },
    whenIdle: () => idle,
  };
}
