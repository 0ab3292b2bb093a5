import { expect, it } from "vitest";
import { findWriters } from "../../../core/move/find-writers.ts";

it("names who has written an object besides Kubemend, the latest first, whatever the object is", () => {
  const managedFields = [
    { manager: "early", time: "2026-01-01T00:00:00Z" },
    { manager: "kubemend", time: "2026-01-03T00:00:00Z" },
    { manager: "late", time: "2026-01-02T00:00:00Z" },
    { manager: "late", subresource: "status", time: "2026-01-01T12:00:00Z" },
    { manager: "timeless" },
    { manager: 7 },
    null,
  ];
  expect(findWriters({ metadata: { managedFields } })).toEqual(["late", "early", "timeless"]);
  expect(findWriters(null)).toEqual([]);
  expect(findWriters({ metadata: { managedFields: "none" } })).toEqual([]);
});
