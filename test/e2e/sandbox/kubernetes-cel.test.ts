import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";
import { askApiServer, connect } from "../../support/kubernetes/cel-oracle.ts";
import {
  readCases,
  readObjects,
  readRecorded,
  RECORDED_FILE,
  type Recorded,
} from "../../support/kubernetes/cel-cases.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const folder = temporaryFolder();
const FREE = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const TEXT = { type: "string" };
const EITHER = { "x-kubernetes-int-or-string": true };
const TYPED = {
  type: "object",
  properties: {
    ratio: { type: "number" },
    share: { type: "number" },
    count: { type: "integer" },
    port: EITHER,
    portName: EITHER,
    limit: EITHER,
    limitNumber: EITHER,
    note: { type: "string", nullable: true },
    when: { type: "string", format: "date-time" },
    tags: { type: "array", items: TEXT },
    sizes: { type: "object", additionalProperties: { type: "integer" } },
    rows: {
      type: "array",
      items: { type: "object", properties: { key: TEXT, weight: { type: "number" } } },
    },
  },
};
const PATHS: Readonly<Record<string, string>> = {
  free: "/apis/example.com/v1/namespaces/default/widgets",
  typed: "/apis/example.com/v1/namespaces/default/gadgets",
  pod: "/api/v1/namespaces/default/pods",
};

const TRIES = 500;

let controlPlane: ControlPlane;

beforeAll(async () => {
  controlPlane = await startControlPlane({
    dataDir: join(folder.path, "control-plane"),
    binaries: await ensureBinaries({}),
    apiOnly: true,
  });
});

afterAll(async () => {
  await controlPlane?.stop();
  folder[Symbol.dispose]();
});

function toCrd(kind: string, plural: string, spec: unknown): unknown {
  const schema = { type: "object", properties: { spec, status: FREE } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}

/** Resource versions, uids and times of these requests, which no expression reads. */
function withoutRunData(object: unknown): unknown {
  const { metadata, ...rest } = object as { metadata: Record<string, unknown> };
  const { labels, annotations } = metadata;
  return { ...rest, metadata: { name: "case", namespace: "default", labels, annotations } };
}

test("the API server answers as recorded", async () => {
  const send = connect(controlPlane.kubeconfig);
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await send("POST", crds, toCrd("Widget", "widgets", FREE));
  await send("POST", crds, toCrd("Gadget", "gadgets", TYPED));
  // No controller runs here that would create it, and a Pod needs it.
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
  await send("POST", "/api/v1/namespaces/default/serviceaccounts", account);
  const written = readObjects();
  const create = (on: string, name: string) => {
    const object = written[on] ?? {};
    const metadata = { ...(object["metadata"] as object), name };
    return { path: PATHS[on] ?? "", body: { ...object, metadata } };
  };
  const objects: Record<string, unknown> = {};
  for (const on of Object.keys(written)) {
    const { path, body } = create(on, "case");
    let made = await send("POST", `${path}?dryRun=All`, body);
    // A custom resource is served a moment after its definition was created.
    for (let left = TRIES; made.status === 404 && left > 0; left -= 1) {
      await sleep(200);
      made = await send("POST", `${path}?dryRun=All`, body);
    }
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    objects[on] = withoutRunData(made.body);
  }
  const { body: version } = await send("GET", "/version");
  const cases = readCases();
  const answers = await askApiServer(send, cases, create);
  const recorded: Recorded = {
    version: String(version["gitVersion"]),
    objects,
    answers: cases.map((one, index) => ({ ...one, ...(answers[index] ?? { value: "" }) })),
  };
  if (process.env["KUBEMEND_RECORD_CEL"] === "1") {
    const lines = recorded.answers.map((answer) => `    ${JSON.stringify(answer)}`).join(",\n");
    const head = JSON.stringify({ version: recorded.version, objects }, undefined, 2).slice(0, -2);
    writeFileSync(RECORDED_FILE, `${head},\n  "answers": [\n${lines}\n  ]\n}\n`);
  }
  expect(recorded).toEqual(readRecorded());
}, 1_200_000);
