/**
 * Steps 1 to 3 for four requests at a time. `1_dispatch.ts` does the same one by one, and takes over where four
 * neighbours are not all ordinary.
 */
import { ALIGNMENT_MASK, PENDING } from "./2_validate.ts";
import { LAST_DESCRIPTOR } from "./3_map.ts";
import * as wasm from "./assembler.ts";
import type { WasmFunction } from "./assembler.ts";
import { ROW_MASK } from "./joint_table.ts";
import { EVENT_DISPATCH } from "./lives.ts";
import { CONTROL_WORDS, DESCRIPTOR_WORDS, DIRECTION, FLAG_LOCKED, FLAG_WRITE } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

const { add, and, equal, greater, less, multiply, or, shiftLeft, subtract } = wasm;
const { addFours, andFours, any, choose, constant, notBelowFours, orFours, splat, subtractFours, xorFours } = wasm;
const { forever, leaveIf, read, readFour, set, setFour, writeFour, writeHalf } = wasm;
const { lowWords, highWords, lowHalves, highHalves } = wasm;

const DESTINATION = 4;

/** `fill(channel, position, firstRequest, count)` returns how many it took: a multiple of four. */
export function fillFours(memory: PathMemory): WasmFunction {
  const { requestFlags, requestLength, requestHostLow, requestHostHigh, requestCardLow, requestCardHigh } = memory;
  const { control, descriptors, slotRow, slotRequest, requestStatus, requestTable } = memory;
  const { arrivedRow, elementBytes, slotCount, requestMask } = memory;
  const ringMask = slotCount - 1;
  const stride = memory.descriptorsPerSlot * DESCRIPTOR_WORDS;

  return wasm.writeFunction("fill", ["channel", "position", "firstRequest", "count"], (given, { words, fours }) => {
    const { channel, position, firstRequest, count } = given;
    const { direction, taken, request, requestAt, slot, slotAt, listAt, row } = words(
      ...["direction", "taken", "request", "requestAt", "slot", "slotAt", "listAt", "row"] as const,
    );
    const { isWrite, length, hostLow, high, host01, host23, card01, card23, control01, control23 } = fours(
      ...["isWrite", "length", "hostLow", "high", "host01", "host23", "card01", "card23"] as const,
      ...["control01", "control23"] as const,
    );
    const source01 = choose(isWrite, host01, card01);
    const source23 = choose(isWrite, host23, card23);
    const destination01 = choose(isWrite, card01, host01);
    const destination23 = choose(isWrite, card23, host23);
    const flags = andFours(readFour(requestFlags, requestAt), splat(FLAG_WRITE | FLAG_LOCKED));

    return [
      set(direction, read(control, multiply(channel, CONTROL_WORDS * 4), DIRECTION)),
      setFour(isWrite, splat(subtract(0, equal(direction, FLAG_WRITE)))),
      forever(
        // Four more, next to each other in the request rows and in the ring.
        leaveIf(less(subtract(count, taken), 4)),
        set(request, and(add(firstRequest, taken), requestMask)),
        set(slot, and(add(position, taken), ringMask)),
        leaveIf(greater(request, requestMask - 3)),
        leaveIf(greater(slot, ringMask - 3)),
        set(requestAt, shiftLeft(request, 2)),
        // Step 2: each of them valid, and short enough for one descriptor.
        setFour(length, readFour(requestLength, requestAt)),
        setFour(hostLow, readFour(requestHostLow, requestAt)),
        leaveIf(any(orFours(
          notBelowFours(subtractFours(length, splat(1)), splat(elementBytes)),
          orFours(
            andFours(orFours(length, hostLow), splat(ALIGNMENT_MASK)),
            xorFours(flags, splat(or(direction, FLAG_LOCKED))),
          ),
        ))),
        // All of them have just arrived, so that one entry of the table is the entry of each.
        set(row, read(requestTable, 0, arrivedRow | EVENT_DISPATCH)),
        leaveIf(greater(row, ROW_MASK)),
        // Step 3: columns become lists.
        set(slotAt, shiftLeft(add(slot, multiply(channel, slotCount)), 2)),
        set(listAt, multiply(slotAt, stride)),
        setFour(high, readFour(requestHostHigh, requestAt)),
        setFour(host01, lowWords(hostLow, high)),
        setFour(host23, highWords(hostLow, high)),
        setFour(hostLow, readFour(requestCardLow, requestAt)),
        setFour(high, readFour(requestCardHigh, requestAt)),
        setFour(card01, lowWords(hostLow, high)),
        setFour(card23, highWords(hostLow, high)),
        setFour(control01, lowWords(splat(LAST_DESCRIPTOR), length)),
        setFour(control23, highWords(splat(LAST_DESCRIPTOR), length)),
        writeFour(descriptors, listAt, lowHalves(control01, source01)),
        writeFour(descriptors, listAt, highHalves(control01, source01), stride),
        writeFour(descriptors, listAt, lowHalves(control23, source23), 2 * stride),
        writeFour(descriptors, listAt, highHalves(control23, source23), 3 * stride),
        writeHalf(descriptors, listAt, destination01, 0, DESTINATION),
        writeHalf(descriptors, listAt, destination01, 1, stride + DESTINATION),
        writeHalf(descriptors, listAt, destination23, 0, 2 * stride + DESTINATION),
        writeHalf(descriptors, listAt, destination23, 1, 3 * stride + DESTINATION),
        writeFour(slotRow, slotAt, splat(row)),
        writeFour(slotRequest, slotAt, addFours(splat(request), constant(0, 1, 2, 3))),
        writeFour(requestStatus, requestAt, splat(PENDING)),
        set(taken, add(taken, 4)),
      ),
      taken,
    ];
  });
}
