/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import { meaningOf } from "./meaning-of.ts";

const NOW_MS = Date.parse("2026-11-30T12:00:00Z");
const ALERT = { alert: { to: "ops", summary: "'x'" } };

/** The meaning of a rule with these fields. */
function meaningWith(rule: object): string {
  const common = {
    on: { resource: "jobs.batch" },
    then: [{ createJobFromCronJob: null }, ALERT],
  };
  const facts = { typesOf: "the schemas", metadataOnly: false, nowMs: NOW_MS };
  return meaningOf({ ...common, ...rule }, facts);
}

describe("the meaning of a rule has", () => {
  test("its defaults", () => {
    const meaning = meaningWith({});
    for (const sentence of [
      "Watches jobs.batch in the whole cluster; whole objects are read.",
      "Matches when one is added or modified; objects that exist at the first start do not count until they change.",
      "Acts once for each object, by its uid (once: object).",
      "Begins at once.",
      "Asks nobody (mode: enforce).",
      "Creates a Job from the CronJob that owns the object",
      "Alerts ops: 'x'.",
      "May act on the object itself and in its namespace.",
      "nothing is verified.",
      "If it fails, nothing else is tried.",
      "is tried again for 1h.",
      "does nothing but send its alerts (ifGone: refuse).",
      "Types: checked against the schemas.",
    ]) {
      expect(meaning).toContain(sentence);
    }
  });

  test.each<[string, object, string]>([
    [
      "named namespaces",
      { on: { resource: "jobs.batch", namespaces: ["a", "b"] } },
      "in the namespaces a and b",
    ],
    [
      "the namespaces that a rule on all of them leaves alone",
      {},
      "Leaves the objects in kube-system, kube-public, kube-node-lease and kubemend alone: on.namespaces would have to name these.",
    ],
    [
      "the targets that it leaves alone although it reaches all",
      { reach: "cluster", on: { resource: "jobs.batch", namespaces: ["kube-system"] } },
      "Acts upon nothing in kube-public, kube-node-lease and kubemend, although it reaches the whole cluster",
    ],
    [
      "what it leaves alone, whatever it says",
      {},
      'Leaves alone what has the label or annotation kubemend.dev/remediate: "false"',
    ],
    [
      "what has to opt in",
      { guards: { optIn: { labelSelector: "mend=yes" } } },
      "Acts only upon objects that have the labels mend=yes, or whose namespace has them (optIn)",
    ],
    [
      "the part of its objects that it may remediate",
      { guards: { blastRadius: "20%" } },
      "Remediates 20% of the objects that it selects, rounded down, but always one, within an hour at most (blastRadius)",
    ],
    [
      "the part of its objects that it may remediate, and its upper limit",
      { guards: { blastRadius: { percent: 20, atMost: 5 } } },
      "Remediates 20% of the objects that it selects, rounded down, but always one, and never more than 5, within an hour at most (blastRadius)",
    ],
    [
      "limits of which one undoes another",
      { guards: { breaker: { halfOpenAfter: "2h" } } },
      "Note: deferFor (1h) is shorter than breaker.halfOpenAfter (2h)",
    ],
    [
      "namespaces by label",
      { on: { resource: "jobs.batch", namespaces: { labelSelector: "team=x" } } },
      "in namespaces with the labels team=x",
    ],
    [
      "selectors",
      {
        on: {
          resource: "jobs.batch",
          labelSelector: "app=x",
          fieldSelector: "status.successful=0",
        },
      },
      "with the labels app=x and with the fields status.successful=0",
    ],
    [
      "its changes",
      { on: { resource: "jobs.batch", changes: ["deleted"] } },
      "Matches when one is deleted;",
    ],
    [
      "deletions",
      { on: { resource: "jobs.batch", changes: ["deleted"] } },
      "The object is always gone when it begins",
    ],
    ["its condition", { where: "object.status.failed > 3" }, "if object.status.failed > 3"],
    ["initial objects", { initial: "include" }, "count as added"],
    ["its episode", { once: { condition: "Failed" } }, "(once: { condition: Failed })"],
    [
      "a written key",
      { once: { key: "object.metadata.name" } },
      "each value of object.metadata.name",
    ],
    [
      "for",
      { once: { condition: "Failed" }, for: "90s" },
      "Begins when it has matched for 90s without a break",
    ],
    [
      "at",
      { at: "timestamp(object.status.startTime)" },
      "Begins at the time timestamp(object.status.startTime)",
    ],
    ["a dry run", { guards: { mode: "dryRun" } }, "(mode: dryRun)"],
    ["the time for an approval", { guards: { mode: "approval" } }, "for 1d at most"],
    [
      "a written time for an approval",
      { guards: { mode: "approval", approveWithin: "2h" } },
      "for 2h at most",
    ],
    ["its reach", { reach: ["ops"] }, "in its namespace, and in ops"],
    ["a reach everywhere", { reach: "cluster" }, "anywhere in the cluster"],
    [
      "whereTarget",
      { whereTarget: "object.spec.suspend" },
      "if this is true of the object that it acts upon: object.spec.suspend",
    ],
    [
      "verify",
      { verify: { where: "object.status.succeeded == 1" } },
      "becomes true of the object that it created or changed within 10m: object.status.succeeded == 1",
    ],
    [
      "onFailure",
      { onFailure: [{ createJobFromCronJob: { cronJob: { name: "b" } } }] },
      "If it fails: Creates a Job from the CronJob b",
    ],
    ["giveUpAfter", { giveUpAfter: "2h" }, "is tried again for 2h."],
    ["ifGone", { ifGone: "act" }, "acts on the last reported state"],
    [
      "what its actions ignore",
      {
        then: [
          {
            createJobFromCronJob: { suspend: "ignore", concurrencyPolicy: "ignore", owner: "none" },
          },
        ],
      },
      "even if it is suspended (suspend: ignore), independent of the CronJob (owner: none)",
    ],
  ])("%s", (_, rule, sentence) => {
    expect(meaningWith(rule)).toContain(sentence);
  });

  test("nothing about records if it only alerts at once", () => {
    const meaning = meaningWith({ then: [ALERT] });
    expect(meaning).not.toMatch(/May act|verified|tried again|Asks nobody/);
  });
});
