/** Vectors of common buffers, domains, and the routines around them. */
import { assert, assertEquals } from "@std/assert";
import { ENGINES, Machine, version3, XDMA } from "./fixture.ts";
import type { Version3 } from "./fixture.ts";

const WISH = {
  lowAddress: 0,
  highAddress: 2 ** 40,
  cacheEnabled: true,
  idealNode: 0,
  flags: 0,
  numberOfElements: 3,
  sizeOfElements: 4096,
};

function vectorOf(operations: Version3) {
  const result = operations.allocateCommonBufferVector(WISH);
  if (result.status !== "STATUS_SUCCESS") throw new Error(`no vector: ${result.why}`);
  return result.vector;
}

/** Findings with their kind. */
function kinds(machine: Machine): (string | null)[] {
  return machine.findings.all.map(({ rule, kind }) => rule === "CommonBufferVectorMisuse" ? kind : rule);
}

for (const engine of ENGINES) {
  Deno.test(`a vector's buffers are fetched and freed by index, then the vector goes (${engine})`, () => {
    const machine = new Machine({ engine });
    const operations = version3(machine.adapter());
    const { freeFrames } = machine.memory.physical;
    const vector = vectorOf(operations);
    const addresses = [0, 1, 2].map((index) => operations.getCommonBufferFromVectorByIndex({ vector, index })!);
    assertEquals(new Set(addresses.map(({ logicalAddress }) => logicalAddress)).size, 3);
    for (const index of [1, 0, 2]) operations.freeCommonBufferFromVector({ vector, index });
    operations.freeCommonBufferVector({ vector });
    assertEquals(machine.memory.physical.freeFrames, freeFrames);
    operations.putDmaAdapter();
    assertEquals(machine.rules, []);
  });

  Deno.test(`each misuse of a vector is bug check 0x1DC with its kind (${engine})`, () => {
    const machine = new Machine({ engine });
    const operations = version3(machine.adapter());
    const vector = vectorOf(operations);
    machine.dispatch(() => operations.freeCommonBufferFromVector({ vector, index: 0 }));
    assertEquals(operations.getCommonBufferFromVectorByIndex({ vector, index: 3 }), null);
    assertEquals(operations.getCommonBufferFromVectorByIndex({ vector, index: 0 }), null);
    operations.freeCommonBufferVector({ vector });
    assertEquals(kinds(machine), ["1", "3", "4", "2"]);
    vectorOf(operations);
    operations.putDmaAdapter();
    assertEquals(kinds(machine).slice(4), ["5"]);
  });
}

Deno.test("a vector that memory has no room for takes nothing", () => {
  const machine = new Machine({ memory: { physicalBytes: 2 ** 21 } });
  const operations = version3(machine.adapter());
  const { freeFrames } = machine.memory.physical;
  const result = operations.allocateCommonBufferVector({ ...WISH, numberOfElements: 1000 });
  assert(result.status === "STATUS_INSUFFICIENT_RESOURCES");
  assertEquals([result.reason, machine.memory.physical.freeFrames], ["noMemory", freeFrames]);
});

Deno.test("the adapters of a device share its domain, and a buffer in it is theirs", () => {
  const machine = new Machine({ memory: { iommu: true } });
  const [first, second] = [version3(machine.adapter()), version3(machine.adapter())];
  const other = version3(machine.adapter(XDMA, "xdma1"));
  const domainHandle = first.getDmaDomain()!;
  assertEquals(second.getDmaDomain(), domainHandle);
  assert(other.getDmaDomain() !== domainHandle);
  assertEquals(first.joinDmaDomain({ domainHandle }).status, "STATUS_SUCCESS");
  const refused = other.joinDmaDomain({ domainHandle });
  assert(refused.status === "STATUS_NOT_SUPPORTED" && refused.why!.includes("one domain a device"));
  const made = second.allocateDomainCommonBuffer({ domainHandle, length: 4096, cacheEnabled: true });
  assert(made.status === "STATUS_SUCCESS");
  const { logicalAddress } = made.commonBuffer;
  assertEquals(machine.memory.port("xdma0").read(logicalAddress, new Uint8Array(4), 0, 4), 0);
  assert(machine.memory.port("xdma1").read(logicalAddress, new Uint8Array(4), 0, 4) !== 0);
  second.freeCommonBuffer(made.commonBuffer);
  assertEquals(first.leaveDmaDomain().status, "STATUS_SUCCESS");
  assertEquals(machine.rules, []);
});

Deno.test("without an IOMMU there is no domain", () => {
  assertEquals(version3(new Machine().adapter()).getDmaDomain(), null);
});

Deno.test("FlushDmaBuffer makes bytes agree where devices do not snoop", () => {
  const machine = new Machine({ memory: { coherent: false } });
  const operations = version3(machine.adapter());
  const mdl = machine.buffer(4096);
  const port = machine.memory.port("xdma0");
  const physical = mdl.pfns[0]! * 4096;
  const seen = new Uint8Array(4096);
  machine.cpuWrite(mdl, seen.fill(7));
  port.read(physical, seen, 0, 4096);
  assertEquals(seen[0], 0);
  operations.flushDmaBuffer({ mdl, readOperation: false });
  port.read(physical, seen, 0, 4096);
  assertEquals(seen[0], 7);
  port.write(physical, seen.fill(9), 0, 4096);
  assertEquals(machine.cpuRead(mdl)[0], 7);
  operations.flushDmaBuffer({ mdl, readOperation: true });
  assertEquals(machine.cpuRead(mdl)[0], 9);
});

Deno.test("what has no public semantics says so", () => {
  const machine = new Machine();
  const result = version3(machine.adapter()).createCommonBufferFromMdl({ mdl: machine.buffer(4096) });
  assert(result.status === "STATUS_NOT_SUPPORTED" && result.why!.includes("no public semantics"));
});
