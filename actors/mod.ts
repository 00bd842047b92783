/**
 * Living resources: lifecycles with effects, the HAL's routines, the scheduler with its strategies, and the world that
 * is built of them.
 *
 * @module
 */
export * from "./life.ts";
export * from "./told_life.ts";
export * from "./findings.ts";
export * from "./strict_finding.ts";
export * from "./bug_check.ts";
export * from "./bug_checks.ts";
export * from "./story_so_far.ts";
export * from "./access_watch.ts";
export * from "./chart_lives.ts";
export * from "./table_lives.ts";
export * from "./kernel/mod.ts";
export * from "./hal/mod.ts";
export * from "./device/device.ts";
export * from "./device/device_kit.ts";
export * from "./device/xdma_kit.ts";
export * from "./device/xdma_device.ts";
export * from "./device/xdma_channel.ts";
export * from "./device/descriptor_diagnosis.ts";
export * from "./device/recoverable_channel.ts";
export * from "./scheduler/mod.ts";
export * from "./system_options.ts";
export * from "./wdf/mod.ts";
export * from "./card_system.ts";
export * from "./system.ts";
export * from "./threads/mod.ts";
export * from "./who_waits.ts";
export * from "./runs/mod.ts";
