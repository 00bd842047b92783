/** What stops a strict run: the first error, thrown. */
import type { Finding } from "../trace/event.ts";

/**
 * Thrown in strict mode at the first error. Where Windows would show a bug check it is a {@link BugCheck}; otherwise
 * Windows would go on, with memory corrupted or a request that never ends, and strict mode stops all the same.
 */
export class StrictFinding extends Error {
  /** The name of the class. */
  override name = "StrictFinding";
  /** What was found. */
  readonly finding: Finding;

  /** Says the finding in one sentence. */
  constructor(finding: Finding) {
    super(`${finding.rule}: ${finding.call} on ${finding.resource} in state ${finding.state}`);
    this.finding = finding;
  }
}
