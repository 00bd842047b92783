/** A moment as files write it: microseconds with fractions that keep nanoseconds. */

/** Writes moments. Many events share one, and turning a number into text is the dearest part of a line. */
export class TimeText {
  #atNs = 0;
  #text = "0";

  /** The moment as a JSON number. */
  of(atNs: number): string {
    if (atNs !== this.#atNs) {
      this.#atNs = atNs;
      this.#text = String(atNs / 1000);
    }
    return this.#text;
  }
}
