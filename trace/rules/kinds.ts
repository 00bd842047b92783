/**
 * One rule, several places: where a misuse looks so different from its usual form that the rule's own sentence, cure or
 * number would be wrong, its kind has others.
 */
import type { RuleName } from "../../machines/rule.ts";
import type { Rule } from "./rule.ts";

/** What is other than the rule says. */
export type RuleKind = Partial<Pick<Rule, "sentence" | "fix" | "verifier" | "bugcheck">>;

/** By rule and kind. A kind that is not here is told in the rule's own words. */
export const RULE_KINDS: { readonly [Name in RuleName]?: { readonly [kind: string]: RuleKind } } = {
  TooManyRegistersAtOnce: {
    // 0x0C speaks of registers that are asked for; of mapping more than was allocated the public table says nothing.
    mapped: {
      sentence: "A transfer needs more map registers than were allocated for it.",
      fix: "Allocate ADDRESS_AND_SIZE_TO_SPAN_PAGES(CurrentVa, Length) map registers, at most NumberOfMapRegisters; " +
        "BYTES_TO_PAGES(Length) is one short for a buffer that does not begin on a page.",
      verifier: null,
    },
  },
  WrongIrql: {
    kernel: {
      fix: "Call it at PASSIVE_LEVEL: while the device starts or stops, or from a work item.",
      verifier: null,
    },
  },
  // Driver Verifier's DMA checks look at members of DMA_OPERATIONS only.
  IrqlTooHigh: {
    kernel: {
      fix: "Leave the call to a DPC: IoRequestDpc from the ISR.",
      verifier: null,
    },
    pageable: {
      sentence: "Pageable memory was to be locked at a level at which no page can be brought in.",
      fix: "MmProbeAndLockPages at PASSIVE_LEVEL or APC_LEVEL, in the dispatch routine; not in a DPC.",
      verifier: null,
    },
  },
  // Of the public sub-codes of bug check 0xC4 none is this one.
  MdlMisuse: {
    "freed-locked": {
      sentence: "An MDL was freed whose pages are still locked: they stay so for ever.",
      fix: "MmUnlockPages, then IoFreeMdl.",
      bugcheck: null,
    },
  },
  DescriptorFilledWrong: {
    stop: {
      sentence: "The Stop bit is missing where the chain ends, or set where it goes on.",
      fix: "Stop and Completed in the last descriptor of a chain, Stop in no other.",
    },
  },
  DeviceAccessOutsideMapping: {
    direction: {
      sentence: "The device wrote memory that is mapped for it to read.",
      fix: "WriteToDevice FALSE where the device writes into memory; or check the direction of the channel.",
    },
  },
  MixedListDiscipline: {
    isr: {
      sentence: "An ordinary list routine is used on a list that an ISR uses too.",
      fix: "ExInterlocked* with one lock, by everybody who touches the list: ordinary routines shut no ISR out.",
    },
  },
  SglNotFromThisAdapter: {
    "common-buffer": {
      sentence: "A common buffer was freed with another adapter than the one that allocated it.",
      fix: "Keep the adapter beside the buffer.",
    },
  },
  ProcessExitWithLockedPages: {
    directIo: {
      sentence: "The process ended while a direct I/O request of it is pending, whose pages the I/O manager locked.",
      fix: "Complete the pending request (cancel routine or cleanup): the I/O manager then unlocks its pages.",
    },
  },
  MaxLengthLooksLikeTlp: {
    description: {
      sentence: "The first request needs more map registers than the adapter may use.",
      fix:
        "Split transfers at NumberOfMapRegisters, or say the longest transfer in MaximumLength: it decides how many " +
        "map registers the adapter gets.",
    },
    platform: {
      sentence: "The first request needs more map registers than the platform grants the adapter.",
      fix: "Split transfers at the NumberOfMapRegisters that IoGetDmaAdapter returned; it is less than MaximumLength " +
        "asks for.",
    },
  },
};

/** The rule as it reads for a kind. */
export function ruleOfKind(rule: Rule, kind: string | null | undefined): Rule {
  const other = kind === null || kind === undefined ? undefined : RULE_KINDS[rule.name]?.[kind];
  return other === undefined ? rule : { ...rule, ...other };
}
