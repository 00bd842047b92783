/// <reference lib="dom" />
/** The keys of the page, and the list of them. */
import { byId, made } from "./dom.ts";

/** One key. */
export interface Key {
  /** What `KeyboardEvent.key` says; several for one deed. */
  readonly keys: readonly string[];
  /** As people read it. */
  readonly label: string;
  readonly does: string;
  readonly act: (event: KeyboardEvent) => void;
}

/** Where letters and arrows belong to the field. */
function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !["checkbox", "button"].includes(target.type);
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

/** Listens to keys, and writes them into the dialog that `?` opens. */
export function startKeys(keys: readonly Key[]): void {
  const dialog = byId("keys", HTMLDialogElement);
  const all: Key[] = [
    ...keys,
    { keys: ["?"], label: "?", does: "these keys", act: () => dialog.showModal() },
  ];
  byId("key-list", HTMLElement).append(
    ...all.flatMap(({ label, does }) => [made("dt", "", label), made("dd", "", does)]),
  );
  byId("help", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open || isTyping(event.target)) return;
    // A button takes the space bar, unless it was only clicked.
    const onControl = event.target instanceof HTMLElement && event.target.matches("button, summary, input");
    if (event.key === " " && onControl) return;
    const key = all.find((each) => each.keys.includes(event.key));
    if (key === undefined) return;
    event.preventDefault();
    key.act(event);
  });
}
