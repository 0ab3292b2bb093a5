import type { KubernetesObject } from "../../../events/change.ts";
import { readField, readTextMap } from "../../json/read-json.ts";
import { AT_ANNOTATION, DEPTH_ANNOTATION, RULES_ANNOTATION } from "./cause-annotations.ts";
import { CLOCK_TOLERANCE_MS, isWithinWindow } from "./loop-window.ts";
import { formatRules, mergeRules, parseRules, type LoopRules } from "./loop-rules.ts";

/**
 * The remediations that led to a state, each of which changed or created what triggered the next one. Of `rules` it is known when each
 * acted last, within the window; undefined: it is not known which rules they are, so each of them may be any rule.
 */
export type Chain = { readonly depth: number; readonly rules?: LoopRules | undefined };

/** The chain of a change that no remediation has caused. */
export const NO_CHAIN: Chain = { depth: 0, rules: {} };

/** A chain that is as long as this ends at the first rule that is in it already: it would not help, either. */
export const MAX_DEPTH = 3;
/** Longer chains are not told apart: anybody may have written a number, and what is written after it must still be one. */
const DEPTH_MAX = 100;

/** Annotations of an object, as far as they are about loops. */
export type LoopAnnotations = Readonly<Record<string, string>>;

/** The loop annotations of an object; empty if it has none. */
export function readLoopAnnotations(object: KubernetesObject): LoopAnnotations {
  const annotations = readTextMap(readField(object, "metadata", "annotations"));
  const own = [DEPTH_ANNOTATION, AT_ANNOTATION, RULES_ANNOTATION].flatMap((name) => {
    const value = annotations[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(own);
}

/**
 * The chain that the annotations of several objects state (of the trigger, and of its controller one hop up). Annotations that are older
 * than the window, from the future, or malformed do not count.
 */
export function readChain(sources: readonly LoopAnnotations[], now: string): Chain {
  return sources
    .map((annotations) => readOne(annotations, Date.parse(now)))
    .reduce(mergeChains, NO_CHAIN);
}

/** The longer of two chains, with the rules of both. */
export function mergeChains(left: Chain, right: Chain): Chain {
  const depth = Math.max(left.depth, right.depth);
  const rules =
    left.rules === undefined || right.rules === undefined
      ? undefined
      : mergeRules(left.rules, right.rules);
  return { depth, rules };
}

/** The chain after a remediation by this rule, of an object that has a chain of its own: it never gets shorter. */
export function extendChain(chain: Chain, rule: string, now: string, own: Chain = NO_CHAIN): Chain {
  const { rules } = mergeChains(chain, own);
  const depth = Math.min(Math.max(chain.depth + 1, own.depth), DEPTH_MAX);
  return { depth, rules: rules && mergeRules(rules, { [rule]: now }) };
}

/** Whether another remediation by this rule would go round in a loop. Rules that each act once are none, however many they are. */
export function isLoop({ depth, rules }: Chain, rule: string): boolean {
  return depth >= MAX_DEPTH && (rules === undefined || Object.hasOwn(rules, rule));
}

/** Whether annotations say that Kubemend will write them later: somebody else wrote that. */
export function isFromFuture(annotations: LoopAnnotations, now: string): boolean {
  return readAtMs(annotations) > Date.parse(now) + CLOCK_TOLERANCE_MS;
}

/** As the parts of annotations, see `toCauseAnnotations`. */
export function toChainParts({ depth, rules }: Chain): {
  readonly depth: number;
  readonly rules: string | undefined;
} {
  return { depth, rules: rules && formatRules(rules) };
}

/** A chain as it is stored in a record, for as long as that lives. */
export type StoredChain = {
  readonly depth: number;
  /** See `formatRules`; absent although `depth` is above 0: they are not known. */
  readonly loopRules?: string;
};

export function toStoredChain(chain: Chain): StoredChain {
  const { depth, rules } = toChainParts(chain);
  return depth === 0 || rules === undefined ? { depth } : { depth, loopRules: rules };
}

export function readStoredChain({ depth, loopRules }: StoredChain): Chain {
  if (depth === 0) return NO_CHAIN;
  return {
    depth: Math.min(depth, DEPTH_MAX),
    rules: loopRules === undefined ? undefined : parseRules(loopRules),
  };
}

function readOne(annotations: LoopAnnotations, nowMs: number): Chain {
  const depth = readDepth(annotations[DEPTH_ANNOTATION]);
  const isYoung = (atMs: number): boolean => isWithinWindow(atMs, nowMs);
  if (depth === 0 || !isYoung(readAtMs(annotations))) return NO_CHAIN;
  const text = annotations[RULES_ANNOTATION];
  const rules = text === undefined ? undefined : parseRules(text);
  const young = Object.entries(rules ?? {}).filter(([, at]) => isYoung(Date.parse(at)));
  return { depth, rules: rules && Object.fromEntries(young) };
}

/** A number that is too large is a long chain, not none. */
function readDepth(text = ""): number {
  return /^\d+$/.test(text) ? Math.min(Number(text), DEPTH_MAX) : 0;
}

function readAtMs(annotations: LoopAnnotations): number {
  return Date.parse(annotations[AT_ANNOTATION] ?? "");
}
