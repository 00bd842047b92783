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
import type { LinkClient, LinkDirection } from "./link_direction.ts";
import { SIGNAL_WIRE_BYTES } from "./link.ts";
import type { Mover } from "./mover.ts";
import type { Notices } from "./notices.ts";
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
} from "./registers.ts";
import type { StreamEnd } from "./stream.ts";
import { encodePollWriteback, POLL_WRITEBACK_BYTES } from "./writeback.ts";

/** What an engine works with. */
export interface EngineWiring {
  readonly name: ChannelName;
  /** Index over all engines of the card, as in the IRQ block. */
  readonly index: number;
  /** Index within the direction. */
  readonly channel: number;
  readonly clock: VirtualClock;
  readonly memory: HostMemoryPort;
  readonly trace: Tracer;
  readonly notices: Notices;
  readonly faults: Faults;
  readonly interrupts: InterruptBlock;
  readonly direction: LinkDirection;
  readonly upwards: LinkDirection;
  readonly mover: Mover;
  readonly perf: PerfMonitor;
  /** From doorbell to interrupt, or -1: as the link has it. */
  readonly fixedNs: number;
  /** How long a C2H stream may be silent inside a descriptor; 0: for ever. */
  readonly flushTimeoutNs: () => number;
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

/** A closed loop that never comes back to its beginning must not hold the moment for ever. */
const ROUND_MAX = 2 ** 20;

const STATE_NAMES: readonly string[] = ["idle", "running", "stopping", "halted"];

/** One DMA channel of the card. */
export class Engine implements LinkClient, StreamEnd {
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
  readonly #direction: LinkDirection;
  readonly #channel: number;
  readonly #fixedNs: number;
  readonly #writeback: Uint8Array = new Uint8Array(POLL_WRITEBACK_BYTES);
  readonly #writebackView: DataView = new DataView(this.#writeback.buffer);
  #fetch!: DescriptorFetch;
  #control = 0;
  // Status bits 23:1; busy is the state's.
  #logged = 0;
  #completedCount = 0;
  #state: EngineState = IDLE;
  // The current descriptor: whether there is one, its control bits, from when its data moves, its place in the chain.
  #executing = false;
  #descriptorControl = 0;
  #readyNs = 0;
  #descriptorIndex = 0;
  // Fixed timing: the moment has not come yet; where this round of a closed loop began.
  #fixedPending = false;
  #roundAddress = -1;
  #roundCount = 0;
  // A completion is being held back by a fault.
  #heldBack = false;
  #restart = false;
  #wakePending = false;
  #pokePending = false;
  // A silent stream: what had come when the timeout began.
  #flushPending = false;
  #flushBytes = 0;
  #flushDescriptor = 0;
  #epoch = 0;

  constructor(wiring: EngineWiring) {
    this.#wiring = wiring;
    this.#clock = wiring.clock;
    this.#mover = wiring.mover;
    this.#direction = wiring.direction;
    this.#channel = wiring.channel;
    this.#fixedNs = wiring.fixedNs;
    this.perf = wiring.perf;
  }

  /** Gives the engine its fetch unit, which in turn calls {@link descriptorsArrived}. Once. */
  connect(fetch: DescriptorFetch): void {
    this.#fetch = fetch;
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
    this.#resume();
  }

  /** Bits of the common descriptor block for this channel. */
  setFetchControl(halted: boolean, creditMode: boolean): void {
    this.#fetch.halted = halted;
    this.#fetch.creditMode = creditMode;
    if (!creditMode) this.#fetch.credits = 0;
    this.#resume();
  }

  /** Back to reset values; whatever was under way is forgotten. */
  reset(): void {
    this.#epoch++;
    this.#fetch.stop();
    this.#fetch.credits = 0;
    this.#fetch.creditMode = false;
    this.#fetch.halted = false;
    this.#direction.withdraw(this.#channel);
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
    this.#settle();
  }

  // Run --------------------------------------------------------------------------------------------------------------

  #runSet(): void {
    if (this.#state === STOPPING) {
      // Undocumented; we start when the engine has come to rest, and name it.
      this.#restart = true;
      this.#wiring.notices.add(this.#wiring.name, "RunSetWhileStopping", "the engine was still busy");
      return;
    }
    this.#start();
  }

  #start(): void {
    this.#logged = 0;
    this.#completedCount = 0;
    this.#descriptorIndex = 0;
    this.#settle();
    this.#epoch++;
    this.#enter(RUNNING);
    this.perf.engineStarted(this.#clock.nowNs);
    this.#fetch.start(addressFromHalves(this.firstLow, this.firstHigh), this.firstAdjacent);
    if (this.#fixedNs < 0) {
      this.#fetch.pump();
    } else {
      this.#fixedPending = true;
      this.#clock.after(this.#fixedNs, this.#fixedMoment, this.#epoch);
    }
  }

  #runCleared(): void {
    this.#fetch.credits = 0;
    this.#restart = false;
    if (this.#state === HALTED) this.#enter(IDLE);
    if (this.#state !== RUNNING) return;
    this.#enter(STOPPING);
    if (this.#executing || this.#fixedPending) {
      this.#wiring.notices.add(
        this.#wiring.name,
        "RunClearedWhileBusy",
        `descriptor ${Math.max(0, this.#descriptorIndex - 1)} is still the engine's until busy = 0`,
      );
    }
    if (this.#executing && this.#mover.blocked) {
      // A stream that brings nothing more would keep the descriptor for ever. Undocumented; we let it go.
      this.#executing = false;
      this.#mover.finish();
    }
    // Requests outstanding keep the engine busy until they come back.
    if (!this.#executing && !this.#fixedPending && !this.#fetch.inFlight) this.#rest();
  }

  /** Credits or halt bits changed, or a stream moved. */
  #resume(): void {
    if (this.#state !== RUNNING || this.#fixedPending || this.#heldBack) return;
    if (this.#fixedNs < 0) this.#advance();
    else this.#runFixed();
    this.publish();
  }

  /** StreamEnd: runs a moment later, because the other end is in the middle of something. */
  streamMoved(): void {
    if (this.#pokePending || this.#state !== RUNNING || this.#fixedPending) return;
    this.#pokePending = true;
    this.#clock.after(0, this.#poked);
  }

  /** Write Flush Timeout (C2H streams): a descriptor that has something and hears nothing more is closed. */
  #awaitStream(): void {
    const flushNs = this.#wiring.flushTimeoutNs();
    if (this.#flushPending || flushNs === 0 || this.#mover.partialBytes === 0) return;
    this.#flushPending = true;
    this.#flushBytes = this.#mover.partialBytes;
    this.#flushDescriptor = this.#descriptorIndex;
    this.#clock.after(flushNs, this.#flushed, this.#epoch);
  }

  readonly #flushed = (epoch: number): void => {
    if (epoch !== this.#epoch) return;
    this.#flushPending = false;
    if (!this.#executing || this.#heldBack || !this.#mover.blocked) return;
    if (this.#flushDescriptor !== this.#descriptorIndex || this.#flushBytes !== this.#mover.partialBytes) {
      return this.#awaitStream();
    }
    this.#complete();
    this.#resume();
  };

  readonly #poked = (): void => {
    this.#pokePending = false;
    this.#resume();
  };

  // Timing by the link -----------------------------------------------------------------------------------------------

  /** The fetch came back. */
  descriptorsArrived(): void {
    this.#fetch.pump();
    this.#advance();
    this.publish();
  }

  /** Goes on until something has to be waited for: a fetch, the data's latency, or the link. */
  #advance(): void {
    while (!this.#executing) {
      if (this.#state === STOPPING) {
        if (!this.#fetch.inFlight) this.#rest();
        return;
      }
      if (this.#state !== RUNNING) return;
      if (this.#fetch.count === 0) {
        if (this.#fetch.errorBit !== 0) this.#fail(this.#fetch.errorBit);
        else this.#fetch.pump();
        return;
      }
      if (!this.#load()) return;
      this.#fetch.pump();
      if (this.#mover.remainingBytes === 0) this.#complete();
    }
    if (this.#clock.nowNs >= this.#readyNs) {
      this.#direction.request(this.#channel);
    } else if (!this.#wakePending) {
      this.#wakePending = true;
      this.#clock.at(this.#readyNs, this.#awake, this.#epoch);
    }
  }

  readonly #awake = (epoch: number): void => {
    if (epoch !== this.#epoch) return;
    this.#wakePending = false;
    this.#advance();
  };

  nextPieceBytes(): number {
    if (!this.#executing || this.#heldBack || this.#clock.nowNs < this.#readyNs) return 0;
    const lengthBytes = this.#mover.pieceBytes();
    if (lengthBytes === 0) this.#awaitStream();
    return lengthBytes;
  }

  pieceCarried(lengthBytes: number): void {
    this.#movePiece(lengthBytes);
    if (!this.#executing) this.#advance();
  }

  // Fixed timing -----------------------------------------------------------------------------------------------------

  readonly #fixedMoment = (epoch: number): void => {
    if (epoch !== this.#epoch) return;
    this.#fixedPending = false;
    this.#roundAddress = -1;
    this.#roundCount = 0;
    this.#runFixed();
    this.publish();
  };

  /** The whole chain in one moment. A chain that closes on itself takes the same time again for every round. */
  #runFixed(): void {
    while (!this.#fixedPending) {
      if (!this.#executing) {
        if (this.#state === STOPPING && this.#descriptorIndex > 0) return this.#rest();
        if (this.#state !== RUNNING && this.#state !== STOPPING) return;
        if (this.#fetch.count === 0) {
          if (this.#fetch.errorBit !== 0) return this.#fail(this.#fetch.errorBit);
          if (!this.#fetch.fetchNow()) return this.#state === STOPPING ? this.#rest() : undefined;
          continue;
        }
        if (this.#fetch.headAddress === this.#roundAddress || this.#roundCount === ROUND_MAX) {
          this.#fixedPending = true;
          this.#clock.after(this.#fixedNs, this.#fixedMoment, this.#epoch);
          return;
        }
        if (this.#roundAddress < 0) this.#roundAddress = this.#fetch.headAddress;
        if (!this.#load()) return;
        this.#roundCount++;
        if (this.#mover.remainingBytes === 0) this.#complete();
        continue;
      }
      const lengthBytes = this.#heldBack ? 0 : this.#mover.pieceBytes();
      if (lengthBytes === 0) return this.#awaitStream();
      this.#movePiece(lengthBytes);
    }
  }

  // One descriptor ---------------------------------------------------------------------------------------------------

  /** Takes the oldest fetched descriptor and checks it. False if it stopped the engine. */
  #load(): boolean {
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
      this.#note("IncorrectMagic", address, `found 0x${(control >>> 16).toString(16)}, expected 0xad4b`);
      this.#fail(STATUS_MAGIC_STOPPED);
      return false;
    }
    if (length > DESCRIPTOR_LENGTH_MAX) {
      this.#note("DescriptorLengthOverflow", address, `length 0x${length.toString(16)}: bits 31:28 are ignored`);
    }
    const lengthBytes = length & DESCRIPTOR_LENGTH_MAX;
    // Undocumented; we complete it at once and name it.
    if (lengthBytes === 0) this.#note("DescriptorLengthZero", address, "completes without moving anything");
    const refusal = this.#mover.begin(words, at, lengthBytes, this.#control);
    if (refusal !== 0) {
      if (refusal === STATUS_INVALID_LENGTH) this.#note("InvalidLength", address, `${lengthBytes} bytes`);
      if (refusal === STATUS_ALIGN_MISMATCH) this.#note("AlignMismatch", address, "fixed-address mode");
      this.#fail(refusal);
      return false;
    }
    this.#descriptorControl = control;
    this.#executing = true;
    this.#descriptorIndex++;
    return true;
  }

  #movePiece(lengthBytes: number): void {
    const mover = this.#mover;
    if (this.#wiring.faults.any && lengthBytes === mover.remainingBytes && this.#signals()) {
      const delayNs = this.#wiring.faults.take("statusBeforeData", this.#wiring.index);
      if (delayNs >= 0) {
        this.#note("FaultInjected", -1, `statusBeforeData: the last ${lengthBytes} bytes come ${delayNs} ns late`);
        this.#clock.after(delayNs, mover.moveLater(lengthBytes));
        this.#complete();
        return;
      }
    }
    const failure = mover.move(lengthBytes);
    if (failure !== 0) {
      const wrote = (failure & (3 << 14)) !== 0;
      this.#note(wrote ? "DataWriteFailed" : "DataReadFailed", -1, `status bit ${31 - Math.clz32(failure)}`);
      this.#fail(failure);
      return;
    }
    this.perf.moved(lengthBytes);
    if (mover.remainingBytes === 0) this.#complete();
  }

  /** This descriptor will make itself heard. */
  #signals(): boolean {
    return (this.#descriptorControl & (CONTROL_STOP | CONTROL_COMPLETED)) !== 0;
  }

  #complete(): void {
    if (this.#wiring.faults.any && this.#signals()) {
      const delayNs = this.#wiring.faults.take("lateStatus", this.#wiring.index);
      if (delayNs >= 0) {
        this.#note("FaultInjected", -1, `lateStatus: status and count come ${delayNs} ns after the interrupt`);
        this.#heldBack = true;
        this.#clock.after(delayNs, this.#lateCompletion, this.#epoch);
        this.#wiring.interrupts.sendForChannel(this.#wiring.index);
        return;
      }
    }
    this.#completeNow();
  }

  readonly #lateCompletion = (epoch: number): void => {
    if (epoch !== this.#epoch) return;
    this.#heldBack = false;
    this.#completeNow();
    if (this.#fixedNs < 0) this.#advance();
    else this.#runFixed();
    this.publish();
  };

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

  /** Stops on an error. Also written back, so that a driver that polls sees bit 31 (undocumented, drivers expect it). */
  #fail(bit: number): void {
    this.#executing = false;
    this.#fetch.stop();
    this.#log(bit);
    this.#writeBack();
    this.#comeToHalt();
  }

  #comeToHalt(): void {
    // Run may have been cleared meanwhile: then the engine is idle, not halted, and says that it stopped.
    if (this.#state === STOPPING) this.#rest();
    else this.#enter(HALTED);
  }

  #rest(): void {
    this.#executing = false;
    this.#fetch.stop();
    this.#log(STATUS_IDLE_STOPPED);
    this.#enter(IDLE);
    if (this.#restart) {
      this.#restart = false;
      this.#start();
    }
  }

  // Small things -----------------------------------------------------------------------------------------------------

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
    if (this.#fixedNs < 0) this.#wiring.upwards.charge(SIGNAL_WIRE_BYTES);
  }

  publish(): void {
    this.#wiring.interrupts.setChannel(this.#wiring.index, (this.#logged & this.interruptMask) !== 0);
  }

  #settle(): void {
    this.#executing = false;
    this.#fixedPending = false;
    this.#heldBack = false;
    this.#restart = false;
    this.#wakePending = false;
    this.#flushPending = false;
  }

  #enter(state: EngineState): void {
    this.#state = state;
    const { trace, name } = this.#wiring;
    if (!trace.on) return;
    trace.emit({
      kind: "engine",
      atNs: this.#clock.nowNs,
      channel: name,
      state: STATE_NAMES[state]!,
      completedCount: this.#completedCount,
    });
  }

  #note(notice: Parameters<Notices["add"]>[1], address: number, details: string): void {
    const where = address < 0 ? `descriptor ${this.#descriptorIndex - 1}` : `descriptor ${this.#descriptorIndex}`;
    const at = address < 0 ? "" : ` at ${hex(address)}`;
    this.#wiring.notices.add(this.#wiring.name, notice, `${where}${at}: ${details}`);
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
