/**
 * What Windows 10 and later added about IOMMU domains: their handles, common buffers inside them, and the cache flush
 * without a map-register handle. Windows DDI, GetDmaDomain, JoinDmaDomain, LeaveDmaDomain, AllocateDomainCommonBuffer,
 * FlushDmaBuffer, CreateCommonBufferFromMdl.
 */
import type { IommuDomain } from "../../sim/memory/mod.ts";
import { HARDWARE_RUNS, RunList } from "../../sim/memory/mod.ts";
import type { Adapter } from "./adapter.ts";
import type { CommonBuffers } from "./common_buffers.ts";
import type { DmaDomainHandle, DmaOperations } from "./dma_operations.ts";
import { hexText } from "../../trace/event.ts";

/** The members of DMA_OPERATIONS that this file supplies. */
export type DmaDomainOperations = Required<
  Pick<
    DmaOperations,
    | "getDmaDomain"
    | "joinDmaDomain"
    | "leaveDmaDomain"
    | "allocateDomainCommonBuffer"
    | "flushDmaBuffer"
    | "createCommonBufferFromMdl"
  >
>;

/** A handle to the domain that gives a device's addresses their meaning. */
class DmaDomain implements DmaDomainHandle {
  readonly name: string;
  readonly domain: IommuDomain;

  constructor(domain: IommuDomain) {
    this.name = `dmaDomain:${domain.device}`;
    this.domain = domain;
  }
}

// All adapters of one device share its domain, so they get one handle.
const handles = new WeakMap<IommuDomain, DmaDomain>();

/** The routines about domains. */
export function dmaDomainOperations(adapter: Adapter, buffers: CommonBuffers): DmaDomainOperations {
  const { door, memory } = adapter.hal;
  const runs = new RunList();
  const adapterPointer = (): string | null => door.pointers.of(adapter);

  return {
    /** Null without an IOMMU: there is no domain then. */
    getDmaDomain: () => {
      if (!adapter.admits("GetDmaDomain", "= PASSIVE_LEVEL") || !adapter.domain.on) return null;
      let handle = handles.get(adapter.domain);
      if (handle === undefined) handles.set(adapter.domain, handle = new DmaDomain(adapter.domain));
      if (door.tracing) door.record("GetDmaDomain", { DmaAdapter: adapterPointer() }, door.pointers.of(handle));
      return handle;
    },

    joinDmaDomain: ({ domainHandle }) => {
      if (!adapter.admits("JoinDmaDomain", "= PASSIVE_LEVEL")) return PUT;
      const own = domainHandle instanceof DmaDomain && domainHandle.domain === adapter.domain;
      const result = own ? SUCCESS : JOIN_REFUSED;
      if (door.tracing) {
        const args = { DmaAdapter: adapterPointer(), DomainHandle: door.pointers.of(domainHandle) };
        door.record("JoinDmaDomain", args, result.status);
      }
      return result;
    },

    leaveDmaDomain: () => {
      if (!adapter.admits("LeaveDmaDomain", "= PASSIVE_LEVEL")) return PUT;
      if (door.tracing) door.record("LeaveDmaDomain", { DmaAdapter: adapterPointer() }, "STATUS_SUCCESS");
      return SUCCESS;
    },

    allocateDomainCommonBuffer: ({ domainHandle, ...p }) => {
      if (!adapter.admits("AllocateDomainCommonBuffer", "= PASSIVE_LEVEL")) return PUT;
      if (!(domainHandle instanceof DmaDomain)) {
        return { status: "STATUS_INVALID_PARAMETER", why: "a handle that GetDmaDomain did not return" };
      }
      const buffer = buffers.allocate(p, p.cacheEnabled ? "cached" : "noncached", domainHandle.domain);
      const failed = typeof buffer === "string";
      if (door.tracing) {
        const args = {
          DmaAdapter: adapterPointer(),
          DomainHandle: door.pointers.of(domainHandle),
          Length: p.length,
          CacheEnabled: p.cacheEnabled,
        };
        door.record(
          "AllocateDomainCommonBuffer",
          args,
          failed ? "STATUS_INSUFFICIENT_RESOURCES" : "STATUS_SUCCESS",
          failed ? { why: buffer } : {
            LogicalAddress: hexText(buffer.logicalAddress),
            VirtualAddress: hexText(buffer.virtualAddress),
          },
        );
      }
      return failed
        ? { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "noMemory", why: buffer }
        : { status: "STATUS_SUCCESS", commonBuffer: buffer };
    },

    /** Before a device reads: dirty lines go to RAM. After a device wrote (ReadOperation): old copies go away. */
    flushDmaBuffer: ({ mdl, readOperation }) => {
      if (!adapter.admits("FlushDmaBuffer", "<= DISPATCH_LEVEL")) return PUT;
      if (!adapter.hal.mdls.mayDma(mdl, 0, 1)) return { status: "STATUS_INVALID_PARAMETER", why: "not locked" };
      if (!memory.cache.coherent) {
        runs.clear();
        runs.addPages(mdl.pfns, 0, mdl.byteOffset, mdl.byteCount, HARDWARE_RUNS);
        for (let run = 0; run < runs.count; run++) {
          if (readOperation) memory.cache.invalidate(runs.address(run), runs.length(run));
          else memory.cache.clean(runs.address(run), runs.length(run));
        }
      }
      if (door.tracing) {
        const args = { DmaAdapter: adapterPointer(), Mdl: door.pointers.of(mdl), ReadOperation: readOperation };
        door.record("FlushDmaBuffer", args, "STATUS_SUCCESS");
      }
      return SUCCESS;
    },

    createCommonBufferFromMdl: ({ mdl }) => {
      if (!adapter.admits("CreateCommonBufferFromMdl", "any")) return PUT;
      if (door.tracing) {
        const args = { DmaAdapter: adapterPointer(), Mdl: door.pointers.of(mdl) };
        door.record("CreateCommonBufferFromMdl", args, NO_SEMANTICS.status);
      }
      return NO_SEMANTICS;
    },
  };
}

const SUCCESS = { status: "STATUS_SUCCESS" } as const;
const PUT = { status: "STATUS_INVALID_DEVICE_REQUEST", why: "the adapter was put" } as const;
const NO_SEMANTICS = {
  status: "STATUS_NOT_SUPPORTED",
  why: "CreateCommonBufferFromMdl has no public semantics: its page says neither what it maps nor who frees it",
} as const;
const JOIN_REFUSED = {
  status: "STATUS_NOT_SUPPORTED",
  why: "the simulated IOMMU keeps one domain a device: only a device's own domain can be joined",
} as const;
