/** Figures with their units, as people read them. */

/** 1234567.8 → `1 234 567.8`: groups of three, and so many digits behind the point. */
export function grouped(value: number, digits = 0): string {
  const [whole = "", fraction] = value.toFixed(digits).split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, " ");
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

/** Virtual time in microseconds: `3 084.0 µs`; what would round to none of them in nanoseconds. */
export function microseconds(ns: number, digits = 1): string {
  if (ns > 0 && Number((ns / 1000).toFixed(digits)) === 0) return `${grouped(ns, Number.isInteger(ns) ? 0 : 1)} ns`;
  return `${grouped(ns / 1000, digits)} µs`;
}

/** Virtual time in milliseconds: `8.33 ms`. */
export function milliseconds(ns: number, digits = 2): string {
  return `${grouped(ns / 1e6, digits)} ms`;
}

/** A number of bytes in the largest binary unit of which it is at least one: `27.1 KiB`, `64 MiB`. */
export function binaryBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let power = 0;
  while (power < units.length - 1 && bytes >= 1024 ** (power + 1)) power++;
  const value = bytes / 1024 ** power;
  if (bytes === 1) return "1 byte";
  return `${Number.isInteger(value) ? grouped(value) : grouped(value, 1)} ${units[power]}`;
}

/** A rate in GB/s, 1e9 bytes a second, as link speeds are given. */
export function gigabytesPerSecond(bytesPerSecond: number, digits = 2): string {
  return `${grouped(bytesPerSecond / 1e9, digits)} GB/s`;
}

/** A share of one: `93.4 %`. */
export function percent(share: number, digits = 1): string {
  return `${grouped(share * 100, digits)} %`;
}

/** An address: `0x1_4fc0_0000`, in groups of four digits as debuggers write them. */
export function hex(address: number): string {
  return `0x${address.toString(16).replace(/\B(?=([\da-f]{4})+$)/g, "_")}`;
}

/** `1 request`, `24 requests`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}
