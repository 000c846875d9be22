/* On a phone one question at a time; the phone's own Back button goes one question back. Wide screens show all. */

const ORDER = ["photo", "place", "service", "side", "nearby", "send"];
const narrow = window.matchMedia("(max-width: 55.99rem)");

/** `missing(step)` gives a sentence if the step may not be left yet. */
export function reportSteps(form, {missing, onRefused, onShow}) {
  const sections = new Map([...form.querySelectorAll("[data-step]")].map((section) => [section.dataset.step, section]));
  const progress = form.querySelector("[data-progress]");
  const [back, next, send] = ["[data-back]", "[data-next]", "[data-send]"].map((name) => form.querySelector(name));
  const before = history.state?.step; // the browser's own history outlives a reload
  let current = "photo";

  const steps = () => ORDER.filter((step) => !sections.get(step).hidden);

  function render() {
    const all = steps();
    form.dataset.current = narrow.matches ? current : "all";
    for (const [step, section] of sections) section.classList.toggle("is-current", step === current);
    const last = current === "send";
    back.hidden = !narrow.matches || all.indexOf(current) === 0;
    next.hidden = !narrow.matches || last;
    send.hidden = narrow.matches && !last;
    progress.textContent = form.dataset.stepOf.replace("{number}", all.indexOf(current) + 1).replace("{total}", all.length);
    progress.hidden = !narrow.matches;
    onShow(narrow.matches ? current : "all");
  }

  function show(step, {focus = true} = {}) {
    current = steps().includes(step) ? step : "photo";
    render();
    if (!focus || !narrow.matches) return;
    const title = sections.get(current).querySelector("h2");
    title.tabIndex = -1;
    title.focus({preventScroll: true});
    form.querySelector(".report__steps").scrollTop = 0;
    window.scrollTo(0, 0);
  }

  function go(step) {
    history.pushState({step}, "");
    show(step);
  }

  function forward() {
    const sentence = missing(current);
    if (sentence) {
      onRefused(current, sentence);
      return;
    }
    const all = steps();
    go(all[Math.min(all.indexOf(current) + 1, all.length - 1)]);
  }

  next.addEventListener("click", forward);
  back.addEventListener("click", () => history.back());
  window.addEventListener("popstate", ({state}) => show(state?.step ?? "photo"));
  narrow.addEventListener("change", render);
  return {
    start() {
      history.replaceState({step: current}, "");
      render();
    },
    go: (step) => step !== current && go(step),
    /** Go on where somebody was. Coming from another page the history is laid again, so that Back means one question back. */
    resume(step) {
      const reached = [before ?? step, "service"].find((each) => steps().includes(each));
      if (narrow.matches && !before) {
        for (const each of steps().slice(1, steps().indexOf(reached) + 1)) history.pushState({step: each}, "");
      }
      history.replaceState({step: reached}, "");
      show(reached, {focus: false});
    },
    get current() { return current; },
    /** Some steps ("side", "nearby") are there only while there is something to ask or to look at. */
    offer(step, offered) {
      const section = sections.get(step);
      if (section.hidden !== offered) return;
      section.hidden = !offered;
      if (!offered && current === step) current = steps().find((each) => ORDER.indexOf(each) > ORDER.indexOf(step));
      render();
    },
  };
}
