import { getObject } from "../../adapters/kubernetes/api/objects.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { readField, readList } from "../../core/json/read-json.ts";
import { describeAddress } from "../../core/operations/describe-operation.ts";
import { readJobEnd } from "../../core/operations/job-end.ts";
import type { ObjectAddress } from "../../core/operations/operation.ts";
import { waitUntil, type Waiting } from "./wait-until.ts";

/** How a Job has ended, or why that is not known. */
export type JobEnd =
  | { readonly outcome: "complete" }
  | { readonly outcome: "failed" | "unknown"; readonly code: string; readonly message: string };

/** Waits until a Job has ended. One that is gone, by its time to live, may have done either. */
export async function awaitEnd(
  client: KubernetesClient,
  { target, uid }: { readonly target: ObjectAddress; readonly uid: string | undefined },
  waiting: Waiting,
  signal: AbortSignal,
): Promise<JobEnd> {
  const what = describeAddress(target);
  let end: JobEnd | undefined;
  let isSuspended = false;
  const rest = await waitUntil(
    async () => {
      const job = await getObject(client, target, signal);
      if (job === null || job.metadata.uid !== uid) {
        end = {
          outcome: "unknown",
          code: "NotFound",
          message: `${what} was gone before it was seen to end`,
        };
      } else {
        end = toEnd(job, what);
        isSuspended = readField(job, "spec", "suspend") === true;
      }
      return end === undefined ? `waits for ${what} to complete` : undefined;
    },
    waiting,
    signal,
  );
  if (end !== undefined && rest === undefined) return end;
  const why = isSuspended ? ", because it is suspended" : "";
  const message = `${what} was not complete in time${why}`;
  return { outcome: "unknown", code: "Timeout", message };
}

function toEnd(job: unknown, what: string): JobEnd | undefined {
  const ended = readJobEnd(job);
  if (ended === undefined) return undefined;
  if (ended.type === "Complete") return { outcome: "complete" };
  const condition = readList(readField(job, "status", "conditions")).find(
    (one) => readField(one, "type") === "Failed",
  );
  const why = readField(condition, "message");
  const message = `${what} has failed (${ended.reason})${typeof why === "string" && why !== "" ? `: ${why}` : ""}`;
  return { outcome: "failed", code: "JobFailed", message };
}
