/** The page in a real browser; the steps are in in_browser.ts, which runs on its own with the permissions it needs. */
import { assert } from "@std/assert";
import { chromiumPath } from "./chromium.ts";

const isThere = chromiumPath() !== undefined;

Deno.test({
  name: `the page plays, steps, opens files and stays smooth in a real browser${
    isThere ? "" : " (skipped: there is no Chromium here; apt-get install chromium)"
  }`,
  ignore: !isThere,
  fn: async () => {
    const script = new URL("./in_browser.ts", import.meta.url).pathname;
    const args = ["run", "--no-check", "-A", script];
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    const said = new TextDecoder().decode(stdout);
    console.log(said.split("\n").filter((line) => line.startsWith("figure")).join("\n"));
    assert(success, said + new TextDecoder().decode(stderr));
  },
});
