/* The API's page: the list of addresses is drawn by a library; it is told when the reader wants it dark. */

import {ready} from "citypin/ready";
import {darkScheme, onSchemeChange} from "citypin/theme";

const follow = () => document.documentElement.classList.toggle("dark-mode", darkScheme.matches);
ready();
follow();
onSchemeChange(follow);
