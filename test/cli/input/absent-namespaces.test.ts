import { expect, test } from "vitest";
import { parsePipelineText } from "../../../adapters/pipeline-file.ts";
import { readAbsentNamespaces } from "../../../cli/input/absent-namespaces.ts";
import {
  createScriptedClient,
  type ScriptedAnswer,
} from "../../support/kubernetes/scripted-client.ts";

const PIPELINE = `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: c }
rules:
  - id: rerun
    on: { resource: jobs.batch, namespaces: [demo, demoo, qqqqqqqqq] }
    once: object
    then: [alert: { to: ops, summary: "'x'" }]
`;

async function read(answer: (path: string) => ScriptedAnswer) {
  const parsed = parsePipelineText(PIPELINE);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const { client } = createScriptedClient(({ path }) => answer(path));
  return readAbsentNamespaces(client, parsed.value.pipeline, AbortSignal.timeout(60_000));
}

const status = (code: number, reason: string): ScriptedAnswer => ({
  status: code,
  body: { kind: "Status", code, reason, message: reason },
});
const demo = { metadata: { name: "demo", uid: "u" } };

test("namespaces that do not exist are named with their rule, and with the name that was probably meant", async () => {
  const absent = await read((path) => {
    if (path === "/api/v1/namespaces") return { body: { items: [demo] } };
    return path.endsWith("/demo") ? { body: demo } : status(404, "NotFound");
  });
  expect(absent).toEqual([
    {
      name: "demoo",
      message: expect.stringMatching(/^the namespace demoo \(rule rerun\) does not exist/),
      fix: "did you mean demo?",
    },
    {
      name: "qqqqqqqqq",
      message: expect.stringContaining("namespace qqqqqqqqq"),
      fix: "create it, or correct its name",
    },
  ]);
});

test("a user who may not read namespaces learns nothing of them", async () => {
  expect(await read(() => status(403, "Forbidden"))).toEqual([]);
});
