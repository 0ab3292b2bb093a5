import { expect, test } from "vitest";
import { parseChangeMessage, type ChangeMessage } from "../../../events/change.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { ChangeBuffer } from "../../../relay/delivery/buffer.ts";
import { createRenderer } from "../../../relay/delivery/render-message.ts";
import type { Change } from "../../../relay/detect/change.ts";
import { planRelay } from "../../../relay/plan/planned-watch.ts";

const ALERT = { alert: { to: "team", summary: "'x'" } };
const RERUN = { createJobFromCronJob: {} };

/** The relay's buffer and messages for a pipeline with this rule on Jobs. */
function createRelay(rule: object) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    rules: [{ id: "rule", on: { resource: "jobs.batch" }, then: [RERUN], ...rule }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const watches = planRelay(parsed.value, builtinCatalog(), "cluster-uid");
  const buffer = new ChangeBuffer(
    { maxObjects: 100, maxBytes: 1_000_000 },
    createRenderer(watches, () => 1),
  );
  const offer = (change: Partial<Change> & Pick<Change, "change">, phase = "Running"): void => {
    const metadata = { name: "a", namespace: "n", uid: "uid-a" };
    buffer.offer({
      watch: watches[0]?.key ?? "",
      namespace: "n",
      name: "a",
      uid: "uid-a",
      resourceVersion: "1",
      generation: 1,
      gap: false,
      initial: undefined,
      delivered: false,
      readAtMs: 0,
      object: { apiVersion: "batch/v1", kind: "Job", metadata, status: { phase } },
      ...change,
    });
  };
  const sent = (): readonly ChangeMessage["data"][] =>
    buffer.take({ entries: 10, bytes: 1_000_000 }).map(({ entry }) => {
      const message = parseChangeMessage(entry.rendered.body);
      if (message.outcome === "refused") throw new Error(message.reason);
      return message.value.data;
    });
  return { offer, sent };
}

test.each([
  ["a rule that remediates", {}, true],
  ["ifGone: act", { ifGone: "act" }, true],
  ["a rule that only alerts", { then: [ALERT] }, false],
  [
    "a rule about deletions",
    { then: [ALERT], on: { resource: "jobs.batch", changes: ["deleted"] } },
    true,
  ],
])("an object that came and went before it was sent, with %s: %j", (_what, rule, carries) => {
  const { offer, sent } = createRelay(rule);
  offer({ change: "added" });
  offer({ change: "deleted" }, "Failed");
  const expected = { change: "deleted", unsent: true, object: { status: { phase: "Failed" } } };
  expect(sent()).toMatchObject(carries ? [expected] : []);
});

test("a deletion that replaces an unsent state says so, and carries the last state", () => {
  const { offer, sent } = createRelay({ then: [ALERT] });
  offer({ change: "modified", delivered: true }, "Failed");
  offer({ change: "deleted", delivered: true }, "Failed");
  expect(sent()).toMatchObject([
    { change: "deleted", unsent: true, object: { status: { phase: "Failed" } } },
  ]);
});

test("a deletion of an object whose last state was sent does not say so", () => {
  const { offer, sent } = createRelay({});
  offer({ change: "deleted", delivered: true });
  expect(sent()[0]).not.toHaveProperty("unsent");
});

test("nor does one of an object that had left the selection before", () => {
  const { offer, sent } = createRelay({});
  offer({ change: "left", delivered: true });
  offer({ change: "deleted", delivered: true });
  expect(sent()[0]).not.toHaveProperty("unsent");
});

test("a deletion that was found by comparing carries the unsent state that it replaces", () => {
  const { offer, sent } = createRelay({});
  offer({ change: "added" }, "Failed");
  const metadata = { name: "a", namespace: "n", uid: "uid-a" };
  const object = { apiVersion: "batch/v1", kind: "Job", metadata };
  offer({ change: "deleted", gap: true, object });
  expect(sent()).toMatchObject([
    { gap: true, unsent: true, object: { status: { phase: "Failed" } } },
  ]);
});
