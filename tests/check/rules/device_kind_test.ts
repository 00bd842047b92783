/** Routines for one kind of device. */
import { build, BUILT, END, free, get, init, on, provokes, put, putAdapter, silent } from "../log.ts";

Deno.test("RoutineNotForDevice: system DMA's routines on a bus master, and the other way round", () => {
  for (const name of ["ReadDmaCounter", "ConfigureAdapterChannel", "CancelMappedTransfer"]) {
    const args = name === "CancelMappedTransfer" ? { DmaTransferContext: "0xC1" } : {};
    provokes("RoutineNotForDevice", [get(), init(), on(name, args), putAdapter()], { line: 3, since: 1 });
    silent([get({ Master: false }), init(), on(name, args), putAdapter()]);
  }
  const system = [get({ Master: false }), init(), build(), free(), put(), putAdapter()];
  provokes("RoutineNotForDevice", system, { line: 3, since: 1, verifier: null });
  silent([...BUILT, ...END]);
});
