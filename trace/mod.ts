/**
 * Watching and judging: the one event type and what it can be written as (Perfetto's timeline, GTKWave's waves, the
 * call log, the messages of Stately's inspector), the charts as data, Mermaid and a page, the rules, and the checker of
 * call logs.
 *
 * @example What a log of DMA calls says about the driver that wrote it
 * ```ts
 * import { checkCallLog } from "@dmactor/dmactor/trace";
 *
 * const log = [
 *   '{"t":1,"irql":"PASSIVE","call":"IoGetDmaAdapter","args":{},"ret":"0xa1"}',
 *   '{"t":2,"irql":"DISPATCH","call":"FreeAdapterObject","args":{"DmaAdapter":"0xa1"}}',
 * ].join("\n");
 * const { findings } = await checkCallLog(log);
 * for (const { line, rule, fix } of findings) console.log(line, rule, fix);
 * ```
 *
 * @module
 */
export * from "./event.ts";
export * from "./channels.ts";
export * from "./perfetto.ts";
export * from "./vcd.ts";
export * from "./call_log.ts";
export * from "./stately.ts";
export * from "./charts/list.ts";
export * from "./charts/chart_graph.ts";
export * from "./charts/chart_of_actor.ts";
export * from "./charts/config_json.ts";
export * from "./charts/mermaid.ts";
export * from "./charts/lifecycles_page.ts";
export * from "./rules/mod.ts";
export * from "./check/mod.ts";
