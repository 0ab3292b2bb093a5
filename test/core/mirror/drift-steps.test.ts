import { describe, expect, it } from "vitest";
import { findDrift } from "../../../core/mirror/find-drift.ts";
import type { Manifest } from "../../../core/mirror/manifest.ts";

const ENTRIES = 8_000;
/** A few reads for each field of each entry, whatever their number. */
const STEPS_OF_AN_ENTRY = 60;

type Counted = { steps: number };

/** The value, whose reads are counted, and those of everything in it. */
function watch<T>(value: T, counted: Counted): T {
  if (typeof value !== "object" || value === null) return value;
  const add = (steps: number): void => {
    counted.steps += steps;
    // So that a comparison that takes minutes fails at once.
    if (counted.steps > ENTRIES * STEPS_OF_AN_ENTRY) throw new Error("too many steps");
  };
  const count = <R>(read: R): R => {
    add(1);
    return watch(read, counted);
  };
  return new Proxy(value, {
    get: (target, key, receiver) => count(Reflect.get(target, key, receiver)) as unknown,
    has: (target, key) => count(Reflect.has(target, key)),
    ownKeys(target) {
      const keys = Reflect.ownKeys(target);
      add(keys.length);
      return keys;
    },
    getOwnPropertyDescriptor(target, key) {
      add(1);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
  });
}

/** The number of reads of the copy while it is compared with what is to be applied. */
function countSteps(spec: object, fieldsV1: object, owners: readonly { uid: string }[]): number {
  const head = { apiVersion: "v1", kind: "Thing" };
  const managedFields = [
    { manager: "kubemend", operation: "Apply", fieldsV1: { "f:spec": fieldsV1 } },
  ];
  const ownerReferences = owners.map((owner) => ({
    apiVersion: "v1",
    kind: "A",
    name: "a",
    ...owner,
  }));
  const desired: Manifest = { ...head, spec, metadata: { name: "a", ownerReferences } };
  const counted = { steps: 0 };
  const live = {
    ...head,
    spec: structuredClone(spec),
    metadata: { name: "a", managedFields, ownerReferences },
  };
  expect(findDrift(desired, watch(live, counted))).toEqual([]);
  return counted.steps;
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

const fill = <T>(count: number, toEntry: (at: number) => readonly [string, T]) =>
  Object.fromEntries(numbers(count).map(toEntry));

describe("the steps of a comparison are in proportion to the entries", () => {
  it.each([
    [
      "of a list whose elements have keys",
      (count: number) => {
        const l = numbers(count).map((at) => ({ name: `V${at}` }));
        const owned = fill(count, (at) => [`k:{"name":"V${at}"}`, { ".": {}, "f:name": {} }]);
        return countSteps({ l }, { "f:l": owned }, []);
      },
    ],
    [
      "of a list whose elements lack a key",
      (count: number) => {
        const l = numbers(count).map((port) => ({ port }));
        const owned = fill(count, (at) => [`k:{"port":${at},"protocol":"TCP"}`, { "f:port": {} }]);
        return countSteps({ l }, { "f:l": owned }, []);
      },
    ],
    [
      "of a list that is a set",
      (count: number) => {
        const l = numbers(count).map(String);
        return countSteps({ l }, { "f:l": fill(count, (at) => [`v:"${at}"`, {}]) }, []);
      },
    ],
    [
      "of a map",
      (count: number) => {
        const data = fill(count, (at) => [`k${at}`, "x"]);
        return countSteps({ data }, { "f:data": fill(count, (at) => [`f:k${at}`, {}]) }, []);
      },
    ],
    [
      "of the list of owners",
      (count: number) =>
        countSteps(
          {},
          {},
          numbers(count).map((at) => ({ uid: `u${at}` })),
        ),
    ],
  ])("%s", (_what, count) => {
    expect(count(ENTRIES)).toBeGreaterThan(ENTRIES);
  });
});
