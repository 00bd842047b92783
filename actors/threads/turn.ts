/** What a Worker does over and over. */
export interface Turn {
  /** Does what there is to do now, without waiting for anybody. Returns how many steps that were; 0: nothing. */
  pass(): number;
  /** True if a pass would find something: asked before the Worker parks, after it has said so. */
  hasWork(): boolean;
  /** For one whose work can be stuck until others have done something: what it then does instead of parking. */
  readonly stuck?: StuckTurn;
}

/**
 * What a Worker does that depends on others. It never relies on being woken: whoever would do it might have stopped
 * right before. So it sleeps for a short time only, and asks again.
 */
export interface StuckTurn {
  /**
   * True if something is here that is not finished, whether it could go on just now or not: what is in the way comes
   * and goes between two questions.
   */
  isStuck(): boolean;
  /** Called before it sleeps: it says what it waits for, or wakes who could help. */
  ask(): void;
}
