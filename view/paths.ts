/** The addresses that the server knows and the page asks for. There are no others. */

/** The script of the page. */
export const PAGE_SCRIPT = "/page.js";
/** The script of the worker that runs stories. */
export const WORKER_SCRIPT = "/worker.js";
/** The style of the page. */
export const PAGE_STYLE = "/page.css";
/** The style that plots need. */
export const PLOT_STYLE = "/plot.css";
/** The file that eight-channels sends if nobody names another, from the root of the repository. */
export const LIFECYCLES_PATH = "docs/lifecycles.md";
