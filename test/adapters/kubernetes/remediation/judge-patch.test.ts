import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { toMarks } from "../../../../core/operations/change-marks.ts";
import type { FieldChange, OperationOutcome } from "../../../../core/operations/operation.ts";
import { toRecord } from "../../../core/records/record.ts";
import { ObjectServer } from "../../../support/kubernetes/object-server.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const PATH = "/apis/example.com/v1/namespaces/data/widgets/w1";
const TARGET = {
  group: "example.com",
  version: "v1",
  resource: "widgets",
  kind: "Widget",
  namespace: "data",
  name: "w1",
};

type Spec = Readonly<Record<string, unknown>>;

function toServer(spec: Spec): ObjectServer {
  const server = new ObjectServer();
  server.put(PATH, {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "w1", namespace: "data", uid: "w1-uid" },
    spec,
  });
  return server;
}

/** The API server stores other fields in `spec` than it was asked to. */
function admit(server: ObjectServer, change: (spec: Spec) => Spec): void {
  server.admit = (object) => ({ ...object, spec: change(object["spec"] as Spec) });
}

function execute(
  server: ObjectServer,
  changes: readonly FieldChange[],
  options: { readonly dryRun?: boolean; readonly redact?: string } = {},
): Promise<OperationOutcome> {
  const paths = options.redact === undefined ? [] : [options.redact.split(".")];
  const executor = createExecutor({
    client: server.client,
    pipeline: { redact: [{ resource: "widgets.example.com", paths }] },
    sendAlert: async () => undefined,
  });
  const identity = { namespace: "kubemend", uid: "record-uid" };
  const marks = toMarks(changes, { record: "r", depth: 1, now: NOW, identity });
  const operation = {
    type: "patch",
    name: "patch",
    target: TARGET,
    uid: "w1-uid",
    changes,
    marks,
  } as const;
  const { dryRun = false } = options;
  return executor.execute(operation, { record: toRecord(), now: NOW, dryRun });
}

const without =
  (name: string) =>
  ({ [name]: _pruned, ...kept }: Spec): Spec =>
    kept;

describe("what the API server has stored of a patch", () => {
  it("asks the API server to refuse unknown fields, also in a dry run", async () => {
    const server = toServer({ size: 1 });
    const changes = [{ path: ["spec", "size"], from: 1, to: 2 }];
    await execute(server, changes, { dryRun: true });
    await execute(server, changes);
    const sent = server.requests.filter(({ method }) => method === "PATCH");
    expect(sent.map(({ query }) => query?.["fieldValidation"])).toEqual(["Strict", "Strict"]);
  });

  it.each([false, true])("fails if a field was left out (dry run: %s)", async (dryRun) => {
    const server = toServer({ size: 1 });
    admit(server, without("sice"));
    expect(await execute(server, [{ path: ["spec", "sice"], to: 5 }], { dryRun })).toEqual({
      outcome: "failed",
      code: "NotStored",
      message:
        "Widget data/w1: the API server accepted the change and stored no spec.sice: the resource has no such field, or an admission webhook or policy removes it",
    });
  });

  it("fails if a field deep in a value was left out, and names it", async () => {
    const server = toServer({});
    admit(server, (spec) => ({ ...spec, backup: { keep: 3 } }));
    const to = { keep: 3, evry: "1h" };
    expect(await execute(server, [{ path: ["spec", "backup"], to }])).toMatchObject({
      code: "NotStored",
      message: expect.stringContaining("stored no spec.backup.evry:"),
    });
  });

  it("fails if admission has set a field back", async () => {
    const server = toServer({ size: 1 });
    admit(server, (spec) => ({ ...spec, size: 1 }));
    expect(await execute(server, [{ path: ["spec", "size"], from: 1, to: 5 }])).toMatchObject({
      code: "NotStored",
      message:
        "Widget data/w1: the API server accepted the change and stored spec.size 1, not 5: it is the default, or an admission webhook or policy keeps it",
    });
  });

  it("fails if admission has restored a field that was to be removed", async () => {
    const server = toServer({ color: "red" });
    admit(server, (spec) => ({ ...spec, color: "red" }));
    const removed = await execute(server, [{ path: ["spec", "color"], from: "red" }]);
    expect(removed).toMatchObject({
      code: "NotStored",
      message: expect.stringContaining('stored spec.color "red", not (none):'),
    });
  });

  it("fails if only one of several changes was stored, and names the other", async () => {
    const server = toServer({ size: 1 });
    admit(server, without("sice"));
    const changes = [
      { path: ["spec", "size"], from: 1, to: 2 },
      { path: ["spec", "sice"], to: 5 },
    ];
    const outcome = await execute(server, changes);
    expect(outcome).toMatchObject({ code: "NotStored" });
    expect(outcome.outcome === "failed" ? outcome.message : "").not.toContain("spec.size");
  });

  it("is done if admission chose a third value, and says which", async () => {
    const server = toServer({ size: 1 });
    admit(server, (spec) => ({ ...spec, size: 3 }));
    expect(await execute(server, [{ path: ["spec", "size"], from: 1, to: 5 }])).toMatchObject({
      outcome: "done",
      message: "the API server stored spec.size 3, not 5",
    });
  });

  it("never quotes a redacted value", async () => {
    const server = toServer({ size: 1 });
    admit(server, (spec) => ({ ...spec, size: "correct-horse" }));
    const changes = [{ path: ["spec", "size"], from: 1, to: 5 }];
    const outcome = await execute(server, changes, { redact: "spec.size" });
    expect(outcome).toMatchObject({
      message: "the API server stored spec.size another value, not 5",
    });
  });

  it.each<readonly [string, unknown, unknown]>([
    ["another spelling of a quantity", "1024Mi", "1Gi"],
    ["another spelling of a duration", "90m", "1h30m0s"],
    ["another spelling of a time", "2026-03-01T10:00:00.000+00:00", "2026-03-01T10:00:00Z"],
    ["defaults beside the value", { keep: 3 }, { keep: 3, every: "1h" }],
    ["no false", { paused: false, keep: 3 }, { keep: 3 }],
    ["nothing instead of an empty list", [], undefined],
    ["an element of admission before ours", [{ name: "a" }], [{ name: "side" }, { name: "a" }]],
    ["an element of admission before ours without a name", ["-v"], ["--log", "-v"]],
  ])("is done if it is %s", async (_what, to, stored) => {
    const server = toServer({});
    admit(server, () => (stored === undefined ? {} : { value: stored }));
    const outcome = await execute(server, [{ path: ["spec", "value"], to }]);
    expect(outcome).toMatchObject({ outcome: "done" });
    expect(outcome).not.toHaveProperty("message");
  });

  it.each<readonly [string, unknown, unknown]>([
    ["an element", [{ key: "a" }, { key: "b" }], [{ key: "a" }]],
    ["an element of scalars", ["-v", "-q"], ["-q"]],
    ["a field of an element", [{ name: "a", imge: "x" }], [{ name: "a" }]],
  ])("fails if %s of a list was left out", async (_what, to, stored) => {
    const server = toServer({});
    admit(server, () => ({ value: stored }));
    const outcome = await execute(server, [{ path: ["spec", "value"], to }]);
    expect(outcome).toMatchObject({ outcome: "failed", code: "NotStored" });
  });

  it("is done if the API server puts a default in place of a removed field", async () => {
    const server = toServer({ size: 7 });
    admit(server, () => ({ size: 1 }));
    const outcome = await execute(server, [{ path: ["spec", "size"], from: 7 }]);
    expect(outcome).toMatchObject({ outcome: "done" });
  });
});

describe("a patch whose answer was lost", () => {
  const CHANGES = [{ path: ["spec", "size"], from: 1, to: 5 }];

  it("fails if the API server does not keep the change, although the object has its marks", async () => {
    const server = toServer({ size: 1 });
    admit(server, (spec) => ({ ...spec, size: 1 }));
    await execute(server, CHANGES);
    expect(await execute(server, CHANGES)).toMatchObject({ code: "NotStored" });
    expect(server.requests.at(-1)).toMatchObject({ query: { dryRun: "All" } });
  });

  it("is done, and changes nothing, if the API server would refuse it by now", async () => {
    const server = toServer({ size: 1 });
    await execute(server, CHANGES);
    server.put(PATH, { ...server.get(PATH), spec: { size: 2 } });
    server.before = ({ method }) => {
      if (method !== "PATCH") return;
      throw new KubemendError("AdmissionDenied", "frozen", { retryable: false });
    };
    expect(await execute(server, CHANGES)).toMatchObject({ outcome: "done" });
    expect(server.get(PATH)["spec"]).toEqual({ size: 2 });
  });
});

describe("a template that can have no annotations", () => {
  const TEMPLATE = { template: { spec: { size: 1 } } };
  const CHANGES = [{ path: ["spec", "template", "spec", "size"], from: 1, to: 5 }];

  function refuse(server: ObjectServer, ...known: readonly string[]): void {
    server.before = ({ method, body }) => {
      const text = JSON.stringify(body ?? "");
      const fields = known.filter((field) => text.includes(`/${field.replaceAll(".", "/")}`));
      if (method !== "PATCH" || fields.length === 0) return;
      throw new KubemendError("UnknownField", "strict", { retryable: false, fields });
    };
  }

  const read = (server: ObjectServer): KubernetesObject => server.get(PATH);

  it.each(["spec.template.metadata", "spec.template.metadata.annotations"])(
    "is changed without marks in it if it lacks %s",
    async (field) => {
      const server = toServer(TEMPLATE);
      server.before = ({ method, body }) => {
        if (method !== "PATCH" || !JSON.stringify(body).includes("/spec/template/metadata")) return;
        throw new KubemendError("UnknownField", "strict", { retryable: false, fields: [field] });
      };
      expect(await execute(server, CHANGES)).toMatchObject({ outcome: "done" });
      expect(read(server)["spec"]).toEqual({ template: { spec: { size: 5 } } });
      expect(read(server).metadata["annotations"]).toMatchObject({ "kubemend.dev/cause": "r" });
    },
  );

  it("does not hide an unknown field of the rule", async () => {
    const server = toServer(TEMPLATE);
    refuse(server, "spec.template.metadata", "spec.template.spec.sice");
    const path = ["spec", "template", "spec", "sice"];
    const outcome = await execute(server, [{ path, to: 5 }]);
    expect(outcome).toEqual({
      outcome: "failed",
      code: "UnknownField",
      message:
        "Widget data/w1 has no field spec.template.spec.sice, so the API server has stored nothing of the change: kubectl explain shows the fields that it has",
    });
    expect(read(server)["spec"]).toEqual(TEMPLATE);
  });
});
