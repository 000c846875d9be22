/* The arbitration desk: the case on its map, the keys, the live preview of a ruling, the drawn zone. */

import {caseMap} from "citypin/arbitration-map";
import {paintDots} from "citypin/colors";
import {deskKeys} from "citypin/desk-keys";
import {deskMap} from "citypin/desk-map";
import {keepForms} from "citypin/kept-forms";
import {sendOnce} from "citypin/send-once";
import {ready} from "citypin/ready";
import {rulingForm} from "citypin/ruling-form";

ready();
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const shown = read("case-map");
const element = document.querySelector("[data-desk-map]");
const map = shown ? caseMap(element, shown) : deskMap(element, {pins: read("desk-pins"), evidence: null});
deskKeys(document.querySelector("[data-queue]"));
keepForms(); // before the ruling's form is read: it shows what its fields say
const form = document.querySelector("[data-ruling-form]");
if (form) rulingForm(form, map);
sendOnce();
paintDots();
document.querySelector("[data-queue] [aria-current]")?.scrollIntoView({block: "nearest"});
document.getElementById("refused")?.focus();
