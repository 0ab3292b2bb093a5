import type { RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { Grant } from "../../../core/pipeline/rights/grants.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import { isEnded } from "../../../core/records/phase.ts";
import { AFTER_HOLD_MS, deliverRequest } from "../functions/test-run.ts";
import { getRecord, toDeps, type RemediationWorld } from "../functions/remediation-world.ts";
import { watchClient } from "../kubernetes/failing-client.ts";
import type { Right } from "./rights.ts";

/** A rule with one action, the rights that are generated for it, and the situations that need all of these between them. */
export type RightsCase = {
  readonly what: string;
  readonly action: string;
  readonly grants: readonly Grant[];
  readonly situations: readonly Situation[];
};

export type Situation = {
  readonly what: string;
  /** Makes a situation with objects of this name. */
  readonly start: (world: RemediationWorld, name: string) => Promise<Attempt>;
};

export type Attempt = {
  readonly pipeline: Pipeline;
  readonly request: RemediationRequest;
  /** Reads the object that the right is for: it is unchanged as long as the right is missing. */
  readonly look: (right: Right) => Promise<unknown>;
  /** Acts for others between two deliveries. */
  readonly between?: () => Promise<void>;
  readonly more?: (client: KubernetesClient) => Partial<ProcessDeps>;
  /** The errors that the function logs. */
  readonly logged?: readonly string[];
};

const ROUNDS_MAX = 6;

export type Result = {
  /** The reason of the verdict, the messages of the record, and the logged errors. */
  readonly said: string;
  readonly phase: string | undefined;
};

/** Delivers the request until its record has ended, or is refused something. */
export async function carryOut(
  world: RemediationWorld,
  { pipeline, request, between, more, logged = [] }: Attempt,
  client: KubernetesClient,
): Promise<Result> {
  for (let round = 1; ; round += 1) {
    const now = (): number => Date.now() + round * AFTER_HOLD_MS;
    const deps = { ...toDeps(world, { client, pipeline, now }), ...more?.(client) };
    const verdict = await deliverRequest(request, deps, { isRepeated: true, isSigned: true });
    const status = (await getRecord(world, request.data.record))?.status;
    const said = [
      verdict.outcome === "done" ? "" : verdict.reason,
      status?.message,
      ...(status?.steps ?? []).map(({ message }) => message),
      ...logged,
    ];
    const text = said.filter((one) => one !== undefined && one !== "").join("; ");
    const { phase = "Pending" } = status ?? {};
    const isOver = verdict.outcome !== "done" || isEnded(phase) || /forbidden/i.test(text);
    if (isOver || round === ROUNDS_MAX) return { said: text, phase };
    await between?.();
  }
}

/** The same situation, once an executor was killed when its Job, or what this resource says, had been created. */
export function again(situation: Situation, resource = "jobs"): Situation {
  return {
    what: `${situation.what}, again after one of ${resource} was created`,
    async start(world, name) {
      const attempt = await situation.start(world, name);
      await killAfter(world, attempt, new RegExp(`^POST .*/${resource}$`));
      return attempt;
    },
  };
}

/** An executor that is killed when its first request of this kind was answered. */
async function killAfter(
  world: RemediationWorld,
  attempt: Attempt,
  request: RegExp,
): Promise<void> {
  let isKilled = false;
  const die = (): void => {
    if (isKilled) throw new Error("killed");
  };
  const client = watchClient(world.admin, {
    before: die,
    after: () => {
      isKilled ||= request.test(client.requests.at(-1) ?? "");
      die();
    },
  });
  const deps = {
    ...toDeps(world, { client, pipeline: attempt.pipeline }),
    ...attempt.more?.(client),
  };
  await deliverRequest(attempt.request, deps, { isSigned: true });
  if (!isKilled) throw new Error(`no request was ${request.source}`);
}
