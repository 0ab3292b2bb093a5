import { expect, it } from "vitest";
import type { AlertMessage } from "../../../events/alert.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { createRedact, type DeclaredRedactions } from "../../../core/redaction/redactor.ts";
import { alertProblem } from "../../../functions/transfer/alert-problem.ts";
import { toProblemSpec } from "../../../functions/transfer/problem-record.ts";
import { SOURCE_CLUSTER, toSource } from "../../support/mirror/mirror-case.ts";
import { toMirrorRule } from "../../support/mirror/mirror-world.ts";

/** The alert of a rule about a copy of this object that has failed. */
async function alertAbout(
  object: KubernetesObject,
  resource: string,
  redact: DeclaredRedactions["redact"] = [],
): Promise<string> {
  const rule = toMirrorRule("mirror-it", {
    on: { resource },
    alert: {
      to: "ops",
      summary: "object.metadata.annotations.map(k, object.metadata.annotations[k]).join(',')",
    },
  });
  const type = { group: "", version: "v1", resource, kind: object.kind, namespaced: true };
  const subject = {
    cluster: SOURCE_CLUSTER,
    rule: { id: rule.id, digest: "d" },
    target: "backup-eu",
    object: { ...type, namespace: "shop", name: "settings", uid: "u", resourceVersion: "1" },
    traceparent: "00-00000000000000000000000000000001-0000000000000001-00",
  };
  const spec = toProblemSpec(subject, "u", 0);
  const status = { phase: "Failed", reason: "MirrorConflict", message: "x" } as const;
  const metadata = { name: "r", namespace: "kubemend", uid: "ru" };
  const record = { metadata, spec, status } as unknown as RemediationRecord;
  const sent: AlertMessage[] = [];
  const client = { request: async () => object } as never;
  const sendAlert = async (alert: AlertMessage) => void sent.push(alert);
  const deps = { client, redact: createRedact({ redact }), sendAlert, now: () => 0 };
  await alertProblem(deps, rule, record, new AbortController().signal);
  return JSON.stringify(sent);
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const annotations = { [LAST_APPLIED]: '{"data":{"pw":"dG9wc2VjcmV0"}}', team: "shop-team" };

it("says nothing of the values of a Secret, which kubectl keeps in an annotation too", async () => {
  const secret = { kind: "Secret", metadata: { annotations }, data: { pw: "dG9wc2VjcmV0" } };
  const alert = await alertAbout(toSource(secret), "secrets");
  expect(alert).toContain("shop-team");
  expect(alert).not.toContain("dG9wc2VjcmV0");
});

it("says nothing of what the pipeline redacts", async () => {
  const object = toSource({ metadata: { annotations: { ...annotations, token: "topsecret" } } });
  const paths = [["metadata", "annotations", "token"]];
  const alert = await alertAbout(object, "configmaps", [{ resource: "configmaps", paths }]);
  expect(alert).toContain("shop-team");
  expect(alert).not.toContain("topsecret");
  expect(alert).not.toContain("dG9wc2VjcmV0");
});
