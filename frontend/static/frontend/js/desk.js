/* The desk: the map of the queue and of the case's evidence, and the keys. */

import {paintDots} from "citypin/colors";
import {deskKeys} from "citypin/desk-keys";
import {deskMap} from "citypin/desk-map";
import {keepForms} from "citypin/kept-forms";
import {ready} from "citypin/ready";

ready();
const read = (id) => JSON.parse(document.getElementById(id).textContent);

deskMap(document.querySelector("[data-desk-map]"), {pins: read("desk-pins"), evidence: read("desk-evidence")});
deskKeys(document.querySelector("[data-queue]"));
keepForms();
paintDots();
document.querySelector("[data-queue] [aria-current]")?.scrollIntoView({block: "nearest"});
document.getElementById("refused")?.focus();
