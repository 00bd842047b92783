/** IoGetDmaAdapter and its obsolete relative: an adapter begins, with what its description says. */
import { counted } from "./counted.ts";
import type { LogFinding } from "./finding.ts";
import type { CallLine, Fields } from "./log_line.ts";
import { count, flag, pointer } from "./values.ts";
import type { World } from "./world.ts";

/** From this size down, a MaximumLength is taken for that of a PCIe packet. */
const TLP_BYTES = 512;
const NEWEST_VERSION = 3;

/** IoGetDmaAdapter. */
export function ioGetDmaAdapter(world: World, line: CallLine): void {
  const { judge } = world;
  const description = (line.args.DeviceDescription ?? {}) as Fields;
  const version = count(description.Version);
  const at = pointer(line.ret);
  const resource = at === null ? "adapter NULL" : `adapter 0x${at}`;
  const site = { call: line.name, resource, since: null, byItself: true };
  if (version !== null && version > NEWEST_VERSION) {
    judge.report("BadDescriptionVersion", { ...site, details: `Version is ${version}` });
  }
  const maximumLength = count(description.MaximumLength);
  if (at === null) return;
  world.obtainAdapter(at, {
    adopted: false,
    version,
    mapRegisters: count(line.out.NumberOfMapRegisters) ?? Infinity,
    maximumLength,
    master: flag(description.Master),
    addressWidth: widthOf(description, version),
    lint: judgeMaximumLength(world, line.name, resource, maximumLength),
    ofEnabler: null,
  });
}

/** The lint for a MaximumLength that is that of a packet; nothing has failed yet, so it is a warning. */
export function judgeMaximumLength(
  world: World,
  call: string,
  resource: string,
  maximumLength: number | null,
): LogFinding | null {
  if (maximumLength === null || maximumLength > TLP_BYTES) return null;
  const details = `MaximumLength is ${counted(maximumLength, "byte")}`;
  return world.judge.report("MaxLengthLooksLikeTlp", { call, resource, since: null, details, severity: "warning" });
}

/** HalGetAdapter. */
export function halGetAdapter(world: World, { name: call, ret }: CallLine): void {
  const at = pointer(ret);
  const resource = at === null ? "adapter NULL" : `adapter 0x${at}`;
  world.judge.report("ObsoleteHalGetAdapter", { call, resource, since: null });
  if (at !== null) world.obtainAdapter(at);
}

/** The device's address bits, as the description of its version says them; null where it does not. */
function widthOf(description: Fields, version: number | null): number | null {
  if (version === NEWEST_VERSION) return count(description.DmaAddressWidth);
  if (flag(description.Dma64BitAddresses) === true) return 64;
  return flag(description.Dma32BitAddresses) === true && flag(description.Dma64BitAddresses) === false ? 32 : null;
}

/** GetDmaAdapterInfo: the HAL may say that the driver may bypass the API. */
export function adapterInfo({ out }: CallLine): boolean {
  const { Flags } = out;
  const info = out.AdapterInfo as Fields | undefined;
  const flags = count(Flags) ?? count(typeof info === "object" && info !== null ? info.Flags : null);
  return flags !== null && (flags & 2) !== 0;
}
