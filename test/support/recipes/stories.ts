import { expect } from "vitest";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readField } from "../../../core/json/read-json.ts";
import { setStatus, toRolledOut } from "./create-story.ts";

/** The rest of a recipe's story, once its objects are there. */
export type Story = {
  /** For what the record waits, in order. */
  readonly waits: readonly string[];
  /** To whom alerts are sent, in order. */
  readonly alerts: readonly string[];
  /** The work of somebody else while the record waits. */
  readonly meanwhile?: (admin: KubernetesClient, record: RemediationRecord) => Promise<void>;
  /** The state of the cluster at the end; null: there is no such object. */
  readonly end: { readonly path: string; readonly is: unknown };
};

const PODS = "/api/v1/namespaces/shop/pods";
const NODES = "/api/v1/nodes";
const DATA = "/apis/batch/v1/namespaces/data";
const CERTIFICATE_JOB = "/apis/batch/v1/namespaces/operator/jobs/webhook-cert-init";
const WEB = "/apis/apps/v1/namespaces/shop/deployments/web";

// oxlint-disable-next-line vitest/no-standalone-expect -- a matcher, not an assertion
const UNCORDONED: unknown = expect.not.objectContaining({ unschedulable: true });
const cordoned = { spec: { unschedulable: true } };
const restarted = {
  spec: {
    template: {
      metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": expect.any(String) } },
    },
  },
};
const runOf = (cronJob: string): object => ({
  items: expect.arrayContaining([
    expect.objectContaining({
      metadata: expect.objectContaining({
        annotations: expect.objectContaining({ "cronjob.kubernetes.io/instantiate": "manual" }),
        ownerReferences: [expect.objectContaining({ kind: "CronJob", name: cronJob })],
      }),
    }),
  ]),
});

/** As the Job controller does. */
async function completeRun(admin: KubernetesClient, { status }: RemediationRecord): Promise<void> {
  const made = status?.steps?.findLast(({ object }) => object?.kind === "Job")?.object;
  if (made === undefined || status?.reason !== "Verifying") return;
  const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const conditions = ["SuccessCriteriaMet", "Complete"].map((type) => ({
    type,
    status: "True",
    lastProbeTime: at,
    lastTransitionTime: at,
  }));
  const complete = { startTime: at, completionTime: at, succeeded: 1, conditions };
  const path = `/apis/batch/v1/namespaces/${made.namespace}/jobs/${made.name}`;
  // A Job that has ended stays as it is: it is the one that is replaced.
  await setStatus(admin, path, ({ status: own }) =>
    readField(own, "completionTime") ? (own as object) : complete,
  );
}

/** The record waits for the effect of what it did to one object, or to each of many. */
const CHECKS: ReadonlySet<string | undefined> = new Set(["Verifying", "TargetsWait"]);

/** As the garbage collector does, once the Pods of the old Job are gone; then as the Job controller does with the new one. */
async function replaceRun(admin: KubernetesClient, record: RemediationRecord): Promise<void> {
  if (record.status?.reason !== "Terminating") return completeRun(admin, record);
  await admin.request({
    method: "PATCH",
    path: CERTIFICATE_JOB,
    contentType: "application/merge-patch+json",
    body: { metadata: { finalizers: null } },
  });
}

/** As the Deployment controller does, once the template has changed. */
async function rollOut(admin: KubernetesClient, { status }: RemediationRecord): Promise<void> {
  if (CHECKS.has(status?.reason)) await setStatus(admin, WEB, toRolledOut);
}

/** By the first two digits of the recipe. */
export const STORIES: Readonly<Record<string, Story>> = {
  "01": {
    waits: ["Verifying"],
    alerts: ["data-oncall"],
    meanwhile: completeRun,
    end: { path: `${DATA}/jobs`, is: runOf("backup") },
  },
  "02": { waits: ["For"], alerts: ["shop"], end: { path: `${PODS}/web-1`, is: null } },
  "03": {
    waits: ["For", "AwaitingApproval"],
    alerts: ["shop", "shop"],
    end: { path: `${PODS}/db-0`, is: null },
  },
  "04": {
    waits: ["For", "Verifying"],
    alerts: ["shop"],
    meanwhile: rollOut,
    end: { path: WEB, is: restarted },
  },
  "05": {
    waits: [],
    alerts: ["shop"],
    end: {
      path: "/apis/apps/v1/namespaces/shop/statefulsets/db",
      is: {
        spec: {
          template: { spec: { containers: [{ resources: { limits: { memory: "1536Mi" } } }] } },
        },
      },
    },
  },
  "06": {
    waits: ["For", "TargetsWait"],
    alerts: ["platform"],
    end: { path: `${NODES}/worker-1`, is: cordoned },
  },
  "07": {
    waits: ["For"],
    alerts: ["platform"],
    end: {
      path: `${NODES}/worker-2`,
      is: { spec: UNCORDONED },
    },
  },
  "08": {
    waits: [],
    alerts: ["platform"],
    end: {
      path: `${NODES}/worker-3`,
      is: {
        spec: {
          taints: expect.arrayContaining([
            { key: "example.com/clean-up", value: "disk", effect: "PreferNoSchedule" },
          ]),
        },
      },
    },
  },
  "09": {
    waits: ["At"],
    alerts: ["storage"],
    end: {
      path: "/api/v1/namespaces/shop/persistentvolumeclaims/data",
      is: { metadata: { labels: { "example.com/trouble": "pending" } } },
    },
  },
  "10": { waits: ["For"], alerts: [], end: { path: `${PODS}/web-2`, is: null } },
  "11": {
    waits: [],
    alerts: [],
    end: { path: "/api/v1/namespaces/tools/pods/once", is: null },
  },
  "12": {
    waits: ["For"],
    alerts: ["data-oncall"],
    end: { path: `${DATA}/cronjobs/report`, is: { spec: { suspend: false } } },
  },
  "13": {
    waits: [],
    alerts: ["data-oncall"],
    end: { path: `${DATA}/jobs`, is: runOf("nightly") },
  },
  "14": {
    waits: ["For"],
    alerts: ["shop"],
    end: {
      path: "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web",
      is: { spec: { maxReplicas: 6 } },
    },
  },
  "15": {
    waits: ["TargetsWait"],
    alerts: [],
    meanwhile: rollOut,
    end: { path: WEB, is: restarted },
  },
  "16": {
    waits: ["At", "TargetsWait"],
    alerts: ["platform"],
    end: { path: `${NODES}/worker-4`, is: cordoned },
  },
  "17": {
    waits: [],
    alerts: ["data-oncall"],
    end: { path: `${DATA}/jobs/load`, is: { spec: { suspend: true } } },
  },
  "18": { waits: ["Verifying"], alerts: ["shop"], end: { path: `${PODS}/web-3`, is: null } },
  "19": {
    waits: ["For"],
    alerts: [],
    end: {
      path: "/apis/apps/v1/namespaces/staging/deployments/web",
      is: { spec: { replicas: 1 } },
    },
  },
  "20": {
    waits: [],
    alerts: ["platform"],
    end: {
      path: "/apis/cert-manager.io/v1/namespaces/shop/certificates/web",
      is: {
        metadata: { annotations: { "example.com/not-renewed-since": "2026-02-20T03:04:00Z" } },
      },
    },
  },
  "21": {
    waits: ["Terminating", "Verifying"],
    alerts: [],
    meanwhile: replaceRun,
    end: {
      path: CERTIFICATE_JOB,
      is: {
        spec: {
          template: { spec: { containers: [{ env: [{ name: "VERSION", value: "0.3" }] }] } },
        },
      },
    },
  },
  "22": {
    waits: ["Verifying"],
    alerts: ["shop"],
    meanwhile: rollOut,
    end: {
      path: WEB,
      is: { spec: { template: { spec: { containers: [{ image: "registry.example/web:1" }] } } } },
    },
  },
  "23": { waits: [], alerts: [], end: { path: `${DATA}/jobs/by-hand`, is: null } },
  "24": {
    waits: [],
    alerts: ["platform"],
    end: {
      path: "/apis/argoproj.io/v1alpha1/namespaces/argocd/applicationsets/shops",
      is: {
        metadata: { annotations: { "argocd.argoproj.io/application-set-refresh": "true" } },
      },
    },
  },
  "25": {
    waits: ["AwaitingApproval"],
    alerts: ["shop", "shop"],
    end: {
      path: "/api/v1/namespaces/shop/resourcequotas/pods",
      is: { spec: { hard: { pods: "30" } } },
    },
  },
  "26": {
    waits: [],
    alerts: ["storage"],
    end: {
      path: "/api/v1/namespaces/shop/persistentvolumeclaims/db",
      is: { metadata: { labels: { "example.com/trouble": "resize" } } },
    },
  },
  "27": {
    waits: [],
    alerts: [],
    end: {
      path: "/apis/events.k8s.io/v1/namespaces/data/events",
      is: {
        items: expect.arrayContaining([
          expect.objectContaining({
            reason: "RunFailed",
            note: "the run report-29384756 has failed",
            regarding: expect.objectContaining({ kind: "CronJob", name: "report" }),
          }),
        ]),
      },
    },
  },
  "28": {
    waits: ["TargetsWait"],
    alerts: [],
    meanwhile: rollOut,
    end: { path: WEB, is: restarted },
  },
};

/** Namespaces that the stories are in. */
export const NAMESPACES: readonly string[] = [
  "argocd",
  "data",
  "operator",
  "shop",
  "staging",
  "tools",
];

/** The resources of others that the stories have. */
export const DEFINITIONS: readonly object[] = [
  toDefinition("cert-manager.io", "v1", "certificates", "Certificate"),
  toDefinition("argoproj.io", "v1alpha1", "applicationsets", "ApplicationSet"),
];

function toDefinition(group: string, version: string, plural: string, kind: string): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          },
        },
      ],
    },
  };
}
