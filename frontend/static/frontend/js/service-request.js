/* A report's page: the small map with what was weighed, and copying the link. */

import {paintDots} from "citypin/colors";
import {decisionShapes} from "citypin/decision-shapes";
import {ready} from "citypin/ready";
import {drawSides} from "citypin/side-map";
import {smallMap} from "citypin/small-map";
import {color, onSchemeChange} from "citypin/theme";

const L = window.L;

function showPlace(element) {
  const at = [Number(element.dataset.lat), Number(element.dataset.lon)];
  const map = smallMap(element, {center: at, zoom: 15, scrollWheelZoom: false, keyboard: false, dragging: !L.Browser.mobile});
  decisionShapes(JSON.parse(document.getElementById("weighed").textContent)).addTo(map);
  const mark = L.circleMarker(at, {radius: 9}).addTo(map);
  const paint = () => mark.setStyle({color: color("surface"), weight: 3, fillColor: color("accent"), fillOpacity: 1});
  paint();
  onSchemeChange(paint);
}

function copyLink(button) {
  const field = document.querySelector("[data-tracking-url]");
  const label = button.textContent;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select(); // no permission or no secure context: the old way still works in most browsers
      if (!document.execCommand("copy")) return;
    }
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 3000);
  });
}

function shareLink(button) {
  button.hidden = !navigator.share;
  button.addEventListener("click", () => {
    const url = document.querySelector("[data-tracking-url]").value;
    navigator.share({title: button.dataset.title, url}).catch(() => {}); // closing the sheet is no error
  });
}

ready();
for (const element of document.querySelectorAll("[data-place-map]")) showPlace(element);
drawSides(document);
for (const button of document.querySelectorAll("[data-copy]")) copyLink(button);
for (const button of document.querySelectorAll("[data-share]")) shareLink(button);
document.querySelector("[data-focus-first]")?.focus({preventScroll: true});
paintDots();
