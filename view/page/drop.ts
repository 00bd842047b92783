/// <reference lib="dom" />
/** Files that come to the page: dropped on it, or chosen by a button. */
import { byId } from "./dom.ts";

/** What is done with a file. */
export type TakeFile = (name: string, bytes: Uint8Array<ArrayBuffer>) => void;

/** Takes files that are dropped anywhere on the page. */
export function takeDropped(take: TakeFile): void {
  const veil = byId("drop", HTMLElement);
  // One enters an element before one leaves the one around it.
  let depth = 0;
  const carriesFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragenter", (event) => {
    if (carriesFile(event)) veil.hidden = ++depth === 0;
  });
  addEventListener("dragleave", (event) => {
    if (carriesFile(event)) veil.hidden = --depth <= 0;
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    veil.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) void read(file, take);
  });
}

/** Lets the person choose files by a field of the page. Returns what opens it: the next file chosen goes to `take`. */
export function fileChooser(): (take: TakeFile) => void {
  const field = byId("file", HTMLInputElement);
  let next: TakeFile | undefined;
  field.addEventListener("change", () => {
    const [file] = field.files ?? [];
    if (file !== undefined && next !== undefined) void read(file, next);
    field.value = "";
  });
  return (take) => {
    next = take;
    field.click();
  };
}

async function read(file: File, take: TakeFile): Promise<void> {
  take(file.name, new Uint8Array(await file.arrayBuffer()));
}
