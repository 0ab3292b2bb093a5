import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { parsePipelineText } from "../../adapters/pipeline-file.ts";
import { orNothing } from "../../core/errors.ts";
import { readField } from "../../core/json/read-json.ts";
import { failed, passed, type Check, type Finding } from "./finding.ts";

/** The relay's objects have this name in every installation. */
const NAME = "kubemend-relay";
const LOOK_MS = 1000;
/** Longer than any relay waits between two renewals. */
const RENEWED_WITHIN_MS = 12_000;

type Lease = {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec?: { readonly holderIdentity?: string };
};

/** Whether a relay holds the Lease and renews it. It is read until it changes, because clocks may differ. */
export function checkLease(
  client: KubernetesClient,
  namespace: string,
  withinMs: number = RENEWED_WITHIN_MS,
): Check {
  return async (signal) => {
    const check = "relay's Lease";
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${NAME}`;
    const read = (): Promise<Lease | undefined> =>
      orNothing("NotFound", () => client.request<Lease>({ method: "GET", path, signal }));
    const fix = `install the relay, or look why it does not run: kubectl -n ${namespace} logs -l app.kubernetes.io/name=kubemend-relay`;
    const first = await read();
    const holder = first?.spec?.holderIdentity ?? "";
    if (first === undefined) return [failed(check, `there is no Lease ${namespace}/${NAME}`, fix)];
    if (holder === "") return [failed(check, "nobody holds it", fix)];
    for (const endMs = performance.now() + withinMs; performance.now() < endMs;) {
      await sleep(Math.min(LOOK_MS, withinMs), undefined, { signal });
      const again = await read();
      if (again?.metadata.resourceVersion !== first.metadata.resourceVersion) {
        return [passed(check, `${holder} holds and renews it`)];
      }
    }
    return [failed(check, `${holder} has not renewed it for ${withinMs / 1000} s`, fix)];
  };
}

/** The digest of the pipeline that the relay of the chart has; undefined if it has none. */
export async function readRelayDigest(
  client: KubernetesClient,
  namespace: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${NAME}`;
  const map = await orNothing("NotFound", () => client.request({ method: "GET", path, signal }));
  const text = readField(map, "data", "pipeline.yaml");
  const parsed = typeof text === "string" ? parsePipelineText(text) : undefined;
  return parsed?.ok === true ? parsed.value.pipeline.digest : undefined;
}

/** Compares the pipelines of both sides with the one that was named. */
export function compareDigests(
  wanted: string,
  sides: Readonly<Record<"relay" | "functions", string | undefined>>,
): readonly Finding[] {
  const ways = {
    relay: "deploy the relay with it: kubemend deploy, or helm upgrade",
    functions: "package and deploy the functions with it, before the relay",
  };
  return (["relay", "functions"] as const).map((side) => {
    const check = `pipeline of the ${side}`;
    const digest = sides[side];
    if (digest === undefined) return { check, outcome: "skipped", message: "it is not known here" };
    if (digest === wanted) return passed(check, `the same (${digest.slice(0, 12)})`);
    return failed(
      check,
      `another one: ${digest.slice(0, 12)} instead of ${wanted.slice(0, 12)}`,
      ways[side],
    );
  });
}
