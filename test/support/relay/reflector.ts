import { reflect, type ReflectorStart } from "../../../relay/reflector/reflect.ts";
import { systemClock, type Clock } from "../../../relay/runtime/clock.ts";
import type { WatchStep } from "../../../relay/reflector/step.ts";
import type { WatchTarget, WatchTimes } from "../../../relay/reflector/target.ts";
import { CONFIG_MAPS } from "./change.ts";
import {
  createScriptedClient,
  type ScriptedAnswer,
  type ScriptedRequest,
} from "../kubernetes/scripted-client.ts";

/** Sleeps take no time. */
export const impatientClock: Clock = {
  ...systemClock,
  random: () => 0,
  sleep: async () => undefined,
};

export const TIMES: WatchTimes = {
  bookmarkDeadlineMs: 2_000,
  watchdogMs: 2_000,
  backoffMinMs: 800,
  backoffMaxMs: 30_000,
};

const FIRST: ReflectorStart = { type: "snapshot", cause: "start", replace: false };

/** Runs a reflector against a script until `enough`, and returns its steps and requests. */
export async function runReflector(options: {
  readonly answer: (request: ScriptedRequest, index: number) => ScriptedAnswer;
  readonly enough: (step: WatchStep, steps: readonly WatchStep[]) => boolean;
  readonly start?: ReflectorStart;
  readonly target?: Partial<WatchTarget>;
  readonly times?: Partial<WatchTimes>;
  readonly clock?: Clock;
}): Promise<{
  readonly steps: readonly WatchStep[];
  readonly requests: readonly ScriptedRequest[];
}> {
  const { client, requests } = createScriptedClient(options.answer);
  const deps = {
    client,
    clock: options.clock ?? impatientClock,
    times: { ...TIMES, ...options.times },
  };
  const target: WatchTarget = { resource: CONFIG_MAPS, namespace: null, ...options.target };
  const steps: WatchStep[] = [];
  const stop = new AbortController();
  for await (const step of reflect(deps, target, options.start ?? FIRST, stop.signal)) {
    steps.push(step);
    if (options.enough(step, steps)) break;
  }
  stop.abort();
  return { steps, requests };
}

/** A short summary of a step, for comparing whole histories. */
export function summarizeStep(step: WatchStep): string {
  switch (step.type) {
    case "listed":
    case "unlisted":
      return `${step.type} ${step.read.name}@${step.read.resourceVersion}`;
    case "changed":
      return `${step.event} ${step.read.name}@${step.read.resourceVersion}`;
    case "snapshotStarted":
      return `snapshot ${step.cause} by ${step.mode}${step.replace ? ", replacing" : ""}`;
    case "snapshotEnded":
    case "bookmark":
    case "resumed":
      return `${step.type} ${step.resourceVersion}`;
    case "interrupted":
      return `interrupted ${step.reaction.cause}`;
  }
}
