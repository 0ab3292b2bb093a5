import type { KubernetesObject } from "../../../../events/change.ts";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { toMarks } from "../../../../core/operations/change-marks.ts";
import type {
  ChangePath,
  FieldChange,
  OperationOutcome,
  PatchOperation,
} from "../../../../core/operations/operation.ts";
import { toRecord } from "../../../core/records/record.ts";
import { ObjectServer } from "../../../support/kubernetes/object-server.ts";

export const NOW = "2026-03-01T10:00:00.000Z";
export const PATH = "/apis/apps/v1/namespaces/data/deployments/web";
export const TARGET = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespace: "data",
  name: "web",
};
export const IMAGE: ChangePath = [
  "spec",
  "template",
  "spec",
  "containers",
  { name: "main" },
  "image",
];
const CHANGES: readonly FieldChange[] = [
  { path: IMAGE, from: "web:1", to: "web:2" },
  { path: ["spec", "paused"], to: true },
];

export function toDeployment(change: Readonly<Record<string, unknown>> = {}): KubernetesObject {
  const containers = [
    { name: "side", image: "side:1" },
    { name: "main", image: "web:1" },
  ];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "data", uid: "web-uid" },
    spec: { template: { spec: { containers } }, ...change },
  };
}

/** A patch with the marks of a first remediation: of the image and of `paused` unless the test gives others. */
export function toOperation(changes: readonly FieldChange[] = CHANGES): PatchOperation {
  const identity = { namespace: "kubemend", uid: "record-uid" };
  const marks = toMarks(changes, { record: "r", depth: 1, now: NOW, identity });
  return { type: "patch", name: "patch", target: TARGET, uid: "web-uid", changes, marks };
}

/** A server that has the Deployment, or nothing. */
export function toServer(object: KubernetesObject | null = toDeployment()): ObjectServer {
  const server = new ObjectServer();
  if (object !== null) server.put(PATH, object);
  return server;
}

/** The outcome of a patch, for a pipeline that redacts fields of one resource. */
export async function execute(
  server: ObjectServer,
  operation: PatchOperation = toOperation(),
  options: {
    readonly dryRun?: boolean;
    readonly redact?: readonly string[];
    /** The resource whose paths are in `redact`. */
    readonly resource?: string;
  } = {},
): Promise<OperationOutcome> {
  const paths = (options.redact ?? []).map((path) => path.split("."));
  const executor = createExecutor({
    client: server.client,
    pipeline: { redact: [{ resource: options.resource ?? "deployments.apps", paths }] },
    sendAlert: async () => undefined,
  });
  const { dryRun = false } = options;
  return executor.execute(operation, { record: toRecord(), now: NOW, dryRun });
}
