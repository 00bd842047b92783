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
import type { VirtualClock } from "../clock.ts";
import {
  CONTROL_COMPLETED,
  CONTROL_STOP,
  DESCRIPTOR_LENGTH_MAX,
  DESCRIPTOR_MAGIC,
  WORD_CONTROL,
  WORD_LENGTH,
} from "./descriptor.ts";
import type { EngineVoice } from "./engine_voice.ts";
import type { Faults } from "./faults.ts";
import type { DescriptorFetch } from "./fetch.ts";
import type { Mover } from "./mover.ts";
import { hex } from "./notices.ts";
import type { NoticeName } from "./notices.ts";
import type { Pace, PacedEngine } from "./pace.ts";
import type { PerfMonitor } from "./perf.ts";
import {
  CONTROL_BITS,
  CONTROL_RUN,
  STATUS_BUSY,
  STATUS_DESCRIPTOR_COMPLETED,
  STATUS_DESCRIPTOR_STOPPED,
  STATUS_IDLE_STOPPED,
  STATUS_INVALID_LENGTH,
  STATUS_MAGIC_STOPPED,
  STATUS_WRITE_ERROR_SHIFT,
} from "./registers.ts";
import type { EngineReport } from "./report.ts";

/** What an engine is made of. */
export interface EngineParts {
  /** Index over all engines of the card, as in the IRQ block. */
  readonly index: number;
  readonly clock: VirtualClock;
  readonly faults: Faults;
  readonly fetch: DescriptorFetch;
  readonly mover: Mover;
  readonly perf: PerfMonitor;
  readonly report: EngineReport;
  readonly voice: EngineVoice;
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

/** One DMA channel of the card. */
export class Engine implements PacedEngine {
  /** Where descriptors come from, with the SGDMA registers. */
  readonly fetch: DescriptorFetch;
  /** Status, count, write-back and interrupt source. */
  readonly report: EngineReport;
  /** Performance monitor. */
  readonly perf: PerfMonitor;
  readonly #index: number;
  readonly #clock: VirtualClock;
  readonly #faults: Faults;
  readonly #mover: Mover;
  readonly #voice: EngineVoice;
  #pace!: Pace;
  #control = 0;
  #state: EngineState = IDLE;
  // The current descriptor: whether there is one, its control word and address, from when its data moves; and how many
  // this run has taken.
  #executing = false;
  #descriptorControl = 0;
  #descriptorAddress = 0;
  #readyNs = 0;
  #takenCount = 0;
  // A completion is being held back by a fault.
  #heldBack = false;
  // Run was set again while stopping.
  #restart = false;
  // Moments scheduled before a new run or a reset are void.
  #epoch = 0;

  constructor(parts: EngineParts) {
    this.#index = parts.index;
    this.#clock = parts.clock;
    this.#faults = parts.faults;
    this.#mover = parts.mover;
    this.#voice = parts.voice;
    this.fetch = parts.fetch;
    this.perf = parts.perf;
    this.report = parts.report;
  }

  /** Gives the engine its pace, which knows the engine itself. Once. */
  connect(pace: Pace): void {
    this.#pace = pace;
  }

  // Registers --------------------------------------------------------------------------------------------------------

  /** Control register. */
  get control(): number {
    return this.#control;
  }

  /** Status register, busy included. */
  get status(): number {
    return this.report.logged | (this.#state === RUNNING || this.#state === STOPPING ? STATUS_BUSY : 0);
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
    this.report.logged &= ~bits;
    this.publish();
  }

  /** Back to reset values; whatever was under way is forgotten. */
  reset(): void {
    this.#forget();
    this.fetch.reset();
    this.perf.reset();
    this.report.reset();
    this.#control = 0;
    this.#state = IDLE;
  }

  // Run --------------------------------------------------------------------------------------------------------------

  #runSet(): void {
    if (this.#state !== STOPPING) return this.#start();
    // Undocumented; we start when the engine has come to rest, and name it.
    this.#restart = true;
    this.#note("RunSetWhileStopping", "the engine starts again when it has come to rest");
  }

  #start(): void {
    this.#forget();
    this.report.beginRun();
    this.#takenCount = 0;
    this.#enter(RUNNING);
    this.perf.engineStarted(this.#clock.nowNs);
    this.fetch.start();
    this.#pace.begin();
  }

  #runCleared(): void {
    this.fetch.credits = 0;
    this.#restart = false;
    if (this.#state === HALTED) this.#enter(IDLE);
    if (this.#state !== RUNNING) return;
    this.#enter(STOPPING);
    if (this.#executing && this.#mover.blocked) {
      // A stream that brings nothing more would keep the descriptor for ever. Undocumented; we let it go.
      this.#executing = false;
      this.#mover.finish();
    }
    if (!this.#executing && !this.#pace.isWaiting) return this.rest();
    this.#note("RunClearedWhileBusy", "the engine still owns memory; free none before busy = 0");
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
    // 1. Out of the FIFO.
    const { fetch } = this;
    const words = fetch.words;
    const at = fetch.headWord;
    const control = words[at + WORD_CONTROL]!;
    const length = words[at + WORD_LENGTH]!;
    this.#descriptorControl = control;
    this.#descriptorAddress = fetch.headAddress;
    this.#readyNs = fetch.headReadyNs;
    this.#voice.descriptor(words, at, this.#descriptorAddress);
    this.#takenCount++;
    fetch.shift();
    // 2. Check the magic, and what the mover cannot take.
    if (control >>> 16 !== DESCRIPTOR_MAGIC) {
      this.#note("IncorrectMagic", `found ${hex(control >>> 16)}, expected ${hex(DESCRIPTOR_MAGIC)}`);
      this.fail(STATUS_MAGIC_STOPPED);
      return false;
    }
    if (length > DESCRIPTOR_LENGTH_MAX) {
      this.#note("DescriptorLengthOverflow", `length ${hex(length)}: bits 31:28 are ignored`);
    }
    const lengthBytes = length & DESCRIPTOR_LENGTH_MAX;
    const refusal = this.#mover.begin(words, at, lengthBytes, this.#control);
    if (refusal !== 0) {
      const name = refusal === STATUS_INVALID_LENGTH ? "InvalidLength" : "AlignMismatch";
      this.#note(name, `length ${lengthBytes}`);
      this.fail(refusal);
      return false;
    }
    // 3. It is the current one.
    this.#executing = true;
    if (lengthBytes === 0) {
      // Undocumented; we complete it at once and name it.
      this.#note("DescriptorLengthZero", "completes without moving anything");
      this.#complete();
    }
    return true;
  }

  nextPieceBytes(): number {
    return this.#mover.pieceBytes();
  }

  movePiece(lengthBytes: number): void {
    const mover = this.#mover;
    if (this.#faults.any && lengthBytes === mover.remainingBytes && this.#isStatusEarly(lengthBytes)) return;
    const failure = mover.move(lengthBytes);
    if (failure !== 0) {
      const isWrite = (failure & (3 << STATUS_WRITE_ERROR_SHIFT)) !== 0;
      this.#note(isWrite ? "DataWriteFailed" : "DataReadFailed", `status bit ${31 - Math.clz32(failure)}`);
      return this.fail(failure);
    }
    this.perf.moved(lengthBytes);
    if (mover.remainingBytes === 0) this.#complete();
  }

  fail(statusBit: number): void {
    this.#executing = false;
    this.fetch.stop();
    this.report.log(statusBit, this.#control);
    // Undocumented; drivers that poll expect to see bit 31.
    this.report.writeBack(this.#control);
    this.#comeToHalt();
  }

  rest(): void {
    this.#executing = false;
    this.fetch.stop();
    this.report.log(STATUS_IDLE_STOPPED, this.#control);
    this.#enter(IDLE);
    if (!this.#restart) return;
    this.#restart = false;
    this.#start();
  }

  publish(): void {
    this.report.publish();
  }

  // Completion -------------------------------------------------------------------------------------------------------

  #complete(): void {
    if (!this.#faults.any || !this.#isStatusLate()) this.#completeNow();
  }

  #completeNow(): void {
    const control = this.#descriptorControl;
    this.#executing = false;
    this.report.count();
    this.#mover.finish();
    if ((control & CONTROL_COMPLETED) !== 0) {
      this.report.log(STATUS_DESCRIPTOR_COMPLETED, this.#control);
      // PG195 also wants ie_descriptor_completed here, but drivers clear that bit in poll mode and rely on the write.
      this.report.writeBack(this.#control);
    }
    if ((control & CONTROL_STOP) !== 0) {
      this.report.log(STATUS_DESCRIPTOR_STOPPED, this.#control);
      this.fetch.stop();
      this.perf.stopDescriptorDone(this.#clock.nowNs);
      this.#comeToHalt();
    }
  }

  #comeToHalt(): void {
    // Run may have been cleared meanwhile: then the engine is idle, not halted, and says that it stopped.
    if (this.#state === STOPPING) this.rest();
    else this.#enter(HALTED);
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
    this.report.interruptEarly();
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
    const delayNs = this.#faults.take(fault, this.#index);
    if (delayNs >= 0) this.#note("FaultInjected", `${fault}: ${delayNs} ns`);
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
    this.#voice.state(STATE_NAMES[state]!, this.report.completedCount);
  }

  /** A notice about the descriptor taken last. */
  #note(notice: NoticeName, details: string): void {
    this.#voice.note(notice, Math.max(0, this.#takenCount - 1), this.#descriptorAddress, details);
  }
}
