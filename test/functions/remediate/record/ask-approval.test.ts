import { expect, it } from "vitest";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import type { AlertMessage } from "../../../../events/alert.ts";
import type { WriteOperation } from "../../../../core/operations/operation.ts";
import type { Rule } from "../../../../core/pipeline/pipeline.ts";
import type { RemediateDeps } from "../../../../functions/remediate/record/run.ts";
import { askApproval } from "../../../../functions/remediate/record/ask-approval.ts";
import { toRecord } from "../../../core/records/record.ts";
import { ObjectServer } from "../../../support/kubernetes/object-server.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const PATH = "/apis/apps/v1/namespaces/data/deployments/web";
const target = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespace: "data",
  name: "web",
};
const PATCH: WriteOperation = {
  type: "patch",
  name: "patch",
  target,
  uid: "web-uid",
  changes: [{ path: ["spec", "paused"], to: true }],
};
const DELETE: WriteOperation = {
  type: "delete",
  name: "deleteObject",
  target,
  uid: "web-uid",
  propagationPolicy: "Background",
  stage: 1,
};
const ALERT: WriteOperation = { type: "alert", name: "alert", to: "team", summary: "look" };

async function ask(spec: Readonly<Record<string, unknown>>) {
  const server = new ObjectServer();
  const metadata = { name: "web", namespace: "data", uid: "web-uid" };
  server.put(PATH, { apiVersion: "apps/v1", kind: "Deployment", metadata, spec });
  const before = server.get(PATH);
  const alerts: AlertMessage[] = [];
  const executor = createExecutor({
    client: server.client,
    pipeline: { redact: [] },
    sendAlert: async (message) => void alerts.push(message),
  });
  const plan = { operations: [PATCH, DELETE, ALERT] };
  const rule = { approveWithinMs: 60_000 } as Rule;
  const request = {
    record: toRecord(),
    status: { phase: "Running" },
    plan,
    rule,
    executor,
    deps: {} as RemediateDeps,
  } as const;
  const asked = await askApproval({ ...request, now: NOW }, new AbortController().signal);
  return { asked, alerts, isUnchanged: server.get(PATH) === before };
}

it("a plan is previewed with what each write would do to its object, and nothing is stored", async () => {
  const { asked, alerts, isUnchanged } = await ask({});
  expect(isUnchanged).toBe(true);
  expect(asked).toMatchObject({
    ok: true,
    value: {
      phase: "AwaitingApproval",
      preview: [
        "would change Deployment data/web: spec.paused (none) -> true\n  spec:\n+   paused: true",
        "if that fails, would delete Deployment data/web",
        "would alert team: look",
      ],
    },
  });
  const [alert] = alerts;
  expect(alert?.data.summary).toContain("spec.paused (none) -> true");
  expect(alert?.data.preview).toEqual(asked.ok ? asked.value.preview : []);
});

it("nobody is asked about a change that cannot be made any more", async () => {
  const { asked, alerts } = await ask({ paused: false });
  expect(alerts).toEqual([]);
  expect(asked).toMatchObject({
    ok: false,
    error: { operations: [ALERT], problem: { code: "PreconditionFailed" } },
  });
});
