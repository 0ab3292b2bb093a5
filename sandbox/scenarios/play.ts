import { describeError } from "../../core/errors.ts";
import { poll } from "../host/poll.ts";
import type { SlackMessage } from "../receiver/local-slack.ts";
import { StepFailed, type Scenario, type ScenarioContext } from "./scenario.ts";

const POLL_MS = 50;
const STEP_TIMEOUT_MS = 30_000;

/** One event of a scenario. `latencyMs` counts from the scenario's last change. */
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
  | ({ readonly type: "message"; readonly scenario: string } & SlackMessage)
  | {
      readonly type: "failed";
      readonly scenario: string;
      readonly step: string;
      readonly message: string;
    };

export type PlayDependencies = Omit<ScenarioContext, "step" | "change" | "show"> & {
  readonly report: (event: PlayEvent) => void;
  /** Which part of the sandbox has exited unexpectedly, if any: a waiting step then fails at once. */
  readonly broken: () => string | undefined;
  /** What is known about a step that did not complete: errors of the functions, messages in dead-letter queues. */
  readonly diagnose: () => Promise<string>;
};

/** Plays the scenarios in order and stops at the first failure. Resolves with true if all of them passed. */
export async function playScenarios(
  scenarios: readonly Scenario[],
  deps: PlayDependencies,
  signal: AbortSignal,
): Promise<boolean> {
  for (const scenario of scenarios) {
    deps.report({ type: "scenario", scenario: scenario.id, title: scenario.title });
    try {
      await scenario.run(createContext(scenario.id, deps, signal));
    } catch (error) {
      signal.throwIfAborted();
      const step = error instanceof StepFailed ? error.step : scenario.title;
      const diagnosis = await deps.diagnose().catch(describeError);
      const message = [describeError(error), diagnosis].filter((part) => part !== "").join(" ");
      deps.report({ type: "failed", scenario: scenario.id, step, message });
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
    backup: deps.backup,
    alerts: deps.alerts,
    relay: deps.relay,
    ...(deps.slack === undefined ? {} : { slack: deps.slack }),
    show: ({ text, blocks }) => deps.report({ type: "message", scenario, text, blocks }),
    async change(name, act) {
      current = name;
      changedAt = performance.now();
      const result = await act().catch((error: unknown) => {
        throw new StepFailed(name, `${describeError(error)}.`, error);
      });
      deps.report({ type: "change", scenario, step: name });
      return result;
    },
    async step(name, check, options = {}) {
      const { timeoutMs = STEP_TIMEOUT_MS } = options;
      const { broken } = deps;
      const value = await waitFor(check, { name, after: current, timeoutMs, broken }, signal);
      const detail = options.detail?.(value);
      deps.report({
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

type StepOptions = {
  readonly name: string;
  readonly after: string;
  readonly timeoutMs: number;
  readonly broken: () => string | undefined;
};

async function waitFor<T>(
  check: () => Promise<T | undefined>,
  { name, after, timeoutMs, broken }: StepOptions,
  signal: AbortSignal,
): Promise<T> {
  const seconds = Math.round(timeoutMs / 1000);
  return poll(
    {
      intervalMs: POLL_MS,
      timeoutMs,
      toTimeout: () =>
        new StepFailed(name, `This did not happen within ${seconds} s after "${after}".`),
      async ask() {
        const value = await check().catch((error: unknown) => {
          throw new StepFailed(name, `${describeError(error)}.`, error);
        });
        if (value !== undefined) return value;
        const problem = broken();
        if (problem !== undefined) throw new StepFailed(name, problem);
        return undefined;
      },
    },
    signal,
  );
}
