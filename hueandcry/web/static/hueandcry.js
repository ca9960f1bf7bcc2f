// Starts the govuk-frontend parts on desk pages; every page works without this.
import { initAll } from "./govuk/govuk-frontend.min.js";

document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");
initAll();
// What htmx brings in later gets its parts too.
document.body.addEventListener("htmx:afterSettle", (event) => initAll({ scope: event.target }));
