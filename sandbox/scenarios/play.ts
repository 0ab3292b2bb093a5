import { setTimeout as sleep } from "node:timers/promises";
import { describeError } from "../../core/errors.ts";
import { StepFailed, type Scenario, type ScenarioContext } from "./scenario.ts";

const POLL_MS = 50;
const STEP_TIMEOUT_MS = 30_000;

/** One thing that happened while a scenario played. `latencyMs` counts from the scenario's last change. */
export type PlayEvent =
  | { readonly type: "scenario"; readonly scenario: string; readonly title: string }
  | { readonly type: "change"; readonly scenario: string; readonly step: string }
  | {
      readonly type: "step";
      readonly scenario: string;
      readonly step: string;
      readonly latencyMs: number;
      readonly detail?: string;
    }
  | {
      readonly type: "failed";
      readonly scenario: string;
      readonly step: string;
      readonly message: string;
    };

export type PlayDependencies = Omit<ScenarioContext, "step" | "change"> & {
  readonly tell: (event: PlayEvent) => void;
  /** Says what has died meanwhile, if anything: a step that waits for it ends at once. */
  readonly broken: () => string | undefined;
  /** What is known about a step that did not end: what the functions said, what lies in dead-letter queues. */
  readonly diagnose: () => Promise<string>;
};

/** Plays the scenarios in order and stops at the first that fails. Answers whether each ended as it should. */
export async function playScenarios(
  scenarios: readonly Scenario[],
  deps: PlayDependencies,
  signal: AbortSignal,
): Promise<boolean> {
  for (const scenario of scenarios) {
    deps.tell({ type: "scenario", scenario: scenario.id, title: scenario.title });
    try {
      await scenario.run(createContext(scenario.id, deps, signal));
    } catch (error) {
      signal.throwIfAborted();
      const step = error instanceof StepFailed ? error.step : scenario.title;
      const diagnosis = await deps.diagnose().catch(describeError);
      const message = [describeError(error), diagnosis].filter((part) => part !== "").join(" ");
      deps.tell({ type: "failed", scenario: scenario.id, step, message });
      return false;
    }
  }
  return true;
}

function createContext(
  scenario: string,
  deps: PlayDependencies,
  signal: AbortSignal,
): ScenarioContext {
  let changedAt = performance.now();
  let current = "";
  return {
    kubernetes: deps.kubernetes,
    namespace: deps.namespace,
    alerts: deps.alerts,
    relay: deps.relay,
    async change(name, act) {
      current = name;
      changedAt = performance.now();
      const result = await act().catch((error: unknown) => {
        throw new StepFailed(name, `${describeError(error)}.`, error);
      });
      deps.tell({ type: "change", scenario, step: name });
      return result;
    },
    async step(name, check, options = {}) {
      const value = await waitFor(check, {
        name,
        after: current,
        timeoutMs: options.timeoutMs ?? STEP_TIMEOUT_MS,
        broken: deps.broken,
        signal,
      });
      const detail = options.detail?.(value);
      deps.tell({
        type: "step",
        scenario,
        step: name,
        latencyMs: Math.round(performance.now() - changedAt),
        ...(detail === undefined ? {} : { detail }),
      });
      return value;
    },
  };
}

async function waitFor<T>(
  check: () => Promise<T | undefined>,
  options: {
    readonly name: string;
    readonly after: string;
    readonly timeoutMs: number;
    readonly broken: () => string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal.throwIfAborted();
    const value = await check().catch((error: unknown) => {
      throw new StepFailed(options.name, `${describeError(error)}.`, error);
    });
    if (value !== undefined) return value;
    const broken = options.broken();
    if (broken !== undefined) throw new StepFailed(options.name, broken);
    if (performance.now() > deadline) {
      throw new StepFailed(
        options.name,
        `This has not happened ${Math.round(options.timeoutMs / 1000)} s after "${options.after}".`,
      );
    }
    await sleep(POLL_MS, undefined, { signal: options.signal });
  }
}
