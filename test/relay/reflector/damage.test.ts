import fc from "fast-check";
import { expect, it } from "vitest";
import { parseWatchEvent } from "../../../relay/reflector/event.ts";
import { CONFIG_MAPS, configMap } from "../../support/relay/change.ts";
import { runReflector, summarizeStep } from "../../support/relay/reflector.ts";
import {
  bookmark,
  event,
  list,
  type ScriptedAnswer,
} from "../../support/kubernetes/scripted-client.ts";

/** A whole snapshot, then `lines`; after a resume nothing more comes. */
const afterSnapshot =
  (...lines: NonNullable<ScriptedAnswer["lines"]>) =>
  (
    { query }: { readonly query: Readonly<Record<string, unknown>> },
    index: number,
  ): ScriptedAnswer => {
    if (query["sendInitialEvents"] === true) {
      return { lines: [bookmark("10", true), ...(index === 0 ? lines : [])] };
    }
    return query["watch"] === true ? { stayOpen: true } : { body: list("10", []) };
  };

const damaged: readonly [string, string | object][] = [
  ["garbage", "not json"],
  ["an event of an unknown type", event("RENAMED", configMap("a", "11"))],
  ["no event at all", "[]"],
  ["an object without an identity", event("ADDED", { metadata: { name: "a" } })],
  ["a bookmark without a version", event("BOOKMARK", {})],
];

it.each(damaged)("compares again after %s, because something may be lost", async (_what, line) => {
  const { steps } = await runReflector({
    answer: afterSnapshot(line),
    enough: (_step, steps) => steps.filter(({ type }) => type === "snapshotEnded").length === 2,
  });
  expect(steps.map(summarizeStep)).toEqual([
    "snapshot start by watchList",
    "snapshotEnded 10",
    "interrupted unreadable",
    "snapshot unreadable by watchList",
    "snapshotEnded 10",
  ]);
});

it("treats half a line as a cut connection, and resumes before it", async () => {
  const half = Buffer.from(JSON.stringify(event("ADDED", configMap("a", "11"))).slice(0, 60));
  const { steps } = await runReflector({
    answer: afterSnapshot(half),
    enough: ({ type }) => type === "resumed",
  });
  expect(steps.map(summarizeStep).slice(-2)).toEqual(["interrupted closed", "resumed 10"]);
});

it("reads characters that are cut between chunks", async () => {
  const bytes = Buffer.from(
    `${JSON.stringify(event("ADDED", configMap("a", "11", { data: { k: "ü€😀" } })))}\n`,
  );
  const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
  const { steps } = await runReflector({
    answer: afterSnapshot(...chunks),
    enough: ({ type }) => type === "changed",
  });
  const changed = steps.find((step) => step.type === "changed");
  expect(changed?.read.object["data"]).toEqual({ k: "ü€😀" });
});

it("never throws, whatever a line contains", () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom("ADDED", "DELETED", "BOOKMARK", "ERROR"),
      (value, type) => {
        parseWatchEvent(JSON.stringify(value), { resource: CONFIG_MAPS });
        parseWatchEvent(JSON.stringify({ type, object: value }), { resource: CONFIG_MAPS });
        parseWatchEvent(JSON.stringify({ type, object: { metadata: value } }), {
          resource: CONFIG_MAPS,
        });
      },
    ),
  );
});
