/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import type { ChangeSummary } from "../../../../events/request.ts";
import { toCauseAnnotations } from "../../../../core/operations/loops/cause-annotations.ts";
import { CRON_JOB, RERUN_RULE, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

const AT = "2026-03-01T09:59:00.000Z";
const SINCE = "2026-03-01T09:58:00Z";

/** The annotations of a state that remediations by these rules have caused, one after the other. */
const toMarks = (...rules: readonly string[]): Readonly<Record<string, string>> => {
  const text = [...new Set(rules)].map((rule) => `${rule}@${AT}`).join(" ");
  return toCauseAnnotations({ record: "r", depth: rules.length, rules: text, now: AT });
};

const LOOP = toMarks("rerun", "rerun", "rerun");

/** A failed Job, as it is now. */
function toWorld(annotations: Readonly<Record<string, string>>, once: unknown): RequestWorld {
  const conditions = [{ type: "Failed", status: "True", lastTransitionTime: SINCE }];
  const job = toBackupJob({ metadata: { annotations }, status: { conditions } });
  const world = createRequestWorld({ ...RERUN_RULE, once }, job);
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", job);
  return world;
}

const toChange = (loopAnnotations?: Readonly<Record<string, string>>): ChangeSummary => ({
  id: "c".repeat(64),
  kind: "modified",
  time: "2026-03-01T10:00:00.000Z",
  ...(loopAnnotations === undefined ? {} : { loopAnnotations }),
});

const ends = (world: RequestWorld): readonly unknown[] =>
  [...world.records.values()].map(({ status }) => [status?.phase, status?.reason]);

function findMade({ objects }: RequestWorld): KubernetesObject | undefined {
  return [...objects.values()].find(({ kind, metadata }) => {
    return kind === "Job" && metadata.name !== "backup-1";
  });
}

const REFUSED = [["Refused", "LoopDepth"]];
const SUCCEEDED = [["Succeeded", "Remediated"]];

describe("what led to a change", () => {
  it("is what the signed request says, not what others have written on the object since", async () => {
    const world = toWorld(LOOP, "object");
    await world.deliver({ change: toChange({}) }, { isSigned: true });
    expect(ends(world)).toEqual(SUCCEEDED);
    expect(findMade(world)?.metadata["annotations"]).toMatchObject({
      "kubemend.dev/depth": "1",
      "kubemend.dev/rules": "rerun@2026-03-01T10:00:00.000Z",
    });
  });

  it("is what the signed request says, even if somebody has taken it off the object", async () => {
    const world = toWorld({}, "object");
    await world.deliver({ change: toChange(LOOP) }, { isSigned: true });
    expect(ends(world)).toEqual(REFUSED);
  });

  it("is what the live object carries if the request is not signed: nobody can shorten a chain by his word", async () => {
    const world = toWorld(LOOP, "object");
    await world.deliver({ change: toChange({}) });
    expect(ends(world)).toEqual(REFUSED);
    expect([...world.records.values()].map(({ spec }) => spec.change.loopAnnotations)).toEqual([
      undefined,
    ]);
  });

  it("is what the live object carries if the request does not say it", async () => {
    const world = toWorld(LOOP, "object");
    await world.deliver({ change: toChange() }, { isSigned: true });
    expect(ends(world)).toEqual(REFUSED);
  });

  it("is what the live object carries if that is in another episode than the reported one", async () => {
    const world = toWorld(LOOP, { condition: "Failed" });
    const late = { onceKey: "condition/Failed/2026-03-01T08:00:00Z", change: toChange({}) };
    await world.deliver(late, { isSigned: true });
    expect(ends(world)).toEqual(REFUSED);
    const current = toWorld(LOOP, { condition: "Failed" });
    const prompt = { onceKey: `condition/Failed/${SINCE}`, change: toChange({}) };
    await current.deliver(prompt, { isSigned: true });
    expect(ends(current)).toEqual(SUCCEEDED);
  });

  it("is nothing for a person", async () => {
    const world = toWorld(LOOP, "object");
    const manual = { onceKey: "manual/2026-03-01T10:00:00.000Z/me", change: toChange(LOOP) };
    await world.deliver(manual, { isSigned: true });
    expect(ends(world)).toEqual(SUCCEEDED);
    expect(findMade(world)?.metadata["annotations"]).toMatchObject({ "kubemend.dev/depth": "1" });
  });
});

describe("a chain of other rules", () => {
  const OTHERS = toMarks("a", "b", "c", "d");

  it("is no loop", async () => {
    const world = toWorld(OTHERS, "object");
    await world.deliver({ change: toChange(OTHERS) }, { isSigned: true });
    expect(ends(world)).toEqual(SUCCEEDED);
    expect(findMade(world)?.metadata["annotations"]).toMatchObject({ "kubemend.dev/depth": "5" });
  });

  it("is no loop if the request is not signed", async () => {
    const world = toWorld(OTHERS, "object");
    await world.deliver({});
    expect(ends(world)).toEqual(SUCCEEDED);
  });

  it("is one as soon as the rule has acted in it", async () => {
    const world = toWorld(toMarks("a", "b", "rerun"), "object");
    await world.deliver({});
    expect(ends(world)).toEqual(REFUSED);
    expect([...world.records.values()][0]?.status?.message).toContain("kubemend trigger");
  });

  it("is none after a wait that is longer than annotations count, either", async () => {
    const conditions = [{ type: "Failed", status: "True", lastTransitionTime: SINCE }];
    const job = toBackupJob({ metadata: { annotations: OTHERS }, status: { conditions } });
    const world = createRequestWorld({ ...RERUN_RULE, for: "2h" }, job);
    world.put("cronjobs", CRON_JOB);
    world.put("jobs", job);
    await world.deliver({});
    await world.wake();
    expect(ends(world)).toEqual(SUCCEEDED);
    expect(findMade(world)?.metadata["annotations"]).toMatchObject({ "kubemend.dev/depth": "5" });
  });
});
