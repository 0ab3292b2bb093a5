import { toCanonicalJson } from "../../../core/json/canonical-json.ts";
import type { SimulatedPlan } from "../decide/simulated-plan.ts";

/** What a match would do, as text that is the same for the same operations; undefined if it is not known. */
export function toComparedText(plan: SimulatedPlan | undefined): string | undefined {
  if (plan === undefined || plan.missing !== undefined) return undefined;
  // They name the versions of the rules.
  const { messages: _messages, ...does } = plan;
  return toCanonicalJson(does);
}

/** What a plan has that another one does not: of ten steps people want to see the one that differs. */
export function withoutShared(
  own: SimulatedPlan,
  opposite: SimulatedPlan | undefined,
): SimulatedPlan {
  if (opposite === undefined) return own;
  return {
    waits: without(own.waits, opposite.waits),
    steps: without(own.steps, opposite.steps),
    notes: without(own.notes, opposite.notes),
    refusal: unless(own.refusal, opposite.refusal),
    missing: unless(own.missing, opposite.missing),
  };
}

function without<T>(all: readonly T[] = [], shared: readonly T[] = []): readonly T[] {
  const known = new Set(shared.map(toCanonicalJson));
  return all.filter((one) => !known.has(toCanonicalJson(one)));
}

function unless<T>(own: T | undefined, same: T | undefined): T | undefined {
  return toCanonicalJson(own) === toCanonicalJson(same) ? undefined : own;
}
