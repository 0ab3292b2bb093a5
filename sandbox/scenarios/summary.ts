import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import type { RemediationRecord } from "../../events/remediation.ts";

export type Summary = {
  /** Objects that Kubemend created, by `<namespace>/<name>`, with the record that says why. */
  readonly mended: readonly { readonly object: string; readonly record: string }[];
  readonly remediations: Readonly<Record<string, number>>;
  /** From the moment the relay read the change to the moment the action completed; null without remediations. */
  readonly changeToActionMs: { readonly p50: number; readonly p99: number } | null;
  readonly messages: number;
  /** Objects created more than once for one record: must be 0. */
  readonly duplicates: number;
};

/** Summarizes a run from what the cluster shows: the records, and the objects that carry their names. */
export async function summarize(deps: {
  readonly kubernetes: KubernetesClient;
  readonly recordNamespace: string;
  /** The number of messages that normalize has received from the relay. */
  readonly messages: number;
}): Promise<Summary> {
  const records = await deps.kubernetes.request<{ items: readonly RemediationRecord[] }>({
    method: "GET",
    path: `/apis/kubemend.dev/v1alpha1/namespaces/${deps.recordNamespace}/remediations`,
  });
  const jobs = await deps.kubernetes.request<{ items: readonly MadeObject[] }>({
    method: "GET",
    path: "/apis/batch/v1/jobs",
  });
  const byCause = Map.groupBy(
    jobs.items.filter((job) => causeOf(job) !== undefined),
    causeOf,
  );
  const latencies = records.items.flatMap(toLatencyMs).toSorted((a, b) => a - b);
  const phases = Map.groupBy(records.items, (record) => record.status?.phase ?? "Pending");
  return {
    mended: [...byCause.entries()].flatMap(([record, made]) =>
      made.map(({ metadata }) => ({
        object: `${metadata.namespace}/${metadata.name}`,
        record: record ?? "",
      })),
    ),
    remediations: Object.fromEntries([...phases].map(([phase, all]) => [phase, all.length])),
    changeToActionMs:
      latencies.length === 0
        ? null
        : { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) },
    messages: deps.messages,
    duplicates: [...byCause.values()].reduce((sum, made) => sum + made.length - 1, 0),
  };
}

type MadeObject = {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
};

const causeOf = (object: MadeObject): string | undefined =>
  object.metadata.annotations?.["kubemend.dev/cause"];

function toLatencyMs(record: RemediationRecord): readonly number[] {
  const done = record.status?.steps?.find((step) => step.state === "done" && step.object);
  if (done?.endedAt === undefined) return [];
  return [Date.parse(done.endedAt) - Date.parse(record.spec.change.time)];
}

/** Nearest rank: the smallest value that at least this share of the values does not exceed. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
