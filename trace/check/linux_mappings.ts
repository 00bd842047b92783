/**
 * The DMA mappings and allocations of a Linux trace that are alive. One address may be mapped several times: without an
 * IOMMU, mapping the same page again gives the same DMA address. Then an unmap means the one that fits best, as in
 * torvalds/linux, kernel/dma/debug.c.
 */
import type { FollowedLife } from "./life.ts";

/** What tells one mapping of an address from another. */
export interface MappingShape {
  readonly kind: "single" | "sg" | "coherent";
  readonly direction: string;
  /** Bytes, or null where the event does not say. */
  readonly size: number | null;
  /** Entries that were handed in (`nents`), or null for what is no scatterlist. */
  readonly entries: number | null;
}

/** A mapping or an allocation. */
export interface Mapping extends MappingShape {
  readonly device: string;
  /** The DMA address, for a scatterlist that of its first entry. */
  readonly address: string;
  /** The same as a number. */
  readonly start: number;
  /** Under which names it can be given back. */
  readonly keys: readonly string[];
  readonly line: number;
  /** The event that made it. */
  readonly madeBy: string;
  readonly life: FollowedLife<
    { readonly type: string; readonly sameLength?: boolean; readonly sameAddresses?: boolean }
  >;
}

interface Shelf {
  readonly mappings: Mapping[];
  /** Older ones that are counted only. */
  counted: number;
}

/** How many mappings of one address are kept apart; of older ones nothing is known but that they are there. */
const KEPT_APART = 64;

/** The name of a DMA address of a device. */
export function addressKey(device: string, address: string): string {
  return `${device} ${address}`;
}

/** The name of a scatterlist: `dma_unmap_sg` prints the physical addresses only, and the first is enough. */
export function scatterlistKey(device: string, physical: string): string {
  return `${device} sg ${physical}`;
}

/** All that live. */
export class LinuxMappings {
  readonly #shelves = new Map<string, Shelf>();

  /** Mapped, or allocated. */
  add(mapping: Mapping): void {
    for (const key of mapping.keys) {
      const shelf = this.#shelves.get(key);
      if (shelf === undefined) this.#shelves.set(key, { mappings: [mapping], counted: 0 });
      else {
        shelf.mappings.push(mapping);
        if (shelf.mappings.length <= KEPT_APART) continue;
        shelf.mappings.shift();
        shelf.counted++;
      }
    }
  }

  /** Unmapped, or freed. */
  remove(mapping: Mapping): void {
    for (const key of mapping.keys) this.#take(key, mapping);
  }

  /** The mapping of that name that fits best, the oldest of equals. */
  find(key: string, shape: MappingShape): Mapping | undefined {
    const mappings = this.#shelves.get(key)?.mappings;
    if (mappings === undefined || mappings.length < 2) return mappings?.[0];
    return mappings.reduce((best, other) => fit(other, shape) > fit(best, shape) ? other : best);
  }

  /** Gives back one of which nothing is known but that it is there; false if there is none. */
  removeCounted(key: string): boolean {
    return this.#take(key, undefined);
  }

  /** The mapping that holds an address inside it; scatterlists are known by their beginnings only. */
  containing(device: string, address: string): Mapping | undefined {
    const at = parseInt(address, 16);
    for (const { mappings } of this.#shelves.values()) {
      for (const mapping of mappings) {
        if (mapping.device !== device || mapping.kind === "sg" || mapping.size === null) continue;
        if (at >= mapping.start && at < mapping.start + mapping.size) return mapping;
      }
    }
    return undefined;
  }

  #take(key: string, mapping: Mapping | undefined): boolean {
    const shelf = this.#shelves.get(key);
    if (shelf === undefined) return false;
    const index = mapping === undefined ? -1 : shelf.mappings.indexOf(mapping);
    if (index >= 0) shelf.mappings.splice(index, 1);
    else if (shelf.counted > 0) shelf.counted--;
    else return false;
    if (shelf.mappings.length + shelf.counted === 0) this.#shelves.delete(key);
    return true;
  }
}

/** 0 to 4: how many of the four agree. */
function fit(mapping: MappingShape, { kind, direction, size, entries }: MappingShape): number {
  return Number(mapping.kind === kind) + Number(mapping.direction === direction) + Number(mapping.size === size) +
    Number(mapping.entries === entries);
}
