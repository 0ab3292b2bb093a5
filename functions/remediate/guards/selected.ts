import type {
  CountSelected,
  CountSelectedDeps,
} from "../../../adapters/kubernetes/guards/count-selected.ts";
import type { GuardState } from "../../../core/guards/hold.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";

/** Loaded only when it is used: few rules limit a part of their objects. */
export function createLazyCount(deps: CountSelectedDeps): CountSelected {
  let count: CountSelected | undefined;
  return async (on, signal) => {
    const { createCountSelected } =
      await import("../../../adapters/kubernetes/guards/count-selected.ts");
    count ??= createCountSelected(deps);
    return count(on, signal);
  };
}

/** The state with the number of objects that the rule selects, if its guards need that. */
export async function withSelected(
  state: GuardState,
  { guards, on }: Rule,
  countSelected: CountSelected | undefined,
  signal: AbortSignal,
): Promise<GuardState> {
  if (guards.blastRadius?.percent === undefined || countSelected === undefined) return state;
  return { ...state, selected: await countSelected(on, signal) };
}
