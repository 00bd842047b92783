/** The catalogue of misuses. */
export * from "./catalogue.ts";
export type { Rule } from "./rule.ts";
