/**
 * Steps 6 and 7 for four requests at a time. `6_dpc.ts` does the same one by one, and takes over where four neighbours
 * are not all ordinary.
 */
import { SUCCESS } from "./2_validate.ts";
import * as wasm from "./assembler.ts";
import type { WasmFunction } from "./assembler.ts";
import { ROW_MASK } from "./joint_table.ts";
import { EVENT_FINISH } from "./lives.ts";
import type { PathMemory } from "./slots.ts";

const { add, and, greater, less, multiply, or, shiftLeft, subtract } = wasm;
const { addFours, any, constant, laneOf, notBelowFours, notEqualFours, orFours, splat } = wasm;
const { forever, leaveIf, read, readFour, set, setFour, writeFour } = wasm;
const NEGATIVE = 0x8000_0000 | 0;

/** `drain(channel, from, to)` returns where it stopped. */
export function drainFours(memory: PathMemory): WasmFunction {
  const { slotRow, slotRequest, slotMoved, requestTable, requestStatus, requestInformation } = memory;
  const { slotCount, requestMask } = memory;
  const ringMask = slotCount - 1;

  return wasm.writeFunction("drain", ["channel", "from", "to"], ({ channel, from, to }, { words, fours }) => {
    const { position, slot, slotAt, request, requestAt, row } = words(
      ...["position", "slot", "slotAt", "request", "requestAt", "row"] as const,
    );
    const { rows, requests, moved } = fours("rows", "requests", "moved");

    return [
      set(position, from),
      forever(
        leaveIf(less(subtract(to, position), 4)),
        set(slot, and(position, ringMask)),
        leaveIf(greater(slot, ringMask - 3)),
        set(slotAt, shiftLeft(add(multiply(channel, slotCount), slot), 2)),
        setFour(rows, readFour(slotRow, slotAt)),
        setFour(requests, readFour(slotRequest, slotAt)),
        setFour(moved, readFour(slotMoved, slotAt)),
        set(request, laneOf(requests, 0)),
        leaveIf(greater(request, requestMask - 3)),
        // In the same state, next to each other in the request rows, and none of them failed.
        leaveIf(any(orFours(
          notEqualFours(rows, splat(laneOf(rows, 0))),
          orFours(
            notEqualFours(requests, addFours(splat(request), constant(0, 1, 2, 3))),
            notBelowFours(moved, splat(NEGATIVE)),
          ),
        ))),
        set(row, read(requestTable, shiftLeft(or(laneOf(rows, 0), EVENT_FINISH), 2))),
        leaveIf(greater(row, ROW_MASK)),
        writeFour(slotRow, slotAt, splat(row)),
        set(requestAt, shiftLeft(request, 2)),
        writeFour(requestInformation, requestAt, moved),
        writeFour(requestStatus, requestAt, splat(SUCCESS)),
        set(position, add(position, 4)),
      ),
      position,
    ];
  });
}
