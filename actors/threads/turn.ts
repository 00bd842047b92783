/** What a Worker does over and over. */
export interface Turn {
  /** Does what there is to do now, without waiting for anybody. Returns how many steps that were; 0: nothing. */
  pass(): number;
  /** True if a pass would find something: asked before the Worker parks, after it has said so. */
  hasWork(): boolean;
}
