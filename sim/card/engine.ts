/**
 * One H2C or C2H engine. The story of one descriptor (PG195, "DMA Operations"; register names as there):
 *
 *  1. The driver writes the first descriptor's address and adjacent count (SGDMA 0x80, 0x84, 0x88), then sets
 *     Control.Run (0x04). On the rising edge Status 23:1 and the completed count become 0 and busy becomes 1.
 *  2. The fetch asks host memory for the first block: up to 1 + adjacent descriptors, MRRS bytes a request. While these
 *     are worked on, the next request is already on its way.
 *  3. A descriptor is checked when its turn comes: magic (Status bit 4), length (bit 5, streams), alignment (bit 3,
 *     fixed-address mode). A failed fetch is one of bits 23:19. Each stops the engine; the count does not move.
 *  4. Its data becomes movable one read latency (H2C) or write latency (C2H) after the descriptor arrived. From then on
 *     it queues for its direction of the link, in pieces that end at 4 KiB boundaries of host memory.
 *  5. Each piece moves straight between host and card memory. A failed read is one of bits 13:9, a failed card write
 *     (H2C) one of bits 15:14. Host writes (C2H) are posted: their failure is nobody's news.
 *  6. When the last piece has arrived: completed count + 1. With Completed set: Status bit 2, and the count is written
 *     back if Control.pollmode_wb_enable is set. With Stop set: Status bit 1, busy becomes 0, Run stays 1.
 *  7. Only then the interrupt source follows Status AND the interrupt enable mask, so whoever hears the interrupt finds
 *     busy clear and data and write-back in host memory.
 *  8. Clearing Run while busy finishes the current descriptor, drops what was fetched beyond it, clears busy and logs
 *     bit 6. To go again, Run must be cleared and set.
 *
 * The ie bits of Control decide what is logged into Status. Whether errors stop the engine while their ie bits are 0 is
 * undocumented; we stop silently.
 */
import type { ChannelName, Tracer } from "../../trace/event.ts";
import type { VirtualClock } from "../clock.ts";
import type { HostMemoryPort } from "../ports.ts";
import { addressFromHalves } from "../units.ts";
import {
  CONTROL_COMPLETED,
  CONTROL_STOP,
  DESCRIPTOR_LENGTH_MAX,
  DESCRIPTOR_MAGIC,
  WORD_CONTROL,
  WORD_DESTINATION,
  WORD_LENGTH,
  WORD_SOURCE,
} from "./descriptor.ts";
import type { Faults } from "./faults.ts";
import { hex } from "./fetch.ts";
import type { DescriptorFetch } from "./fetch.ts";
import type { InterruptBlock } from "./interrupts.ts";
import type { LinkDirection } from "./link_direction.ts";
import { SIGNAL_WIRE_BYTES } from "./link.ts";
import type { Mover } from "./mover.ts";
import type { NoticeName, Notices } from "./notices.ts";
import type { Pace, PacedEngine } from "./pace.ts";
import type { PerfMonitor } from "./perf.ts";
import {
  CONTROL_BITS,
  CONTROL_POLLMODE_WB,
  CONTROL_RUN,
  STATUS_ALIGN_MISMATCH,
  STATUS_BUSY,
  STATUS_DESCRIPTOR_COMPLETED,
  STATUS_DESCRIPTOR_STOPPED,
  STATUS_ERROR_BITS,
  STATUS_IDLE_STOPPED,
  STATUS_INVALID_LENGTH,
  STATUS_LOGGED_BITS,
  STATUS_MAGIC_STOPPED,
  STATUS_WRITE_ERROR_SHIFT,
} from "./registers.ts";
import { encodePollWriteback, POLL_WRITEBACK_BYTES } from "./writeback.ts";

/** What an engine works with. */
export interface EngineWiring {
  readonly name: ChannelName;
  /** Index over all engines of the card, as in the IRQ block. */
  readonly index: number;
  readonly clock: VirtualClock;
  readonly memory: HostMemoryPort;
  readonly trace: Tracer;
  readonly notices: Notices;
  readonly faults: Faults;
  readonly interrupts: InterruptBlock;
  readonly mover: Mover;
  readonly perf: PerfMonitor;
  /** Where write-backs take their share of the wire; null if time is not the link's. */
  readonly upwards: LinkDirection | null;
}

/** Nothing to do; Run is 0. */
const IDLE = 0;
/** Fetching and executing. */
const RUNNING = 1;
/** Run was cleared; the current descriptor is being finished. */
const STOPPING = 2;
/** At rest after Stop or an error; Run is still 1. */
const HALTED = 3;
type EngineState = typeof IDLE | typeof RUNNING | typeof STOPPING | typeof HALTED;

const STATE_NAMES: readonly string[] = ["idle", "running", "stopping", "halted"];
const NO_ADDRESS = -1;

/** One DMA channel of the card. */
export class Engine implements PacedEngine {
  /** Interrupt Enable Mask register. */
  interruptMask = 0;
  /** First descriptor address, low half. Persists over transfers. */
  firstLow = 0;
  /** First descriptor address, high half. */
  firstHigh = 0;
  /** First descriptor adjacent. */
  firstAdjacent = 0;
  /** Poll-mode write-back address, low half. */
  writebackLow = 0;
  /** Poll-mode write-back address, high half. */
  writebackHigh = 0;
  /** Performance monitor. */
  readonly perf: PerfMonitor;
  readonly #wiring: EngineWiring;
  readonly #clock: VirtualClock;
  readonly #mover: Mover;
  readonly #writeback: Uint8Array = new Uint8Array(POLL_WRITEBACK_BYTES);
  readonly #writebackView: DataView = new DataView(this.#writeback.buffer);
  #fetch!: DescriptorFetch;
  #pace!: Pace;
  #control = 0;
  // Status bits 23:1; busy is the state's.
  #logged = 0;
  #completedCount = 0;
  #state: EngineState = IDLE;
  // The current descriptor: whether there is one, its control word, from when its data moves; how many were taken.
  #executing = false;
  #descriptorControl = 0;
  #readyNs = 0;
  #takenCount = 0;
  // A completion is being held back by a fault.
  #heldBack = false;
  // Run was set again while stopping.
  #restart = false;
  // A change of Run makes moments scheduled before it void.
  #epoch = 0;

  constructor(wiring: EngineWiring) {
    this.#wiring = wiring;
    this.#clock = wiring.clock;
    this.#mover = wiring.mover;
    this.perf = wiring.perf;
  }

  /** Gives the engine its fetch unit and its pace, which know the engine themselves. Once. */
  connect(fetch: DescriptorFetch, pace: Pace): void {
    this.#fetch = fetch;
    this.#pace = pace;
  }

  // Registers --------------------------------------------------------------------------------------------------------

  /** Control register. */
  get control(): number {
    return this.#control;
  }

  /** Status register, busy included. */
  get status(): number {
    return this.#logged | (this.#state === RUNNING || this.#state === STOPPING ? STATUS_BUSY : 0);
  }

  /** Completed Descriptor Count register. */
  get completedCount(): number {
    return this.#completedCount;
  }

  /** Descriptor Credits register. */
  get credits(): number {
    return this.#fetch.credits;
  }

  /** Writes Control. Only edges of Run do something at once. */
  writeControl(value: number): void {
    const before = this.#control;
    this.#control = value & CONTROL_BITS;
    if (((before ^ value) & CONTROL_RUN) === 0) return;
    if ((value & CONTROL_RUN) !== 0) this.#runSet();
    else this.#runCleared();
    this.publish();
  }

  /** Clears Status bits (a write of ones to Status, or a read of the clearing alias). */
  clearStatus(bits: number): void {
    this.#logged &= ~bits;
    this.publish();
  }

  /** Adds to Descriptor Credits: 10 bits. Undocumented where it overflows; we stay at the largest value. */
  addCredits(count: number): void {
    if (!this.#fetch.creditMode) return;
    this.#fetch.credits = Math.min(0x3ff, this.#fetch.credits + (count & 0x3ff));
    this.resume();
  }

  /** Bits of the common descriptor block for this channel. */
  setFetchControl(halted: boolean, creditMode: boolean): void {
    this.#fetch.halted = halted;
    this.#fetch.creditMode = creditMode;
    if (!creditMode) this.#fetch.credits = 0;
    this.resume();
  }

  /** Back to reset values; whatever was under way is forgotten. */
  reset(): void {
    this.#forget();
    this.#fetch.stop();
    this.#fetch.credits = 0;
    this.#fetch.creditMode = false;
    this.#fetch.halted = false;
    this.interruptMask = 0;
    this.firstLow = 0;
    this.firstHigh = 0;
    this.firstAdjacent = 0;
    this.writebackLow = 0;
    this.writebackHigh = 0;
    this.perf.reset();
    this.#control = 0;
    this.#logged = 0;
    this.#completedCount = 0;
    this.#state = IDLE;
  }

  // Run --------------------------------------------------------------------------------------------------------------

  #runSet(): void {
    if (this.#state !== STOPPING) return this.#start();
    // Undocumented; we start when the engine has come to rest, and name it.
    this.#restart = true;
    this.#wiring.notices.add(this.#wiring.name, "RunSetWhileStopping", "the engine was still busy");
  }

  #start(): void {
    this.#forget();
    this.#logged = 0;
    this.#completedCount = 0;
    this.#takenCount = 0;
    this.#enter(RUNNING);
    this.perf.engineStarted(this.#clock.nowNs);
    this.#fetch.start(addressFromHalves(this.firstLow, this.firstHigh), this.firstAdjacent);
    this.#pace.begin();
  }

  #runCleared(): void {
    this.#fetch.credits = 0;
    this.#restart = false;
    if (this.#state === HALTED) this.#enter(IDLE);
    if (this.#state !== RUNNING) return;
    this.#enter(STOPPING);
    if (this.#executing) {
      const current = `descriptor ${this.#takenCount - 1} is the engine's until busy = 0`;
      this.#wiring.notices.add(this.#wiring.name, "RunClearedWhileBusy", current);
      // A stream that brings nothing more would keep the descriptor for ever. Undocumented; we let it go.
      if (!this.#mover.blocked) return;
      this.#executing = false;
      this.#mover.finish();
    }
    if (!this.#pace.isWaiting) this.rest();
  }

  /** Something from outside may let a waiting engine go on: credits, halt bits, a stream. */
  resume(): void {
    if (this.#state !== RUNNING || this.#heldBack) return;
    this.#pace.goOn();
    this.publish();
  }

  /** A stream has been silent too long in the middle of a descriptor, which is closed as it is. */
  closeDescriptor(): void {
    this.#complete();
    this.#pace.goOn();
    this.publish();
  }

  // What a pace asks -------------------------------------------------------------------------------------------------

  get isRunning(): boolean {
    return this.#state === RUNNING;
  }

  get isStopping(): boolean {
    return this.#state === STOPPING;
  }

  get isExecuting(): boolean {
    return this.#executing;
  }

  get takenCount(): number {
    return this.#takenCount;
  }

  get readyNs(): number {
    return this.#readyNs;
  }

  take(): boolean {
    const fetch = this.#fetch;
    const words = fetch.words;
    const at = fetch.headWord;
    const control = words[at + WORD_CONTROL]!;
    const length = words[at + WORD_LENGTH]!;
    const address = fetch.headAddress;
    if (this.#wiring.trace.on) this.#traceDescriptor(words, at, address);
    this.#readyNs = fetch.headReadyNs;
    fetch.shift();
    if (control >>> 16 !== DESCRIPTOR_MAGIC) {
      this.#note("IncorrectMagic", address, `found ${hex(control >>> 16)}, expected ${hex(DESCRIPTOR_MAGIC)}`);
      this.fail(STATUS_MAGIC_STOPPED);
      return false;
    }
    if (length > DESCRIPTOR_LENGTH_MAX) {
      this.#note("DescriptorLengthOverflow", address, `length ${hex(length)}: bits 31:28 are ignored`);
    }
    const lengthBytes = length & DESCRIPTOR_LENGTH_MAX;
    const refusal = this.#mover.begin(words, at, lengthBytes, this.#control);
    if (refusal !== 0) {
      if (refusal === STATUS_INVALID_LENGTH) this.#note("InvalidLength", address, `${lengthBytes} bytes`);
      if (refusal === STATUS_ALIGN_MISMATCH) this.#note("AlignMismatch", address, "fixed-address mode");
      this.fail(refusal);
      return false;
    }
    this.#descriptorControl = control;
    this.#executing = true;
    this.#takenCount++;
    if (lengthBytes === 0) {
      // Undocumented; we complete it at once and name it.
      this.#note("DescriptorLengthZero", address, "completes without moving anything");
      this.#complete();
    }
    return true;
  }

  nextPieceBytes(): number {
    return this.#heldBack ? 0 : this.#mover.pieceBytes();
  }

  movePiece(lengthBytes: number): void {
    const mover = this.#mover;
    if (this.#wiring.faults.any && lengthBytes === mover.remainingBytes && this.#isStatusEarly(lengthBytes)) return;
    const failure = mover.move(lengthBytes);
    if (failure !== 0) {
      const isWrite = (failure & (3 << STATUS_WRITE_ERROR_SHIFT)) !== 0;
      this.#note(isWrite ? "DataWriteFailed" : "DataReadFailed", NO_ADDRESS, `status bit ${31 - Math.clz32(failure)}`);
      return this.fail(failure);
    }
    this.perf.moved(lengthBytes);
    if (mover.remainingBytes === 0) this.#complete();
  }

  fail(statusBit: number): void {
    this.#executing = false;
    this.#fetch.stop();
    this.#log(statusBit);
    // Undocumented; drivers that poll expect to see bit 31.
    this.#writeBack();
    this.#comeToHalt();
  }

  rest(): void {
    this.#executing = false;
    this.#fetch.stop();
    this.#log(STATUS_IDLE_STOPPED);
    this.#enter(IDLE);
    if (!this.#restart) return;
    this.#restart = false;
    this.#start();
  }

  publish(): void {
    this.#wiring.interrupts.setChannel(this.#wiring.index, (this.#logged & this.interruptMask) !== 0);
  }

  // Completion -------------------------------------------------------------------------------------------------------

  #complete(): void {
    if (!this.#wiring.faults.any || !this.#isStatusLate()) this.#completeNow();
  }

  #completeNow(): void {
    const control = this.#descriptorControl;
    this.#executing = false;
    this.#completedCount = (this.#completedCount + 1) >>> 0;
    this.#mover.finish();
    if ((control & CONTROL_COMPLETED) !== 0) {
      this.#log(STATUS_DESCRIPTOR_COMPLETED);
      // PG195 also wants ie_descriptor_completed here, but drivers clear that bit in poll mode and rely on the write.
      this.#writeBack();
    }
    if ((control & CONTROL_STOP) !== 0) {
      this.#log(STATUS_DESCRIPTOR_STOPPED);
      this.#fetch.stop();
      this.perf.stopDescriptorDone(this.#clock.nowNs);
      this.#comeToHalt();
    }
  }

  #comeToHalt(): void {
    // Run may have been cleared meanwhile: then the engine is idle, not halted, and says that it stopped.
    if (this.#state === STOPPING) this.rest();
    else this.#enter(HALTED);
  }

  /** Logs a Status bit if its ie bit is set: they stand at the same places. */
  #log(bit: number): void {
    this.#logged |= bit & this.#control & STATUS_LOGGED_BITS;
  }

  #writeBack(): void {
    if ((this.#control & CONTROL_POLLMODE_WB) === 0) return;
    const address = addressFromHalves(this.writebackLow, this.writebackHigh);
    if (address < 0) return;
    encodePollWriteback(this.#writebackView, this.#completedCount, (this.#logged & STATUS_ERROR_BITS) !== 0);
    this.#wiring.memory.write(address, this.#writeback, 0, POLL_WRITEBACK_BYTES);
    this.#wiring.upwards?.charge(SIGNAL_WIRE_BYTES);
  }

  // Faults -----------------------------------------------------------------------------------------------------------

  /** True if an injected fault reports this piece as done before it moves. */
  #isStatusEarly(lengthBytes: number): boolean {
    const delayNs = this.#takeFault("statusBeforeData");
    if (delayNs < 0) return false;
    this.#clock.after(delayNs, this.#mover.moveLater(lengthBytes));
    this.#complete();
    return true;
  }

  /** True if an injected fault interrupts now and completes later. */
  #isStatusLate(): boolean {
    const delayNs = this.#takeFault("lateStatus");
    if (delayNs < 0) return false;
    this.#heldBack = true;
    this.#clock.after(delayNs, this.#lateCompletion, this.#epoch);
    this.#wiring.interrupts.sendForChannel(this.#wiring.index);
    return true;
  }

  readonly #lateCompletion = (epoch: number): void => {
    if (epoch !== this.#epoch) return;
    this.#heldBack = false;
    this.#completeNow();
    this.#pace.goOn();
    this.publish();
  };

  /** Only descriptors that make themselves heard are an occasion. */
  #takeFault(fault: "statusBeforeData" | "lateStatus"): number {
    if ((this.#descriptorControl & (CONTROL_STOP | CONTROL_COMPLETED)) === 0) return -1;
    const delayNs = this.#wiring.faults.take(fault, this.#wiring.index);
    if (delayNs >= 0) this.#note("FaultInjected", NO_ADDRESS, `${fault}: ${delayNs} ns`);
    return delayNs;
  }

  // Small things -----------------------------------------------------------------------------------------------------

  #forget(): void {
    this.#epoch++;
    this.#executing = false;
    this.#heldBack = false;
    this.#restart = false;
    this.#pace.forget();
  }

  #enter(state: EngineState): void {
    this.#state = state;
    const { trace, name } = this.#wiring;
    if (!trace.on) return;
    const atNs = this.#clock.nowNs;
    trace.emit({
      kind: "engine",
      atNs,
      channel: name,
      state: STATE_NAMES[state]!,
      completedCount: this.#completedCount,
    });
  }

  /** A notice about the descriptor at `address` that is being taken, or about the current one. */
  #note(notice: NoticeName, address: number, details: string): void {
    const isTaken = address === NO_ADDRESS || this.#executing;
    const index = isTaken ? this.#takenCount - 1 : this.#takenCount;
    const place = address === NO_ADDRESS ? "" : ` at ${hex(address)}`;
    this.#wiring.notices.add(this.#wiring.name, notice, `descriptor ${index}${place}: ${details}`);
  }

  #traceDescriptor(words: Uint32Array, at: number, address: number): void {
    this.#wiring.trace.emit({
      kind: "descriptor",
      atNs: this.#clock.nowNs,
      channel: this.#wiring.name,
      address,
      control: words[at + WORD_CONTROL]!,
      lengthBytes: words[at + WORD_LENGTH]!,
      sourceAddress: addressFromHalves(words[at + WORD_SOURCE]!, words[at + WORD_SOURCE + 1]!),
      destinationAddress: addressFromHalves(words[at + WORD_DESTINATION]!, words[at + WORD_DESTINATION + 1]!),
    });
  }
}
