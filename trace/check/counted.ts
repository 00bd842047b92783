/** Numbers of things in sentences. */

/** `1 byte`, `8 bytes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
