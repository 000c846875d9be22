/* Arbitration in figures: where reports were handed back. */

import {deskMap} from "citypin/desk-map";
import {ready} from "citypin/ready";

ready();
const pins = JSON.parse(document.getElementById("hand-back-pins").textContent);
deskMap(document.querySelector("[data-metrics-map]"), {pins, evidence: null});
