/** The catalogue of misuses. */
export * from "./catalogue.ts";
export type { Rule } from "./rule.ts";
export { RULE_KINDS, ruleOfKind } from "./kinds.ts";
export type { RuleKind } from "./kinds.ts";
export { inDialect } from "./dialect.ts";
export type { Dialect } from "./dialect.ts";
export { LINUX_WORDS } from "./linux_words.ts";
export type { LinuxTraceRule, LinuxWords } from "./linux_words.ts";
export { BESIDE_CHARTS, WHY_BESIDE_CHARTS } from "./beside_charts.ts";
export type { BesideCharts } from "./beside_charts.ts";
