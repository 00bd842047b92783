/** What is known of each living thing in a log. A record ends with the lifetime: addresses are used again. */
import type { AdapterChannelEvent } from "../../machines/adapter_channel.ts";
import type { CommonBufferEvent } from "../../machines/common_buffer.ts";
import type { CommonBufferVectorEvent } from "../../machines/common_buffer_vector.ts";
import type { DmaAdapterEvent } from "../../machines/dma_adapter.ts";
import type { MdlEvent } from "../../machines/mdl.ts";
import type { ScatterGatherListEvent } from "../../machines/scatter_gather_list.ts";
import type { TransferContextEvent } from "../../machines/transfer_context.ts";
import type { WdfDmaTransactionEvent } from "../../machines/wdf_dma_transaction.ts";
import type { LogFinding } from "./finding.ts";
import type { FollowedLife } from "./life.ts";
import type { Element, Pointer } from "./values.ts";

/** Who holds the adapter's channel. */
export interface Holder {
  readonly line: number;
  readonly list: ListRecord | null;
  readonly grant: GrantRecord | null;
  readonly context: ContextRecord | null;
  /** A finding about this holder was reported: what follows from it is a note. */
  accused: boolean;
  /** Its context was initialised again while it holds: the line, or null. */
  reinitialised: number | null;
}

/** A request that failed, to know it again when it is repeated. */
export interface FailedRequest {
  readonly key: string;
  /** The routine that failed. */
  readonly call: string;
  readonly line: number;
  times: number;
  /** No retry can help: more registers are needed than the adapter may use. */
  readonly permanent: boolean;
  /** Nothing was outstanding, so no Put could help either. */
  readonly nothingOutstanding: boolean;
  reported: boolean;
}

/** A DMA_ADAPTER. */
export interface AdapterRecord {
  readonly pointer: Pointer;
  readonly line: number;
  /** First met in use: the log starts in the middle of its life. */
  readonly adopted: boolean;
  readonly life: FollowedLife<DmaAdapterEvent>;
  /** Version of the DMA operations, or null where the description is unknown. */
  readonly version: number | null;
  /** N; Infinity where it is unknown. */
  readonly mapRegisters: number;
  readonly maximumLength: number | null;
  /** False: system DMA. */
  readonly master: boolean | null;
  /** Highest address bit that the device reaches, or null. */
  readonly addressWidth: number | null;
  /** GetDmaAdapterInfo said that the driver may bypass the API. */
  bypass: boolean;
  /** An adopted adapter whose channel nobody has touched yet: anybody may hold it. */
  channelUnknown: boolean;
  holder: Holder | null;
  readonly lists: Set<ListRecord>;
  /** Asked for asynchronously, routine not seen: lists and Classic grants, in order. */
  readonly waiting: (ListRecord | GrantRecord)[];
  /** Routines that ran before the line of the call that asked for them. */
  readonly early: (ListRecord | GrantRecord)[];
  /** Holders whose channel is free already, while the line of the call that freed it is still to come. */
  readonly freedEarly: Holder[];
  /** Lists that were put already, while the line of their Put is still to come. */
  readonly putsDue: ListRecord[];
  /** What was said about the registers of the last waiter that got some, until the next call on the adapter. */
  excess: LogFinding | null;
  readonly grants: Set<GrantRecord>;
  readonly commonBuffers: Map<Pointer, CommonBufferRecord>;
  readonly vectors: Map<Pointer, VectorRecord>;
  /** The list whose routine runs now. */
  running: ListRecord | GrantRecord | null;
  /** Lists put before their routine ran: when it runs after all, that was said already. */
  readonly putEarly: Set<Pointer>;
  /** Buffers whose last Build failed. */
  readonly failedBuffers: Set<Pointer>;
  lastFailed: boolean;
  failure: FailedRequest | null;
  /** The warning about its MaximumLength, which a failure makes an error. */
  readonly lint: LogFinding | null;
  /** The framework obtained it, and puts it when its enabler is deleted. */
  readonly ofEnabler: Pointer | null;
  /** Lists and grants ever obtained. */
  successes: number;
}

/** The call that unlocked the pages of a list or mapping, or freed their MDL, while it lived. */
export interface ReleaseRecord {
  readonly call: string;
  readonly line: number;
  readonly mdl: Pointer;
  /** What the list or the grant was then. */
  readonly state: string;
  /** It has its finding. */
  readonly told?: boolean;
}

/** A SCATTER_GATHER_LIST. */
export interface ListRecord {
  readonly is: "list";
  /** Null while it waits for a list of the HAL's own. */
  pointer: Pointer | null;
  readonly adapter: AdapterRecord | null;
  readonly line: number;
  readonly life: FollowedLife<ScatterGatherListEvent>;
  readonly writeToDevice: boolean | null;
  readonly mdl: Pointer | null;
  readonly offset: number | null;
  readonly length: number | null;
  readonly context: ContextRecord | null;
  elements: readonly Element[] | null;
  putLine: number | null;
  accused: boolean;
  /** Its memory was let go before it was put. */
  released: ReleaseRecord | null;
  /** The line did not say how the call ended. */
  readonly unsure: boolean;
  /** It lies in memory of the HAL, and a line has shown where: shown again, it is another list. */
  shownByHal: boolean;
  /** The adapter's chart counts it; not where it was granted unseen while another held the channel. */
  counted: boolean;
}

/** What one MapTransfer mapped. */
export interface MappingRecord {
  readonly mdl: Pointer | null;
  readonly offset: number | null;
  /** As asked for, and as mapped (what the call wrote back). */
  readonly length: number | null;
  readonly mapped: number | null;
  readonly writeToDevice: boolean | null;
  readonly address: Pointer | null;
  readonly line: number;
  /** Map registers that it takes, or 0 where that is unknown. */
  readonly registers: number;
  /** Its memory was let go before the flush. */
  released: ReleaseRecord | null;
}

/** A grant of the Classic model. */
export interface GrantRecord {
  readonly is: "grant";
  /** Undefined while nobody said it; null for a NULL base. */
  base: Pointer | null | undefined;
  readonly adapter: AdapterRecord;
  readonly deviceObject: Pointer | null;
  readonly line: number;
  readonly registers: number | null;
  readonly life: FollowedLife<AdapterChannelEvent>;
  readonly context: ContextRecord | null;
  mappings: MappingRecord[];
  /** The last MapTransfer mapped nothing, and was named: that its flush finds nothing either follows from that. */
  mappedNothing: boolean;
  /** What AdapterControl returned is known. */
  returned: boolean;
  accused: boolean;
  /** System DMA: the routine or a cancel has ended the mapped transfer. */
  ended: boolean;
}

/** A DMA_TRANSFER_CONTEXT. */
export interface ContextRecord {
  readonly pointer: Pointer;
  life: FollowedLife<TransferContextEvent>;
  line: number;
}

/** A common buffer. */
export interface CommonBufferRecord {
  readonly virtualAddress: Pointer;
  readonly logicalAddress: Pointer | null;
  readonly length: number | null;
  readonly line: number;
  readonly life: FollowedLife<CommonBufferEvent>;
}

/** A common-buffer vector. */
export interface VectorRecord {
  readonly pointer: Pointer;
  readonly line: number;
  readonly life: FollowedLife<CommonBufferVectorEvent>;
}

/** An MDL. Facts that nobody told are null. */
export interface MdlRecord {
  readonly pointer: Pointer;
  readonly line: number;
  /** Null where nobody said whether it is locked. */
  life: FollowedLife<MdlEvent> | null;
  /** MmGetMdlVirtualAddress. */
  virtualAddress: Pointer | null;
  byteCount: number | null;
  /** Undefined: nobody said. Null: the last of its chain. */
  next: Pointer | null | undefined;
  pool: string | null;
  cache: string | null;
  /** The line that locked it. */
  lockedLine: number | null;
}

/** A WDFDMAENABLER. */
export interface EnablerRecord {
  readonly pointer: Pointer;
  readonly line: number;
  readonly maximumLength: number | null;
  /** WdmDmaVersionOverride, or null. */
  readonly version: number | null;
  readonly lint: LogFinding | null;
}

/** A WDFDMATRANSACTION. */
export interface TransactionRecord {
  readonly pointer: Pointer;
  readonly line: number;
  readonly life: FollowedLife<WdfDmaTransactionEvent>;
}
