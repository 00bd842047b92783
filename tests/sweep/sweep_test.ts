/** Sweeps: one grid, however it is shared out and whenever it is interrupted, ends in the same bytes. */
import { assert, assertEquals } from "@std/assert";
import { sweep } from "../../tools/sweep/cli.ts";
import { listening } from "../stories/teller.ts";

const GRID = {
  story: "burst",
  fixed: { engine: "table", "dma-ns": 300_000 },
  axes: { strategy: ["classic", "isr-reprogram"], transfers: { from: 2, to: 6, step: 2 }, seed: [0, 1] },
  plot: { x: "transfers", lines: "strategy" },
};
const POINTS = 12;

interface Heard {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs command lines in a folder of their own; `$` in an argument is that folder. */
async function inFolder(
  body: (run: (args: string, environment?: Record<string, string>) => Promise<Heard>, folder: string) => Promise<void>,
  grid: unknown = GRID,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const files = { "grid.json": new TextEncoder().encode(typeof grid === "string" ? grid : JSON.stringify(grid)) };
    await body(async (args, environment = {}) => {
      const { host, heard } = listening(files);
      const status = await sweep(args.replaceAll("$", folder).split(" "), host, (name) => environment[name]);
      return { status, out: heard.out.replaceAll(folder, "$"), err: heard.err.replaceAll(folder, "$") };
    }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The table and the picture in a folder. */
async function bytesIn(folder: string): Promise<string> {
  return await Deno.readTextFile(`${folder}/sweep.csv`) + await Deno.readTextFile(`${folder}/sweep.svg`);
}

Deno.test("one shard, three shards, and a shard that was cut off and gone on with leave the same table and picture, to the byte", async () => {
  await inFolder(async (run, folder) => {
    assertEquals(await run("grid.json --out $/one"), {
      status: 0,
      out: `shard 1/1: ${POINTS} points ran\nWrote $/one/sweep.csv, ${POINTS} rows of ${POINTS} points\n` +
        "Wrote $/one/sweep.svg\n",
      err: "",
    });
    const whole = await bytesIn(`${folder}/one`);
    assertEquals(whole.split("\n")[0]!.split(",").slice(0, 3), ["strategy", "transfers", "seed"]);

    // Each on a machine of its own, with a folder of its own.
    for (const shard of ["3/3", "1/3", "2/3"]) {
      const { status, out } = await run(`grid.json --out $/three/${shard[0]} --shard ${shard}`);
      assertEquals([status, out], [0, `shard ${shard}: 4 points ran\n`]);
    }
    assertEquals((await run("--merge $/three")).status, 0);
    assertEquals(await bytesIn(`${folder}/three`), whole);

    // The machine went away in the middle of the sixth point's line; then two others go on.
    const path = "shard-1-of-1.points.jsonl";
    const text = await Deno.readTextFile(`${folder}/one/${path}`);
    const lines = text.split("\n");
    await Deno.mkdir(`${folder}/again`);
    const half = lines.slice(0, 6).join("\n") + "\n" + lines[6]!.slice(0, 40);
    await Deno.writeTextFile(`${folder}/again/${path}`, half);
    assertEquals(
      (await run("grid.json --out $/again --shard 2/2")).out,
      "shard 2/2: 4 points ran, 2 were finished before\n",
    );
    assertEquals(
      (await run("--merge $/again")).err,
      'Cannot join "$/again": 3 of 12 points are missing, point 6 the first; run their shards again\n',
    );
    const { status, out } = await run("grid.json --out $/again");
    assert(out.startsWith("shard 1/1: 3 points ran, 9 were finished before\n"), out);
    assertEquals([status, await bytesIn(`${folder}/again`)], [0, whole]);
    // What was cut off is gone, and what was there is as it was.
    const mended = await Deno.readTextFile(`${folder}/again/${path}`);
    assert(mended.startsWith(lines.slice(0, 6).join("\n") + "\n{"), mended.slice(0, 300));
    for (const line of mended.trimEnd().split("\n")) JSON.parse(line);
  });
});

Deno.test("how points are drawn may change afterwards, and none runs again", async () => {
  await inFolder(async (run, folder) => {
    await run("grid.json --out $/x");
    const path = `${folder}/x/shard-1-of-1.points.jsonl`;
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace('"x":"transfers"', '"x":"seed"'));
    assertEquals((await run("--merge $/x")).status, 0);
    assert((await Deno.readTextFile(`${folder}/x/sweep.svg`)).includes(">seed</text>"));
    const { out } = await run("grid.json --merge $/x");
    assert(!out.includes("ran") && (await Deno.readTextFile(`${folder}/x/sweep.svg`)).includes(">transfers</text>"));
    assert((await run("grid.json --out $/x")).out.startsWith("shard 1/1: 0 points ran, 12 were finished before\n"));
  });
});

Deno.test("what is finished does not run again, and a first line that was cut off begins anew", async () => {
  await inFolder(async (run, folder) => {
    await run("grid.json --out $/x --shard 1/4");
    const before = await Deno.readTextFile(`${folder}/x/shard-1-of-4.points.jsonl`);
    assertEquals(
      (await run("grid.json --out $/x --shard 1/4")).out,
      "shard 1/4: 0 points ran, 3 were finished before\n",
    );
    assertEquals(await Deno.readTextFile(`${folder}/x/shard-1-of-4.points.jsonl`), before);
    await Deno.writeTextFile(`${folder}/x/shard-1-of-4.points.jsonl`, before.slice(0, 20));
    assertEquals((await run("grid.json --out $/x --shard 1/4")).out, "shard 1/4: 3 points ran\n");
    assertEquals(await Deno.readTextFile(`${folder}/x/shard-1-of-4.points.jsonl`), before);
  });
});

Deno.test("Slurm arrays and indexed Kubernetes jobs say which shard it is; what they leave open is one sentence", async () => {
  const slurm = { SLURM_ARRAY_TASK_ID: "7", SLURM_ARRAY_TASK_COUNT: "4", SLURM_ARRAY_TASK_MIN: "5" };
  const expected: readonly (readonly [environment: Record<string, string>, begins: string])[] = [
    [slurm, "shard 3/4: 3 points ran"],
    [{ ...slurm, SLURM_ARRAY_TASK_ID: "9", SLURM_ARRAY_TASK_STEP: "4" }, "shard 2/4: 3 points ran"],
    [{ SLURM_ARRAY_TASK_ID: "7" }, "Cannot tell the shard from SLURM_ARRAY_TASK_ID 7: expected SLURM_ARRAY_TASK_COUNT"],
    [{ ...slurm, SLURM_ARRAY_TASK_ID: "9" }, "Cannot tell the shard from SLURM_ARRAY_TASK_ID 9"],
    [{ JOB_COMPLETION_INDEX: "0", JOB_COMPLETIONS: "6" }, "shard 1/6: 2 points ran"],
    [{ JOB_COMPLETION_INDEX: "0" }, "Cannot tell the shard from JOB_COMPLETION_INDEX 0: expected JOB_COMPLETIONS"],
  ];
  await inFolder(async (run) => {
    for (const [index, [environment, begins]] of expected.entries()) {
      const { status, out, err } = await run(`grid.json --out $/${index}`, environment);
      assert((out + err).startsWith(begins), out + err);
      assertEquals(status, begins.startsWith("shard") ? 0 : 2);
    }
    assertEquals((await run("grid.json --out $/x --shard 2/2", slurm)).out, "shard 2/2: 6 points ran\n");
  });
});

Deno.test("every bad field of a grid is named by its path, with what it is and what was expected", async () => {
  const axes = { transfers: [8] };
  const expected: readonly (readonly [grid: unknown, sentence: string])[] = [
    ["{", 'Cannot read "grid.json": Expected'],
    [{ story: "bursts", axes }, 'grid.json: story is "bursts": expected one of eight-channels, burst'],
    [{ story: "burst" }, "grid.json: axes is missing: expected an object"],
    [{ story: "burst", axes: {} }, "grid.json: axes is {}: expected at least one option with its values"],
    [{ story: "burst", axes, more: 1 }, "grid.json: more is 1: expected one of the fields story, fixed, axes, plot"],
    [{ story: "burst", axes: { transfers: [] } }, "grid.json: axes.transfers is []: expected a list with at least one"],
    [
      { story: "burst", axes: { transfers: [8, 0] } },
      "grid.json: axes.transfers[1] is 0: expected a whole number from 1",
    ],
    [
      { story: "burst", axes: { transfers: [8, 8] } },
      "grid.json: axes.transfers[1] is 8: expected a value that is not in [0]",
    ],
    [
      { story: "burst", axes: { transfers: [null] } },
      "grid.json: axes.transfers[0] is null: expected a number, a text",
    ],
    [
      { story: "burst", axes: { transfers: { from: 1, to: 9, step: 0 } } },
      "grid.json: axes.transfers.step is 0: expected more than 0",
    ],
    [
      { story: "burst", axes: { transfers: { from: 3, to: 1, step: 1 } } },
      "grid.json: axes.transfers.to is 1: expected at least 3",
    ],
    [
      { story: "burst", axes: { transfers: { from: 3, to: 9 } } },
      "grid.json: axes.transfers.step is missing: expected a number",
    ],
    [
      { story: "burst", axes: { "map-registers": [8] } },
      "grid.json: axes.map-registers is [8]: expected one of the options strategy",
    ],
    [{ story: "burst", axes: { log: ["x"] } }, 'grid.json: axes.log is ["x"]: expected one of the options strategy'],
    [
      { story: "burst", axes, fixed: { transfers: 8 } },
      "grid.json: fixed.transfers is 8: expected nothing: it is an axis",
    ],
    [{ story: "burst", axes, fixed: { iommu: "yes" } }, 'grid.json: fixed.iommu is "yes": expected true or false'],
    [{ story: "burst", axes, fixed: { link: "gen9" } }, 'grid.json: fixed.link is "gen9": expected one of gen'],
    [
      { story: "burst", axes, plot: { z: "x" } },
      'grid.json: plot.z is "x": expected one of the fields x, y, lines, panels',
    ],
    [
      { story: "burst", axes: { transfers: { from: 1, to: 9e9, step: 1 } } },
      "grid.json: axes.transfers.step is 1: expected at most",
    ],
  ];
  for (const [grid, sentence] of expected) {
    await inFolder(async (run) => {
      const { status, out, err } = await run("grid.json --out $/x");
      assertEquals([status, out], [2, ""]);
      assert(/^[^\n]+\n$/.test(err) && err.startsWith(sentence), `${err}instead of ${sentence}`);
    }, grid);
  }
});

Deno.test("what cannot be understood or joined is one sentence and exit 2", async () => {
  await inFolder(async (run, folder) => {
    await run("grid.json --out $/half --shard 1/2");
    const path = `${folder}/half/shard-1-of-2.points.jsonl`;
    const text = await Deno.readTextFile(path);
    const write = async (name: string, content: string): Promise<void> => {
      await Deno.mkdir(`${folder}/${name}`);
      await Deno.writeTextFile(`${folder}/${name}/a.points.jsonl`, content);
    };
    await write("other", text.replace("300000", "300001"));
    await write("bent", text.replace('"rows"', '"row"'));
    await write("two", text);
    await Deno.writeTextFile(`${folder}/two/b.points.jsonl`, text.replace(/"simulatedNs":\d+/, '"simulatedNs":1'));
    await Deno.mkdir(`${folder}/empty`);
    const expected = {
      "grid.json": "Cannot sweep without a folder: expected --out DIR",
      "a b --out $/x": "Cannot sweep 2 grids: expected one GRID.json",
      "nowhere --out $/x": 'Cannot read "nowhere"',
      "grid.json --out $/x --shard 3/2": 'Cannot use "3/2" as --shard: expected i/n with i from 1 to n, such as 2/8',
      "grid.json --out $/x --shard 0/2": 'Cannot use "0/2" as --shard',
      "grid.json --out $/x --what": 'Cannot understand "--what"',
      "--shard 1/2 --merge $/x": "Cannot use --shard beside --merge: expected a folder and a grid",
      "grid.json --out $/x --merge $/x": "Cannot use --out beside --merge",
      "--out $/x": "Cannot sweep 0 grids: expected one GRID.json",
      "grid.json --merge $/other": 'Cannot join "$/other": $/other/a.points.jsonl is of another grid',
      "--merge $/nowhere": 'Cannot join "$/nowhere": ',
      "--merge $/empty": 'Cannot join "$/empty": no shard has left anything there',
      "--merge $/half": 'Cannot join "$/half": 6 of 12 points are missing, point 1 the first',
      "--merge $/bent": "Cannot read $/bent/a.points.jsonl, line 2: expected a point of the grid",
      "--merge $/two": 'Cannot join "$/two": point 0 has two results, one of them in $/two/b.points.jsonl',
      "grid.json --out $/other": 'Cannot go on in "$/other": $/other/a.points.jsonl is of another grid',
    };
    for (const [args, sentence] of Object.entries(expected)) {
      const { status, out, err } = await run(args);
      assertEquals([args, status, out], [args, 2, ""]);
      assert(/^[^\n]+\n$/.test(err) && err.startsWith(sentence), `${err}instead of ${sentence}`);
    }
  });
});

Deno.test("options that the story cannot carry out together stop the sweep and name the point", async () => {
  await inFolder(async (run) => {
    const { status, err } = await run("grid.json --out $/x");
    assertEquals(status, 2);
    assert(err.startsWith('Cannot run point 1, {"map-registers":8}: Cannot use "8" as --map-registers: '), err);
  }, { story: "registers", fixed: { engine: "table" }, axes: { "map-registers": [128, 8] } });
});

Deno.test("a bar on a terminal says how many points are done and how long the rest will take", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { host, heard } = listening({ "grid.json": new TextEncoder().encode(JSON.stringify(GRID)) });
    let nowMs = 0;
    const slow = { ...host, isTerminal: true, nowMs: () => nowMs += 60_000 };
    assertEquals(await sweep(["grid.json", "--out", folder], slow, () => undefined), 0);
    assert(/ 3 of 12 points, \d+ min left/.test(heard.err), heard.err);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
