import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { readPipelineFile } from "../../adapters/pipeline-file.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { planWatches } from "../../core/pipeline/watches.ts";
import { toEntries } from "../../functions/normalize/to-entries.ts";
import { toTransfers } from "../../functions/normalize/to-transfers.ts";
import { decideExample, type DecidedExample } from "./decide-example.ts";
import { EXAMPLES, listExamples, readExampleObject } from "./read-example.ts";

async function readExample(example: string): Promise<Pipeline> {
  const file = await readPipelineFile(join(EXAMPLES, example));
  if (file.ok) return file.value.pipeline;
  throw new Error(JSON.stringify(file.error));
}

/** The requests, alerts and transfers that normalize would send. */
function toSent(pipeline: Pipeline, { decisions, message }: DecidedExample) {
  const context = { message, references: [], pipelineDigest: pipeline.digest, now: message.time };
  const { requests, alerts } = toEntries(decisions, context);
  const rules = decisions.flatMap(({ rule, outcome }) => (outcome === "matched" ? [rule] : []));
  const transfers = toTransfers(rules, { ...context, isSigned: true });
  const sent = { requests: requests.length, alerts: alerts.length };
  return transfers.length === 0 ? sent : { ...sent, transfers: transfers.length };
}

/** By its first two digits: what a match sends. */
const SENT: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "01": { requests: 1, alerts: 0 },
  "02": { requests: 0, alerts: 1 },
  "03": { requests: 1, alerts: 0 },
  "04": { requests: 1, alerts: 0 },
  "05": { requests: 1, alerts: 0 },
  "06": { requests: 0, alerts: 1 },
  "07": { requests: 1, alerts: 0 },
  "08": { requests: 1, alerts: 0 },
  "09": { requests: 0, alerts: 1 },
  "10": { requests: 1, alerts: 0 },
  "11": { requests: 1, alerts: 0 },
  "12": { requests: 0, alerts: 1 },
  "13": { requests: 1, alerts: 0 },
  "14": { requests: 1, alerts: 0 },
  "15": { requests: 0, alerts: 0, transfers: 1 },
  "16": { requests: 1, alerts: 0, transfers: 1 },
  "17": { requests: 1, alerts: 0 },
  "18": { requests: 1, alerts: 0 },
};

/** The examples whose objects are mirrored as well, whether the rule before the mirror matches them or not. */
const ALSO_MIRRORED: ReadonlySet<string> = new Set(["16"]);
const isAlsoMirrored = (example: string): boolean => ALSO_MIRRORED.has(example.slice(0, 2));

test("the examples are numbered without a hole", () => {
  const numbers = listExamples().map((name) => name.slice(0, 2));
  expect(numbers).toEqual(Object.keys(SENT).toSorted());
});

describe.each(listExamples())("docs/examples/%s", (example) => {
  it("begins with a comment that tells its story", () => {
    expect(readFileSync(join(EXAMPLES, example), "utf8")).toMatch(/^# [A-Z].{60,}\n/u);
  });

  it("is valid", async () => {
    expect((await readExample(example)).rules.length).toBeGreaterThan(0);
  });

  it("matches its object, and sends what the story says", async () => {
    const pipeline = await readExample(example);
    const decided = decideExample(pipeline, readExampleObject(example, "matches"));
    expect(decided.decisions.map(({ outcome }) => outcome)).toEqual(
      isAlsoMirrored(example) ? ["matched", "matched"] : ["matched"],
    );
    expect(toSent(pipeline, decided)).toEqual(SENT[example.slice(0, 2)]);
  });

  it("does not match its other object, and sends nothing", async () => {
    const pipeline = await readExample(example);
    const decided = decideExample(pipeline, readExampleObject(example, "does-not-match"));
    const mirrored = isAlsoMirrored(example);
    expect(decided.decisions).toHaveLength(mirrored ? 2 : 1);
    expect(decided.decisions[0]?.outcome).not.toBe("matched");
    const nothing = { requests: 0, alerts: 0 };
    expect(toSent(pipeline, decided)).toEqual(mirrored ? { ...nothing, transfers: 1 } : nothing);
  });
});

describe("the examples in particular", () => {
  const find = (number: string): string =>
    listExamples().find((name) => name.startsWith(number)) ?? number;

  it("04 waits ten minutes, or until the time that the annotation names", async () => {
    const [refill, rerun] = (await readExample(find("04"))).rules;
    expect(refill?.forMs).toBe(600_000);
    expect(rerun?.at).toContain("rerun-at");
  });

  it("05 verifies, and has a next action if that fails", async () => {
    const [rule] = (await readExample(find("05"))).rules;
    expect(rule?.verify?.withinMs).toBe(1_800_000);
    expect(rule?.onFailure).toHaveLength(1);
  });

  it("06 sends no value of the environment, and names the path that was redacted", async () => {
    const pipeline = await readExample(find("06"));
    const { message } = decideExample(pipeline, readExampleObject(find("06"), "matches"));
    expect(JSON.stringify(message)).not.toContain("correct-horse");
    expect(message.data.redacted).toEqual(["spec.containers[*].env[*].value"]);
  });

  it("07 watches the namespaces that have the label", async () => {
    const [watch] = planWatches(await readExample(find("07")));
    expect(watch?.namespaceSelector).toBe("kubemend.example.com/rerun=enabled");
  });

  it("08 leaves a backup without a status undecided", async () => {
    const pipeline = await readExample(find("08"));
    const { decisions } = decideExample(pipeline, readExampleObject(find("08"), "does-not-match"));
    expect(decisions).toMatchObject([{ outcome: "unknown" }]);
  });

  it("13 sends no value of the Secret, and does nothing if its data has not changed", async () => {
    const pipeline = await readExample(find("13"));
    const object = readExampleObject(find("13"), "matches");
    const { message } = decideExample(pipeline, object);
    expect(JSON.stringify(message)).not.toContain("bmV3");
    const { decisions } = decideExample(pipeline, object, "no");
    expect(decisions).toMatchObject([{ outcome: "notMatched" }]);
  });

  it("09 delivers every state of ConfigMaps, and metadata of ReplicaSets for no rule", async () => {
    const watches = planWatches(await readExample(find("09")));
    expect(watches).toMatchObject([
      { resource: "configmaps", delivery: "every", explicit: true },
      { resource: "replicasets.apps", delivery: "latest", payload: "metadata", rules: [] },
    ]);
  });
});
