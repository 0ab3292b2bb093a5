import * as v from "valibot";
import {
  ALERT_GROUP_CLUSTER_LABEL,
  ALERT_GROUP_KIND,
  ALERT_GROUP_RESOURCE,
  ALERT_GROUP_RULE_LABEL,
  alertGroupSchema,
  type AlertGroup,
  type AlertGroupStatus,
} from "../../events/alert-group.ts";
import { describeIssues, FIRST_ISSUE } from "../../events/contract.ts";
import { RECORD_API_VERSION, RECORD_GROUP, RECORD_VERSION } from "../../events/remediation.ts";
import type { Grouped } from "../../core/alerts/groups/group-of.ts";
import { KubemendError, orNothing } from "../../core/errors.ts";
import { toResourcePath } from "../kubernetes/api/path.ts";
import { isLost } from "../kubernetes/api/unchanged.ts";
import type { KubernetesClient } from "../kubernetes/http/client.ts";

export type GroupStore = {
  readonly namespace: string;
  /** Undefined if there is no group of that name. */
  readonly read: (name: string, signal: AbortSignal) => Promise<AlertGroup | undefined>;
  /** Creates the group with its first alerts; undefined if there is one of that name already. */
  readonly create: (
    group: Grouped,
    status: AlertGroupStatus,
    signal: AbortSignal,
  ) => Promise<AlertGroup | undefined>;
  /** Replaces the status in exactly this state of the group; undefined if somebody else has written or deleted it. */
  readonly save: (
    group: AlertGroup,
    status: AlertGroupStatus,
    signal: AbortSignal,
  ) => Promise<AlertGroup | undefined>;
};

const COLLECTION = {
  group: RECORD_GROUP,
  version: RECORD_VERSION,
  resource: ALERT_GROUP_RESOURCE,
};
const HEAD = { apiVersion: RECORD_API_VERSION, kind: ALERT_GROUP_KIND };

/** API path of a group, or of all groups of a namespace. */
export function toGroupPath(address: {
  readonly namespace: string;
  readonly name?: string;
}): string {
  return toResourcePath({ ...COLLECTION, ...address });
}

/**
 * The groups of alerts in the cluster. Throws the KubemendError of a refused request; a group that this version cannot read is
 * `Invalid`.
 */
export function createGroupStore(deps: {
  readonly client: KubernetesClient;
  readonly namespace: string;
}): GroupStore {
  const { client, namespace } = deps;
  return {
    namespace,
    read: (name, signal) =>
      orNothing("NotFound", async () => {
        const path = toGroupPath({ namespace, name });
        return toAlertGroup(await client.request({ method: "GET", path, signal }));
      }),
    create: ({ name, spec }, status, signal) =>
      orNothing("AlreadyExists", async () => {
        const labels = {
          [ALERT_GROUP_RULE_LABEL]: spec.rule,
          [ALERT_GROUP_CLUSTER_LABEL]: spec.cluster.uid,
        };
        const body = { ...HEAD, metadata: { name, namespace, labels }, spec, status };
        const path = toGroupPath({ namespace });
        return toAlertGroup(await client.request({ method: "POST", path, body, signal }));
      }),
    async save(group, status, signal) {
      const path = toGroupPath({ namespace, name: group.metadata.name });
      const body = { ...group, status };
      try {
        return toAlertGroup(await client.request({ method: "PUT", path, body, signal }));
      } catch (error) {
        if (isLost(error)) return undefined;
        throw error;
      }
    },
  };
}

/** Reads a group as the API server sent it. */
export function toAlertGroup(body: unknown): AlertGroup {
  const result = v.safeParse(alertGroupSchema, body, FIRST_ISSUE);
  if (result.success) return result.output;
  const message = `an alert group cannot be read: ${describeIssues(result.issues)}`;
  throw new KubemendError("Invalid", message, { retryable: false });
}
