/** The routines of common buffers, vectors and domains, for one adapter. */
import type { Adapter } from "./adapter.ts";
import { CommonBufferVectors } from "./common_buffer_vectors.ts";
import type { CommonBufferVectorOperations } from "./common_buffer_vectors.ts";
import { CommonBuffers, singleBufferOperations } from "./common_buffers.ts";
import type { SingleBufferOperations } from "./common_buffers.ts";
import { dmaDomainOperations } from "./dma_domains.ts";
import type { DmaDomainOperations } from "./dma_domains.ts";

const vectorsOf = new WeakMap<Adapter, CommonBufferVectors>();

/** Makes the routines of one adapter. Called once for each. */
export function commonBufferOperations(
  adapter: Adapter,
): SingleBufferOperations & CommonBufferVectorOperations & DmaDomainOperations {
  const buffers = new CommonBuffers(adapter);
  const vectors = new CommonBufferVectors(adapter, buffers);
  vectorsOf.set(adapter, vectors);
  return {
    ...singleBufferOperations(adapter, buffers),
    ...vectors.operations(),
    ...dmaDomainOperations(adapter, buffers),
  };
}

/** PutDmaAdapter comes: vectors that were not freed are named (bug check 0x1DC, kind 5). */
export function nameLeakedVectors(adapter: Adapter): void {
  vectorsOf.get(adapter)?.nameLeaks();
}
