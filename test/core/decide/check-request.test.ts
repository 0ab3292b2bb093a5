/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { RequestData } from "../../../events/request.ts";
import { checkRequest } from "../../../core/decide/check-request.ts";
import { toModeAt } from "../../../core/guards/times/timed-mode.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { toRecord } from "../records/record.ts";

const { evidence: _evidence, ...SPEC } = toRecord().spec;

function toPipeline(rule: object = {}): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [
      {
        id: "rerun",
        on: { resource: "jobs.batch" },
        once: "object",
        then: [{ createJobFromCronJob: {} }],
        ...rule,
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

/** A request of the pipeline's own rule, unless a test says otherwise. */
function check(pipeline: Pipeline, request: Partial<RequestData> = {}, isSigned = false) {
  const digest = pipeline.rules[0]?.digest ?? "";
  const own = { record: "rerun-1", pipeline: pipeline.digest, rule: { id: "rerun", digest } };
  return checkRequest({ ...SPEC, ...own, ...request }, pipeline, isSigned);
}

const OTHER_VERSION = { rule: { id: "rerun", digest: "another" } };

describe("a request of the same version of the rule", () => {
  it("is the rule's if it agrees with everything that the rule fixes", () => {
    const pipeline = toPipeline();
    const rule = pipeline.rules[0];
    expect(check(pipeline)).toEqual({ outcome: "rule", rule, isManual: false });
  });

  it.each<readonly [string, object, Partial<RequestData>]>([
    [
      "it is about pods, not jobs.batch",
      {},
      { trigger: { ...SPEC.trigger, group: "", resource: "pods", kind: "Pod" } },
    ],
    ["its mode is enforce, and the rule's is dryRun", { guards: { mode: "dryRun" } }, {}],
    ["its mode is dryRun, and the rule's is enforce", {}, { mode: "dryRun" }],
    [
      "the rule only alerts, so nothing is requested by it",
      { then: [{ alert: { to: "a", summary: "'x'" } }] },
      {},
    ],
    [
      "the rule mirrors, so nothing is requested by it",
      { then: [{ mirror: { to: ["backup"] } }] },
      {},
    ],
    [
      "its change is left, and the rule is about added, modified",
      {},
      { change: { ...SPEC.change, kind: "left" } },
    ],
    [
      "its change is deleted, and the rule is about added, modified",
      {},
      { change: { ...SPEC.change, kind: "deleted" } },
    ],
    [
      "the rule covers the namespaces shop, and the object is in namespace data",
      { on: { resource: "jobs.batch", namespaces: ["shop"] } },
      {},
    ],
  ])("is forged if %s", (fault, rule, request) => {
    expect(check(toPipeline(rule), request)).toEqual({
      outcome: "forged",
      message: `the request is not one of rule rerun: ${fault}`,
    });
  });

  it("may be about a deletion that replaced a state which was never sent, and about nothing else unsent", () => {
    const unsent = (kind: "deleted" | "left") => ({
      change: { ...SPEC.change, kind, unsent: true },
    });
    expect(check(toPipeline(), unsent("deleted")).outcome).toBe("rule");
    expect(check(toPipeline(), unsent("left")).outcome).toBe("forged");
  });
});

describe("a request of another version of the rule", () => {
  it("is the rule's whatever mode it names: that is derived again", () => {
    expect(check(toPipeline(), { ...OTHER_VERSION, mode: "dryRun" }).outcome).toBe("rule");
  });

  it("is superseded if this version would not have made it", () => {
    const change = { ...SPEC.change, kind: "left" } as const;
    expect(check(toPipeline(), { ...OTHER_VERSION, change }).outcome).toBe("superseded");
  });

  it("is forged if it is about another resource, which no version of a rule changes silently", () => {
    const trigger = { ...SPEC.trigger, group: "", resource: "pods", kind: "Pod" };
    expect(check(toPipeline(), { ...OTHER_VERSION, trigger }).outcome).toBe("forged");
  });
});

it("a request of a rule that the pipeline lacks names that rule", () => {
  expect(check(toPipeline(), { rule: { id: "gone", digest: "d" } })).toEqual({
    outcome: "unknownRule",
    message: "the pipeline has no rule gone",
  });
});

describe("a manual request", () => {
  const manual = { onceKey: "manual/alice/1" };

  it("is forged if the rule mirrors, even if it is signed", () => {
    const pipeline = toPipeline({ then: [{ mirror: { to: ["backup"] } }] });
    expect(check(pipeline, manual, true)).toMatchObject({ outcome: "forged" });
  });

  it("must be signed", () => {
    expect(check(toPipeline(), manual)).toEqual({
      outcome: "forged",
      message:
        "a manual request must be signed with a key that this function knows (KUBEMEND_SIGNING_KEYS)",
    });
  });

  it("may be about any change, in any namespace", () => {
    const pipeline = toPipeline({ on: { resource: "jobs.batch", namespaces: ["shop"] } });
    const change = { ...SPEC.change, kind: "left" } as const;
    expect(check(pipeline, { ...manual, change }, true)).toMatchObject({
      outcome: "rule",
      isManual: true,
      rule: { mode: "enforce" },
    });
  });

  it("runs dry if it says so, whatever the rule's mode", () => {
    expect(check(toPipeline(), { ...manual, mode: "dryRun" }, true)).toMatchObject({
      outcome: "rule",
      rule: { mode: "dryRun" },
    });
  });

  it("runs dry at any time of a rule with modes by time", () => {
    const modes = [{ during: "00:00-24:00 UTC", mode: "approval" }, { mode: "enforce" }];
    const then = [{ createJobFromCronJob: {} }, { alert: { to: "ops", summary: "'x'" } }];
    const checked = check(
      toPipeline({ guards: { modes }, then }),
      { ...manual, mode: "dryRun" },
      true,
    );
    if (checked.outcome !== "rule") throw new Error(checked.message);
    expect(toModeAt(checked.rule, 0)).toBe("dryRun");
  });

  it("is forged in another mode than the rule's, except dryRun", () => {
    const pipeline = toPipeline({ guards: { mode: "dryRun" } });
    expect(check(pipeline, { ...manual, mode: "enforce" }, true)).toEqual({
      outcome: "forged",
      message:
        "the request is not one of rule rerun: its mode is enforce, and the rule's is dryRun",
    });
  });
});
