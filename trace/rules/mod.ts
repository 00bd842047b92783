/** The catalogue of misuses. */
export * from "./catalogue.ts";
export type { Rule } from "./rule.ts";
export { BESIDE_CHARTS, WHY_BESIDE_CHARTS } from "./beside_charts.ts";
export type { BesideCharts } from "./beside_charts.ts";
