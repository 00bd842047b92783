/**
 * Step 5 for four requests at a time. `5_interrupt.ts` does the same one by one, and takes over where four neighbours
 * are not all ordinary.
 *
 * What four have in common is looked up once: requests in the same state have the same entry in the table, and a busy
 * engine that may be restarted and is busy again has the same entry as often as it is restarted. Whether they are in
 * the same state is looked at for each of them, every time.
 */
import { LAST_DESCRIPTOR } from "./3_map.ts";
import * as wasm from "./assembler.ts";
import type { WasmFunction } from "./assembler.ts";
import { ROW_MASK } from "./joint_table.ts";
import { CHANNEL_RESTART, EVENT_DEVICE_DONE, EVENT_START } from "./lives.ts";
import { CHANNEL_ROW, CONTROL_WORDS, DESCRIPTOR_WORDS, DOORBELL } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

const { add, and, greater, less, multiply, notEqual, or, shiftLeft, subtract } = wasm;
const { any, laneOf, notEqualFours, splat, withLane } = wasm;
const { forever, leaveIf, leaveFromWhenIf, read, readFour, set, setFour, when, write, writeFour } = wasm;
const { lowWords, lowHalves, highHalves } = wasm;

/** `serve(channel, from, to)` returns where it stopped: at `to`, or with that request in the device, untouched. */
export function serveFours(memory: PathMemory): WasmFunction {
  const { control, descriptors, slotRow, slotMoved, requestTable, channelTable, slotCount } = memory;
  const ringMask = slotCount - 1;
  const stride = memory.descriptorsPerSlot * DESCRIPTOR_WORDS;

  return wasm.writeFunction("serve", ["channel", "from", "to"], ({ channel, from, to }, { words, fours }) => {
    const { base, wordAt, position, engine, row, slot, slotAt, listAt, done, queued } = words(
      ...["base", "wordAt", "position", "engine", "row", "slot", "slotAt", "listAt", "done", "queued"] as const,
    );
    const { rows, first01, first23 } = fours("rows", "first01", "first23");
    const entry = (of: wasm.Word, event: number) => read(requestTable, shiftLeft(or(of, event), 2));
    const rowAt = (at: wasm.Word) => shiftLeft(add(base, and(at, ringMask)), 2);
    const list = (number: number) => readFour(descriptors, listAt, number * stride);

    return [
      set(base, multiply(channel, slotCount)),
      set(wordAt, multiply(channel, CONTROL_WORDS * 4)),
      set(engine, read(control, wordAt, CHANNEL_ROW)),
      set(position, from),
      set(row, read(slotRow, rowAt(from))),
      forever(
        leaveIf(less(subtract(to, position), 4)),
        set(slot, and(position, ringMask)),
        leaveIf(greater(slot, ringMask - 3)),
        set(slotAt, shiftLeft(add(base, slot), 2)),
        // One in the device, whose row is known, and three behind it in the same state.
        setFour(rows, readFour(slotRow, slotAt)),
        set(queued, laneOf(rows, 1)),
        leaveIf(any(notEqualFours(withLane(rows, 0, queued), splat(queued)))),
        // Each of the three becomes what the first one is, and the engine is started again for each.
        leaveIf(notEqual(entry(queued, EVENT_START), row)),
        leaveIf(notEqual(read(channelTable, shiftLeft(or(engine, CHANNEL_RESTART), 2)), engine)),
        set(done, entry(row, EVENT_DEVICE_DONE)),
        leaveIf(greater(done, ROW_MASK)),
        // The engine fetches the descriptors: control words and lengths.
        set(listAt, multiply(slotAt, stride)),
        setFour(first01, lowWords(list(0), list(1))),
        setFour(first23, lowWords(list(2), list(3))),
        leaveIf(any(notEqualFours(lowHalves(first01, first23), splat(LAST_DESCRIPTOR)))),
        // The one behind them.
        when(
          notEqual(add(position, 4), to),
          leaveFromWhenIf(notEqual(entry(read(slotRow, rowAt(add(position, 4))), EVENT_START), row)),
        ),
        writeFour(slotMoved, slotAt, highHalves(first01, first23)),
        writeFour(slotRow, slotAt, splat(done)),
        write(control, wordAt, add(position, 2), DOORBELL),
        write(control, wordAt, add(position, 3), DOORBELL),
        write(control, wordAt, add(position, 4), DOORBELL),
        set(position, add(position, 4)),
        when(notEqual(position, to), write(control, wordAt, add(position, 1), DOORBELL)),
      ),
      // Its row is written here: a store of one word just before a load of four that holds it makes the load wait.
      when(and(notEqual(position, from), notEqual(position, to)), write(slotRow, rowAt(position), row)),
      position,
    ];
  });
}
