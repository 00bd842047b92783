/**
 * The kernel around the HAL: MDLs, requests and the lists they wait in. Doors over the charts; names are the DDI's.
 *
 * @module
 */
export * from "./door.ts";
export * from "./interlocked_list.ts";
export * from "./irp.ts";
export * from "./irp_routines.ts";
export * from "./living_mdl.ts";
export * from "./mdl_routines.ts";
export * from "./pointers.ts";
