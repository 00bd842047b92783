/** One I/O request packet: a numbered row with its life. Windows DDI, IRP. */
import type { IrpEvent } from "../../machines/irp.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import type { Mdl } from "../../sim/memory/mdl.ts";
import type { ChannelName } from "../../trace/event.ts";
import type { Life } from "../life.ts";

/** The life of a request. */
export type IrpLife = Life<Record<string, never>, IrpEvent>;

/** What a request asks for. */
export interface IrpRequest {
  /** The buffer; null for a request without one. */
  readonly mdl: Mdl | null;
  /** First byte of the buffer that is meant. Default 0. */
  readonly offset?: number;
  /** Bytes to move. */
  readonly length: number;
  /** True: host to card. False: card to host. */
  readonly writeToDevice: boolean;
  /** The channel that carries it. */
  readonly channel: ChannelName;
  /**
   * METHOD_xx_DIRECT: the I/O manager locks the buffer before the driver sees the request and unlocks it at completion
   * (S1-26). False: the buffer stays locked by somebody else, such as a registered one.
   */
  readonly directIo: boolean;
}

/** A request on its way. */
export class Irp {
  /** Its number, which no other request of the run has. */
  readonly number: number;
  /** Its lifecycle. */
  readonly life: IrpLife;
  /** MdlAddress: the buffer, or null. */
  readonly mdl: Mdl | null;
  /** Offset in bytes from the start of the MDL's buffer. */
  readonly offset: number;
  /** Length in bytes. */
  readonly length: number;
  /** WriteToDevice: host to card. */
  readonly writeToDevice: boolean;
  /** The channel that carries it. */
  readonly channel: ChannelName;
  /** METHOD_xx_DIRECT: its buffer is locked for the time of the request. */
  readonly directIo: boolean;
  /** IoStatus.Status; STATUS_PENDING until the request completes. */
  status: NtStatus = "STATUS_PENDING";
  /** IoStatus.Information: bytes moved. */
  information = 0;
  /** Cancel: somebody asked for the request to be cancelled. */
  cancel = false;
  /** Tail.Overlay.DriverContext: the driver's own, while it owns the request. */
  driverContext: unknown = null;

  /** Made by IrpRoutines.create. */
  constructor(number: number, life: IrpLife, request: IrpRequest) {
    this.number = number;
    this.life = life;
    this.mdl = request.mdl;
    this.offset = request.offset ?? 0;
    this.length = request.length;
    this.writeToDevice = request.writeToDevice;
    this.channel = request.channel;
    this.directIo = request.directIo;
  }

  /** True once it is gone from the driver. */
  get completed(): boolean {
    return this.life.has("ended");
  }
}
