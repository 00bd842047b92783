/** An MDL with its life: what drivers hold. Windows DDI, MDL. */
import { mdlMachine } from "../../machines/mdl.ts";
import type { MdlEvent } from "../../machines/mdl.ts";
import { Mdl } from "../../sim/memory/mdl.ts";
import type { Region } from "../../sim/memory/region.ts";
import type { Address } from "../../sim/units.ts";
import type { Life, Lives } from "../life.ts";

/** The life of an MDL. */
export type MdlLife = Life<Record<string, never>, MdlEvent>;

/** A memory descriptor list that knows what may happen to it. */
export class LivingMdl extends Mdl {
  /** Its lifecycle. */
  readonly life: MdlLife;
  /** The mapping into a process, where the driver made one (MmMapLockedPagesSpecifyCache with UserMode). */
  userMapping: Region | null = null;

  /** Made by IoAllocateMdl. */
  constructor(va: Address, lengthBytes: number, life: MdlLife) {
    super(va, lengthBytes);
    this.life = life;
  }
}

/** Brings lives of MDLs into being, and finds them again. */
export class MdlLives {
  readonly #lives: Lives;
  readonly #adopted = new WeakMap<Mdl, MdlLife>();
  #count = 0;

  /** Looks after the chains of one world. */
  constructor(lives: Lives) {
    this.#lives = lives;
  }

  /**
   * A new life, in state `described`. It is transient, and never released by us: a freed MDL must still be able to say
   * that it was freed when somebody uses it. It goes with its last reference.
   */
  create(): MdlLife {
    return this.#lives.create(mdlMachine, `mdl:${this.#count++}`, {}, "transient");
  }

  /** The life of any MDL. One that was made elsewhere is adopted at first sight, in the state its lock says. */
  of(mdl: Mdl): MdlLife {
    if (mdl instanceof LivingMdl) return mdl.life;
    let life = this.#adopted.get(mdl);
    if (life === undefined) {
      life = this.create();
      if (mdl.bornNonPaged) life.send({ type: "MM_BUILD_MDL_FOR_NON_PAGED_POOL" });
      else if (mdl.locked) life.send({ type: "IO_MANAGER_LOCK" });
      this.#adopted.set(mdl, life);
    }
    return life;
  }
}
