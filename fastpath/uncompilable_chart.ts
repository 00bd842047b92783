/** A chart that holds something that rows or tables cannot carry: its message names the state and the reason. */
export class UncompilableChart extends Error {
  /** Tells it from other errors. */
  override name = "UncompilableChart";
}
