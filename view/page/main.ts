/// <reference lib="dom" />
/** The page: everything is made here once, and drawn together in one frame whenever something changed. */
import { counted } from "../../examples/units.ts";
import { subjectOf } from "../record/event_text.ts";
import { ACTIVITIES, ACTIVITY_TEXT } from "../record/recording.ts";
import type { Recording } from "../record/recording.ts";
import type { Report } from "../worker/messages.ts";
import { ActorView } from "./actor_view.ts";
import { drawAxis, timeText } from "./axis.ts";
import { byId, made } from "./dom.ts";
import { fileChooser, takeDropped } from "./drop.ts";
import { EventListView } from "./event_list.ts";
import { FindingsView } from "./findings_view.ts";
import { startKeys } from "./keys.ts";
import { doingAt, LanesView } from "./lanes.ts";
import { OverviewView } from "./overview.ts";
import { Player } from "./player.ts";
import { PlotsView } from "./plots.ts";
import { shownRuns, Store } from "./store.ts";
import { StoryForm } from "./story_form.ts";
import { startTabs } from "./tabs.ts";
import { TellerClient } from "./teller_client.ts";
import { startTheme } from "./theme.ts";
import { tip } from "./tip.ts";
import { ToldView } from "./told_view.ts";

/** The name under which the browser's own tools list how long each frame took to draw. */
const MEASURE = "dmactor draw";
/** The browser keeps every measure until it is told not to. */
const MOST_MEASURES = 1000;

let isDrawing = false;

/** Draws once in the next frame, however often something changes before it. */
function redraw(): void {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    const start = performance.now();
    draw();
    performance.measure(MEASURE, { start });
    if (performance.getEntriesByName(MEASURE).length > MOST_MEASURES) performance.clearMeasures(MEASURE);
  });
}

const store = new Store(redraw);
const toggleTheme = startTheme(redraw);
const overview = new OverviewView(byId("overview", HTMLCanvasElement), store);
const plots = new PlotsView(byId("plots", HTMLElement), store);
const actor = new ActorView(store);
const events = new EventListView(store);
const findings = new FindingsView(store);
const told = new ToldView();
const player = new Player(store);
const showTab = startTabs();
const client = new TellerClient(hear);
const choose = fileChooser();
const form = new StoryForm(run, () => choose(sendFile));
let lanes: LanesView[] = [];
let drawnRuns: readonly Recording[] = [];
/** How many runs there were to choose from when they were drawn. */
let drawnOf = 0;
let chosen: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } | null = null;
/** Runs that came since the person last asked for something. */
let arrived: Recording[] = [];

// Drawing -------------------------------------------------------------------------------------------------------------

function draw(): void {
  const { now } = store;
  const runs = shownRuns(now);
  const isOther = runs.length !== drawnRuns.length || runs.some((each, index) => each !== drawnRuns[index]);
  if (isOther || now.runs.length !== drawnOf) showRuns(runs, now.runs.length);
  for (const view of lanes) view.draw(now);
  drawAxis(byId("axis", HTMLCanvasElement), now);
  overview.draw(now);
  plots.draw(now);
  actor.draw(now);
  events.draw(now);
  findings.draw(now);
  byId("clock", HTMLElement).textContent = timeText(now.atNs);
  const count = store.run?.events.count ?? 0;
  byId("event-number", HTMLElement).textContent = count === 0 ? "" : `event ${now.event + 1} of ${count}`;
  if (!now.isPlaying) sayNow(runs);
}

function showRuns(runs: readonly Recording[], of: number): void {
  drawnRuns = runs;
  drawnOf = of;
  lanes = runs.map((each, place) => new LanesView(store, each, place, tip));
  byId("runs", HTMLElement).replaceChildren(...lanes.map(({ element }) => element));
  const used = ACTIVITIES.filter((_, code) =>
    runs.some((each) => each.lanes.some((lane) => lane.activity.includes(code)))
  );
  byId("legend", HTMLElement).replaceChildren(
    ...used.map((activity) => {
      const isWaiting = activity !== "busy" && activity !== "none";
      return made("li", isWaiting ? "wait" : "", made("i", activity), ACTIVITY_TEXT[activity]);
    }),
  );
}

/** What every channel does at the position, for those who do not see the lanes. */
function sayNow(runs: readonly Recording[]): void {
  const { atNs } = store.now;
  byId("now", HTMLElement).replaceChildren(
    ...runs.flatMap(({ label, lanes: all }) =>
      all.map((lane) => made("li", "", `${label}, ${lane.channel}: ${doingAt(lane, atNs)}`))
    ),
  );
}

// Stories and files ---------------------------------------------------------------------------------------------------

function run(): void {
  player.pause();
  arrived = [];
  told.say("Running …");
  client.order({ type: "tell", args: form.arguments(), file: chosen });
  history.replaceState(null, "", form.query());
}

function open(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  player.pause();
  arrived = [];
  told.say(`Opening ${name} …`);
  client.order({ type: "open", name, bytes });
}

function sendFile(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  chosen = { name, bytes };
  form.sendFile(name);
  run();
}

function hear(report: Report): void {
  switch (report.type) {
    case "stories":
      if (form.fill(report.stories, new URLSearchParams(location.search))) return run();
      return told.say("There is no story of the name in the address: choose one above.", true);
    case "progress":
      return told.say(report.text);
    case "recording":
      arrived.push(report.recording);
      return show();
    case "refused":
      return told.say(report.sentence, true);
    case "told":
      told.tell(report.told);
      return showWhatCame();
    case "opened":
      sayOpened(report.remark);
      return showWhatCame();
  }
}

/** Shows what has arrived, from its beginning; what comes after the first two can be chosen. */
function show(): void {
  if (arrived.length > 2) return store.change({ runs: [...arrived] });
  const shown = arrived.slice(0, 2).map((_, index) => index);
  const first = arrived[0]?.channels[0];
  const before = store.now.actor;
  store.change({
    runs: [...arrived],
    shown,
    focus: 0,
    atNs: 0,
    event: -1,
    actor: before === "" && first !== undefined ? `channel:${first}` : before,
  });
  store.zoomTo(0, store.endNs);
}

function sayOpened(remark: string): void {
  const [file] = arrived;
  if (file === undefined) return;
  told.clear();
  const { findings: { length } } = file;
  told.say(
    `${file.name}: ${counted(file.events.count, "event")}, ${length === 0 ? "nothing" : length} found. ${remark}`,
  );
}

/** All that was asked for is there. */
function showWhatCame(): void {
  if (arrived.length === 0) showNoRuns();
  else showTab((store.run?.findings.length ?? 0) > 0 ? "findings" : "events");
}

/** The story has no run to be watched: it says what it says. */
function showNoRuns(): void {
  store.change({ runs: [], shown: [], atNs: 0, event: -1 });
  showTab("told");
}

// The person ----------------------------------------------------------------------------------------------------------

function step(to: 1 | -1): void {
  player.pause();
  const event = events.neighbour(store.now.event, to);
  if (event !== undefined) store.goToEvent(event);
}

function jump(to: 1 | -1): void {
  player.pause();
  const event = findings.neighbour(store.now.event, to);
  const { run: shown } = store;
  if (event === undefined || shown === undefined) return;
  store.goToEvent(event);
  store.change({ actor: subjectOf(shown, event) });
  showTab("findings");
}

function zoom(share: number): void {
  store.zoomBy(share, store.now.atNs);
}

/** Goes a twentieth of the window. */
function glide(to: 1 | -1): void {
  player.pause();
  const { atNs, fromNs, toNs } = store.now;
  store.goTo(atNs + to * (toNs - fromNs) / 20);
}

function focus(place: number): void {
  if (place >= store.now.shown.length) return;
  const { atNs } = store.now;
  store.change({ focus: place });
  store.goTo(atNs);
}

startKeys([
  { keys: [" "], label: "Space", does: "play, pause", act: () => player.toggle() },
  {
    keys: ["ArrowRight", "ArrowLeft"],
    label: "← →",
    does: "event before, next event; with Shift a twentieth of the window",
    act: ({ key, shiftKey }) => (shiftKey ? glide : step)(key === "ArrowRight" ? 1 : -1),
  },
  {
    keys: ["Home", "End"],
    label: "Home End",
    does: "beginning, end",
    act: ({ key }) => store.goTo(key === "Home" ? 0 : store.endNs),
  },
  { keys: ["+", "="], label: "+", does: "show less time, larger", act: () => zoom(0.5) },
  { keys: ["-"], label: "−", does: "show more time", act: () => zoom(2) },
  { keys: ["0"], label: "0", does: "show all", act: () => store.zoomTo(0, store.endNs) },
  {
    keys: ["[", "]"],
    label: "[ ]",
    does: "slower, faster",
    act: ({ key }) => player.change(key === "]" ? 1 : -1),
  },
  {
    keys: ["n", "p"],
    label: "n p",
    does: "next finding, finding before",
    act: ({ key }) => jump(key === "n" ? 1 : -1),
  },
  {
    keys: ["1", "2"],
    label: "1 2",
    does: "the run that events and charts are of",
    act: ({ key }) => focus(Number(key) - 1),
  },
  { keys: ["t"], label: "t", does: "dark, light", act: () => toggleTheme() },
]);

byId("back", HTMLButtonElement).addEventListener("click", () => step(-1));
byId("forward", HTMLButtonElement).addEventListener("click", () => step(1));
byId("zoom-in", HTMLButtonElement).addEventListener("click", () => zoom(0.5));
byId("zoom-out", HTMLButtonElement).addEventListener("click", () => zoom(2));
byId("zoom-fit", HTMLButtonElement).addEventListener("click", () => store.zoomTo(0, store.endNs));
byId("open", HTMLButtonElement).addEventListener("click", () => choose(open));
takeDropped(open);
addEventListener("resize", redraw);

client.order({ type: "list" });
