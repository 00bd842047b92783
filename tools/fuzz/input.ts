/** Inputs that nobody should feed to the checker: random bytes, and logs in which something is broken. */
import { Prng } from "../../sim/prng.ts";
import { legalDriver } from "../perturb/legal_driver.ts";
import { replay } from "../perturb/replay.ts";

/** How an input came to be. */
export type Kind = "bytes" | "words" | "flipped" | "lines" | "values" | "linux";

/** One input. */
export interface FuzzInput {
  readonly kind: Kind;
  readonly bytes: Uint8Array;
}

const KINDS: readonly Kind[] = ["bytes", "words", "flipped", "lines", "values", "values", "linux"];
const LOGS = 40;

/** What calls, events and values are spelled with: enough to get past the first look of the parser. */
const WORDS = `{ } [ ] : , " null true false 0 1 -1 1e308 9007199254740993 0.5 "0x" "0xA1" "0xFFFFFFFFFFFFFFFF" "call"
  "event" "args" "ret" "out" "irql" "cpu" "t" "DmaAdapter" "Mdl" "Length" "Offset" "PutDmaAdapter" "IoGetDmaAdapter"
  "BuildScatterGatherListEx" "elements" "mdl" "next" "byteCount" "doorbell" "routine-enter" "adapter" "sgl" "__proto__"
  "constructor" "toString" "\\u0000" "\\ud800" "é" "STATUS_SUCCESS" "DISPATCH" "" \n \n \r\n # \ufeff dma_map_phys:
  dma_addr= sizes={ } [000] 1.5: cpus=2`.split(/ +/);

/** Values where others are expected, and the far ends of those that are. */
const VALUES: readonly string[] = [
  ...'null true false 0 1 -1 4095 4096 1e308 -1e308 9007199254740993 0.1 4294967296 [] {} [[]] [["0x1",0]]'.split(" "),
  ...`"" "0x0" "0x1" "0xFFFFFFFFFFFFFFFF" "0x10000000000000000" "PASSIVE" "DIRQL" "STATUS_PENDING" "KeepObject"`.split(
    " ",
  ),
  `"${"A".repeat(5000)}"`,
  "[".repeat(3000) + "]".repeat(3000),
];

const LINUX: readonly string[] = [
  "# tracer: nop",
  "   fio-1  [001] d..1.  1.000001: dma_map_phys: 0000:01:00.0 dir=DMA_TO_DEVICE dma_addr=fffff000 size=4096 attrs=",
  "   fio-1  [001] d..1.  1.000002: dma_unmap_phys: 0000:01:00.0 dir=DMA_TO_DEVICE dma_addr=fffff000 size=4096 attrs=",
  "   fio-1  [001] d..1.  1.000003: dma_map_sg: 0000:01:00.0 dir=DMA_FROM_DEVICE dma_addrs={0x1000,0x5000} " +
  "sizes={0x1000,0x800} phys_addrs={0x71000,0x75000} attrs=",
  "   fio-1  [001] d..1.  1.000004: dma_sync_single_for_cpu: 0000:01:00.0 dir=DMA_TO_DEVICE dma_addr=fffff000 size=1",
  "   fio-1  [001] d..1.  1.000005: dma_alloc: 0000:01:00.0 dir=DMA_BIDIRECTIONAL dma_addr=8000 size=8192 virt_addr=ff",
  "   fio-1  [001] d..1.  1.000006: dma_free: 0000:01:00.0 dir=DMA_BIDIRECTIONAL dma_addr=8000 size=8192 virt_addr=ff",
];

/** What no mutation is likely to draw: chains that bite their tail, counts without end, one key a thousand times. */
const NASTY: readonly string[] = [
  `{"event":"mdl","mdl":"0x51","startVa":"0x7000","byteOffset":0,"byteCount":0,"locked":true,"next":"0x51"}`,
  `{"event":"mdl","mdl":"0x51","startVa":"0x7000","byteOffset":0,"byteCount":1,"locked":true,"next":"0x51"}`,
  `{"call":"GetScatterGatherList","args":{"DmaAdapter":"0xA1","Mdl":"0x51","CurrentVa":"0x7000","Length":1e300}}`,
  `{"call":"CalculateScatterGatherList","args":{"DmaAdapter":"0xA1","Mdl":"0x51","CurrentVa":"0x7000","Length":1e15}}`,
  `{"call":"AllocateCommonBufferVector","args":{"DmaAdapter":"0xA1","NumberOfElements":1e300},"out":{"Vector":"0xE"}}`,
  `{"call":"FreeCommonBufferFromVector","args":{"DmaAdapter":"0xA1","Vector":"0xE","Index":1e299}}`,
  `{"call":"FreeCommonBufferVector","args":{"DmaAdapter":"0xA1","Vector":"0xE"}}`,
  `{"call":"PutDmaAdapter","args":{"DmaAdapter":"0xA1"}}`,
  `[1]`.repeat(2000),
  "   fio-1  [001] d..1.  1.000001: dma_map_sg: x dma_addrs={" + "0x1,".repeat(3000) + "} sizes={" +
  "1,".repeat(3000),
  "[1]".repeat(3000) + " 1.5",
  " dma_map_phys:".repeat(1000),
];

const logs: string[] = [];

/** The call log of a legal driver; a few are made once, and used again and again. */
function goodLog(number: number): string {
  return logs[number] ??= ((driver) => replay(driver, driver.steps).log)(legalDriver(number));
}

/** The input of a seed. */
export function fuzzInput(seed: number): FuzzInput {
  const random = new Prng(seed).fork("fuzz");
  const kind = random.pick(KINDS);
  return { kind, bytes: draw(kind, random) };
}

function draw(kind: Kind, random: Prng): Uint8Array {
  switch (kind) {
    case "bytes":
      return Uint8Array.from({ length: random.below(600) }, () => random.below(256));
    case "words":
      return encoded(Array.from({ length: random.below(120) }, () => random.pick(WORDS)).join(""));
    case "flipped": {
      const bytes = encoded(goodLog(random.below(LOGS)));
      for (let times = random.between(1, 20); times > 0; times--) bytes[random.below(bytes.length)] = random.below(256);
      return bytes.subarray(0, random.chance(0.5) ? bytes.length : random.below(bytes.length));
    }
    case "lines":
      return encoded(shuffledLines(goodLog(random.below(LOGS)).split("\n"), random).join(random.pick(["\n", "\r\n"])));
    case "values":
      return encoded(otherValues(goodLog(random.below(LOGS)), random));
    case "linux":
      return encoded(linux(random));
  }
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Lines lost, repeated, moved, cut, run together, and nasty ones between them. */
function shuffledLines(lines: string[], random: Prng): string[] {
  for (let times = random.between(1, 12); times > 0; times--) {
    const at = random.below(lines.length);
    const other = random.below(lines.length);
    const line = lines[at]!;
    switch (random.below(6)) {
      case 0:
        if (lines.length > 1) lines.splice(at, 1);
        break;
      case 1:
        lines.splice(other, 0, line);
        break;
      case 2:
        [lines[at], lines[other]] = [lines[other]!, line];
        break;
      case 3:
        lines[at] = line.slice(random.below(line.length + 1));
        break;
      case 4:
        lines[at] = line + lines[other]!;
        break;
      default:
        lines.splice(at, 0, random.pick(NASTY), random.pick(NASTY));
    }
  }
  return lines;
}

/** Some values of a log replaced by others, of the same type or not. */
function otherValues(log: string, random: Prng): string {
  const probability = random.pick([0.002, 0.01, 0.05, 0.2]);
  return log.replaceAll(
    /:("(?:[^"\\]|\\.)*"|-?\d[\d.e+]*|null|true|false)/g,
    (value) => random.chance(probability) ? `:${random.pick(VALUES)}` : value,
  );
}

function linux(random: Prng): string {
  const lines = Array.from({ length: random.below(30) }, () => random.pick(random.chance(0.05) ? NASTY : LINUX));
  const text = lines.join("\n");
  if (text === "" || random.chance(0.3)) return text;
  const at = random.below(text.length);
  return text.slice(0, at) + random.pick(WORDS) + text.slice(at + random.below(8));
}
