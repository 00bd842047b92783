/** Which interface a driver should choose: the guidance of people who write such drivers (S0-23). */

/** Where the framework's cost a request begins to matter, in requests a second. */
export const FRAMEWORK_IOPS_LIMIT = 100_000;

/** The two façades over the same machines. */
export type Framework = "WDF" | "HAL";

/**
 * Below 100 000 requests a second, WDF: it cuts, retries and looks after caches by itself. From there on, as in 40
 * Gbit/s networking or fast storage, the calls of DMA_OPERATIONS.
 */
export function suggestFramework(requestsPerSecond: number): Framework {
  return requestsPerSecond < FRAMEWORK_IOPS_LIMIT ? "WDF" : "HAL";
}
