import type { RemediationRecord } from "../../../../events/remediation.ts";
import type { GuardEntry } from "../../../../events/rule-guard.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import type { Answer } from "../../../../core/guards/admit.ts";
import type { Rule } from "../../../../core/pipeline/pipeline.ts";
import { toCandidate } from "../../../../core/records/guards/candidate.ts";
import { createGuardDesk, type GuardDesk } from "../../../../functions/remediate/guards/desk.ts";
import { FAILED_JOB_TRIGGER } from "../../../support/failed-job.ts";
import { CLUSTER_UID, parseRule } from "../../../support/functions/rule-request.ts";
import { createGuardServer, type GuardServer } from "../../../support/functions/guard-server.ts";

type Json = Readonly<Record<string, unknown>>;

const NOW_MS = Date.parse("2026-03-01T10:00:00.000Z");
const NAMESPACE = "kubemend";
const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/** An entry of the guard before the race, of a remediation of an object, by how long ago (ms) it was. */
export type Earlier = {
  readonly object: string;
  readonly seen?: number;
  readonly admitted?: number;
  readonly ended?: number;
  readonly outcome?: GuardEntry["outcome"];
};

export type Race = {
  /** The answers to both, in their order. */
  readonly answers: readonly Answer[];
  /** Writes that were refused because the other one had written. */
  readonly conflicts: number;
  /** The entries of the two that have a place. */
  readonly started: readonly GuardEntry[];
};

const OFF: Json = {
  maxInFlight: "off",
  maxPerHour: "off",
  cooldown: "off",
  breaker: "off",
  stormBrake: "off",
};

/**
 * Two functions, each with a desk of its own, ask at the same moment whether a remediation of an object may start: both have read the guard
 * before one of them writes it. All guards are off but those that are given. `onWrite` is called before the first write.
 */
export async function race(
  guards: Json,
  objects: readonly [string, string],
  earlier: readonly Earlier[] = [],
  onWrite?: (server: GuardServer) => void,
): Promise<Race> {
  const { rule } = parseRule({
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [{ createJobFromCronJob: null }],
    guards: { ...OFF, ...guards },
  });
  const server = createGuardServer();
  store(server, rule, earlier);
  server.requests.length = 0;
  if (onWrite !== undefined) {
    server.onWrite = () => {
      server.onWrite = undefined;
      onWrite(server);
    };
  }
  const meet = createMeeting(objects.length);
  const asked = objects.map((object, index) => toRecord(rule, object, index));
  const signal = AbortSignal.timeout(30_000);
  const answers = await Promise.all(
    asked.map((record) => createDesk(server, asked, meet).ask(record, rule, signal)),
  );
  const entries = server.guards.get(rule.id)?.status?.entries ?? [];
  const ids = new Set(asked.map((record) => toCandidate(record).id));
  return {
    answers,
    conflicts: server.requests.filter((line) => line.startsWith("CONFLICT")).length,
    started: entries.filter(({ id, admittedAt }) => ids.has(id) && admittedAt !== undefined),
  };
}

/** Resolves when so many have come to it; later ones do not wait. */
function createMeeting(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let come = 0;
  return async () => {
    come += 1;
    if (come >= count) resolve();
    await promise;
  };
}

/** The desk of one function. It waits with what it has read until the other one has read, too. Every record is in progress. */
function createDesk(
  server: GuardServer,
  [any]: readonly RemediationRecord[],
  meet: () => Promise<void>,
): GuardDesk {
  const request = async (asked: KubernetesRequest): Promise<unknown> => {
    const answer = server.serve(asked);
    if (asked.method === "GET") await meet();
    return answer;
  };
  return createGuardDesk({
    client: { request } as unknown as KubernetesClient,
    records: { read: async () => any },
    namespace: NAMESPACE,
    sendWakeup: async () => undefined,
    now: () => NOW_MS,
  });
}

function store(server: GuardServer, rule: Rule, earlier: readonly Earlier[]): void {
  const path = `/apis/kubemend.dev/v1alpha1/namespaces/${NAMESPACE}/ruleguards`;
  const metadata = {
    name: rule.id,
    namespace: NAMESPACE,
    labels: { "kubemend.dev/guard": rule.id },
  };
  server.serve({ method: "POST", path, body: { metadata } });
  const status = { entries: earlier.map((one, index) => toEntry(rule, one, index)) };
  const body = { ...server.guards.get(rule.id), status };
  server.serve({ method: "PUT", path: `${path}/${rule.id}/status`, body });
}

function toEntry(rule: Rule, earlier: Earlier, index: number): GuardEntry {
  const { object, seen, admitted, ended, outcome = "succeeded" } = earlier;
  const toTime = (ms: number): string => new Date(NOW_MS - ms).toISOString();
  return {
    id: String(index).padStart(20, "0"),
    target: toCandidate(toRecord(rule, object, 0)).target,
    ...(seen === undefined ? {} : { seenAt: toTime(seen) }),
    ...(admitted === undefined ? {} : { admittedAt: toTime(admitted) }),
    ...(ended === undefined ? {} : { endedAt: toTime(ended), outcome }),
  };
}

function toRecord({ id, digest }: Rule, object: string, index: number): RemediationRecord {
  const trigger = { ...FAILED_JOB_TRIGGER, name: object, uid: `${object}-uid` };
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Remediation",
    metadata: {
      name: `${id}-${String(index).padStart(20, "a")}`,
      namespace: NAMESPACE,
      uid: `record-${index}`,
      resourceVersion: "1",
    },
    spec: {
      cluster: { name: "test", uid: CLUSTER_UID },
      rule: { id, digest },
      mode: "enforce",
      onceKey: `episode-${index}`,
      trigger,
      change: { id: "c".repeat(64), kind: "modified", time: new Date(NOW_MS).toISOString() },
      references: [],
      traceparent: TRACEPARENT,
    },
  };
}
