import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { readField } from "../../../core/json/read-json.ts";
import { limitStatus } from "../../../core/move/status/limit-status.ts";
import type { MoveStatus } from "../../../events/moves/move.ts";

const LONG = "x".repeat(20_000);

/** Faults of the texts of a value by its schema. */
function findTooLong(value: unknown, schema: unknown, path: string): readonly string[] {
  if (typeof value === "string") {
    const max = Number(readField(schema, "maxLength") ?? Infinity);
    return value.length > max ? [`${path} has more than ${max} characters`] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]: [string, unknown]) => {
    const inner = Array.isArray(value) ? ["items"] : ["properties", key];
    return findTooLong(one, readField(schema, ...inner), `${path}.${key}`);
  });
}

it("no text that others have a part in makes a status that the API server refuses", async () => {
  const crd: unknown = parse(await readFile("infra/crds/moves.yaml", "utf8"));
  const path = ["spec", "versions"];
  const [version] = readField(crd, ...path) as readonly unknown[];
  const schema = readField(version, "schema", "openAPIV3Schema", "properties", "status");
  expect(schema).toBeDefined();
  const at = "2026-01-01T00:00:00.000Z";
  const long = { object: LONG, step: LONG, reason: LONG, holds: LONG, wayOut: LONG };
  const status: MoveStatus = {
    phase: "Deleting",
    since: at,
    startedAt: at,
    current: { object: LONG, doing: LONG, waitsFor: LONG },
    problem: { code: "Held", since: at, ...long },
    notes: [LONG],
    left: [{ object: LONG, field: LONG, refersTo: LONG }],
  };
  expect(findTooLong(status, schema, "status")).toHaveLength(12);
  expect(findTooLong(limitStatus(status), schema, "status")).toEqual([]);
  expect(limitStatus(status)).toMatchObject({ phase: "Deleting", problem: { code: "Held" } });
});
