/**
 * The NTSTATUS values that the DMA routines and the framework return, by name. A name is what people read; the number
 * is what a debugger shows.
 */

/** The name of an NTSTATUS that dmactor uses. */
export type NtStatus =
  | "STATUS_SUCCESS"
  | "STATUS_PENDING"
  | "STATUS_UNSUCCESSFUL"
  | "STATUS_NOT_IMPLEMENTED"
  | "STATUS_INFO_LENGTH_MISMATCH"
  | "STATUS_INVALID_PARAMETER"
  | "STATUS_INVALID_DEVICE_REQUEST"
  | "STATUS_MORE_PROCESSING_REQUIRED"
  | "STATUS_BUFFER_TOO_SMALL"
  | "STATUS_NONE_MAPPED"
  | "STATUS_INSUFFICIENT_RESOURCES"
  | "STATUS_IO_TIMEOUT"
  | "STATUS_NOT_SUPPORTED"
  | "STATUS_INTERNAL_ERROR"
  | "STATUS_CANCELLED"
  | "STATUS_PRIVILEGE_NOT_HELD"
  | "STATUS_INVALID_DEVICE_STATE"
  | "STATUS_DEVICE_HARDWARE_ERROR"
  | "STATUS_WDF_BUSY"
  | "STATUS_WDF_OBJECT_ATTRIBUTES_INVALID"
  | "STATUS_WDF_TOO_FRAGMENTED"
  | "STATUS_WDF_TOO_MANY_TRANSFERS"
  | "STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS";

/** Every NTSTATUS that dmactor uses, with its value as Windows defines it (ntstatus.h, wdfstatus.h). */
export const NTSTATUS: Readonly<Record<NtStatus, number>> = {
  STATUS_SUCCESS: 0x00000000,
  STATUS_PENDING: 0x00000103,
  STATUS_UNSUCCESSFUL: 0xc0000001,
  STATUS_NOT_IMPLEMENTED: 0xc0000002,
  STATUS_INFO_LENGTH_MISMATCH: 0xc0000004,
  STATUS_INVALID_PARAMETER: 0xc000000d,
  STATUS_INVALID_DEVICE_REQUEST: 0xc0000010,
  STATUS_MORE_PROCESSING_REQUIRED: 0xc0000016,
  STATUS_BUFFER_TOO_SMALL: 0xc0000023,
  STATUS_NONE_MAPPED: 0xc0000073,
  STATUS_INSUFFICIENT_RESOURCES: 0xc000009a,
  STATUS_IO_TIMEOUT: 0xc00000b5,
  STATUS_NOT_SUPPORTED: 0xc00000bb,
  STATUS_INTERNAL_ERROR: 0xc00000e5,
  STATUS_CANCELLED: 0xc0000120,
  STATUS_PRIVILEGE_NOT_HELD: 0xc0000061,
  STATUS_INVALID_DEVICE_STATE: 0xc0000184,
  STATUS_DEVICE_HARDWARE_ERROR: 0xc0000483,
  STATUS_WDF_BUSY: 0xc0200204,
  STATUS_WDF_OBJECT_ATTRIBUTES_INVALID: 0xc0200209,
  STATUS_WDF_TOO_FRAGMENTED: 0xc020020a,
  STATUS_WDF_TOO_MANY_TRANSFERS: 0xc0200213,
  STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS: 0xc0200214,
};

/**
 * Why a call answered STATUS_INSUFFICIENT_RESOURCES. One status has four causes and one of them is permanent:
 *
 * - `perTransferLimit`: more map registers needed than the adapter was granted for one transfer. **Permanent**: no
 *   retry helps; split the transfer, or make the adapter with a larger MaximumLength.
 * - `poolExhausted`: the map registers are there but somebody holds them. A Put or FreeMapRegisters unblocks it.
 * - `channelBusy`: somebody holds the adapter's one channel. FreeAdapterObject on the same adapter unblocks it.
 * - `noMemory`: the routine allocates from pool and the pool said no. Build routines never have this reason.
 */
export type InsufficientReason = "perTransferLimit" | "poolExhausted" | "channelBusy" | "noMemory";

/** True for the severities success and informational (NT_SUCCESS). */
export function ntSuccess(status: NtStatus): boolean {
  return NTSTATUS[status] < 0x80000000;
}
