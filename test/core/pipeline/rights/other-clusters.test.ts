/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { Grant } from "../../../../core/pipeline/rights/grants.ts";
import {
  planOtherPermissions,
  planPermissions,
} from "../../../../core/pipeline/rights/permissions.ts";

function plan(rule: object) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: ["backup", "spare"].map((name) => ({ name, access: { secret: name } })),
    rules: [{ id: "a", once: "object", ...rule }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const own = planPermissions(parsed.value, builtinCatalog()).remediate;
  return {
    own: toLines(own).filter((line) => !line.includes("kubemend.dev")),
    others: planOtherPermissions(parsed.value, builtinCatalog()).map(({ cluster, remediate }) => ({
      cluster,
      rights: toLines(remediate),
    })),
  };
}

function toLines(grants: readonly Grant[]): readonly string[] {
  return grants.flatMap(({ namespace, rules }) =>
    rules.flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
      verbs.map((verb) => {
        const what = [...apiGroups, ...resources, ...resourceNames].join("/");
        return `${verb} ${what}${namespace === null ? "" : ` in ${namespace}`}`;
      }),
    ),
  );
}

const KUBE_SYSTEM = "get /namespaces/kube-system";

describe("the rights of remediate for an action in another cluster", () => {
  it("are there only, in the namespaces that the rule watches, and here it may only read its trigger", () => {
    const { own, others } = plan({
      on: { resource: "deployments.apps", namespaces: ["shop"] },
      then: [{ restartRollout: { target: { cluster: "backup" } } }],
    });
    expect(others).toEqual([
      {
        cluster: "backup",
        rights: [
          KUBE_SYSTEM,
          "get /namespaces in shop",
          "get apps/deployments in shop",
          "patch apps/deployments in shop",
        ],
      },
    ]);
    expect(own).toEqual([
      KUBE_SYSTEM,
      "get /namespaces in shop",
      "get apps/deployments in shop",
      "create events.k8s.io/events in shop",
    ]);
  });

  it("to find the owner of a Pod's controller are here, and those to change its twin there", () => {
    const { own, others } = plan({
      on: { resource: "pods", namespaces: ["shop"] },
      then: [
        {
          restartRollout: { target: { relation: "owner", kind: "Deployment", cluster: "backup" } },
        },
      ],
    });
    expect(own).toContain("get apps/replicasets in shop");
    expect(own.filter((line) => line.includes("deployments"))).toEqual([]);
    expect(others[0]?.rights).toEqual([
      KUBE_SYSTEM,
      "get /namespaces in shop",
      "get apps/deployments in shop",
      "patch apps/deployments in shop",
    ]);
  });

  it("on an object that the rule names are for that name", () => {
    const { others } = plan({
      on: { resource: "jobs.batch", namespaces: ["shop"] },
      reach: ["dr"],
      then: [
        {
          suspend: {
            target: {
              resource: "cronjobs.batch",
              name: "backup",
              namespace: "dr",
              cluster: "spare",
            },
          },
        },
      ],
    });
    expect(others).toEqual([
      {
        cluster: "spare",
        rights: [
          KUBE_SYSTEM,
          "get /namespaces in dr",
          "get batch/cronjobs/backup in dr",
          "patch batch/cronjobs/backup in dr",
          "get /namespaces in shop",
        ],
      },
    ]);
  });

  it("are none where no rule acts", () => {
    const { others } = plan({
      on: { resource: "deployments.apps" },
      then: [{ restartRollout: {} }],
    });
    expect(others).toEqual([]);
  });
});
