/** The life of the reserve: lent to one request at a time, handed on to the next in line. */

import { assertEquals } from "@std/assert";
import { emergencyReserveMachine } from "../../machines/mod.ts";
import { watch } from "./watch.ts";

const borrow = (lengthBytes = 4096) => ({ type: "BORROW", lengthBytes }) as const;
const RETURN = { type: "RETURN" } as const;
const LEAVE = { type: "LEAVE" } as const;
const reserve = () => watch(emergencyReserveMachine, { maximumLengthBytes: 65536 });

Deno.test("reserve: used when free, else queued: at most one request ever has it [S4-8]", () => {
  const life = reserve().goes("lent", borrow());
  life.refuses("STATUS_PENDING", borrow()).refuses("STATUS_PENDING", borrow()).is("awaited");
  assertEquals(life.context.waiting, 2);
});

Deno.test("reserve: a request up to the stated length is carried, a longer one refused by name [S4-9]", () => {
  reserve().goes("lent", borrow(65536));
  const status = "STATUS_INSUFFICIENT_RESOURCES";
  const life = reserve().refuses(status, borrow(65537), "perTransferLimit").is("kept");
  life.goes("lent", borrow()).refuses(status, borrow(65537), "perTransferLimit").is("lent");
  life.refuses("STATUS_PENDING", borrow()).refuses(status, borrow(65537), "perTransferLimit").is("awaited");
});

Deno.test("reserve: it never answers noMemory, whatever is asked in whatever state [S4-13]", () => {
  for (const way of [[], [borrow()], [borrow(), borrow()]]) {
    for (const lengthBytes of [1, 65536, 65537]) {
      const life = reserve();
      for (const event of way) life.send(event);
      for (const note of life.send(borrow(lengthBytes))) {
        assertEquals(note.type === "refused" && note.reason !== "noMemory", true);
      }
    }
  }
});

Deno.test("reserve: while somebody waits a return hands it on, and nobody gets past the line", () => {
  const life = reserve().goes("lent", borrow()).refuses("STATUS_PENDING", borrow()).refuses("STATUS_PENDING", borrow());
  life.goes("awaited", RETURN).refuses("STATUS_PENDING", borrow()).goes("awaited", RETURN).goes("lent", RETURN);
  assertEquals(life.context.waiting, 0);
  life.goes("kept", RETURN).goes("lent", borrow());
});

Deno.test("reserve: a waiter may be cancelled; with the last one the line is gone", () => {
  const life = reserve().goes("lent", borrow()).refuses("STATUS_PENDING", borrow()).refuses("STATUS_PENDING", borrow());
  life.goes("awaited", LEAVE).goes("lent", LEAVE).goes("kept", RETURN);
});

Deno.test("reserve: returned without being lent is EmergencyNotReserved", () => {
  reserve().breaks("EmergencyNotReserved", RETURN).goes("kept", borrow(), RETURN).breaks(
    "EmergencyNotReserved",
    RETURN,
  );
});
