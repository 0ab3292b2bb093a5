import { expect, it } from "vitest";
import type { MoveSpec } from "../../../../events/moves/move.ts";
import { HIERARCHY, planCase } from "./plan-case.ts";
import { toObject } from "./set-objects.ts";

const TOPIC = "kafkatopics.kafka.strimzi.io";
const FINALIZER = "strimzi.io/topic-operator";
/** The problems of a move of one object with a finalizer. */
const plan = (spec: Partial<MoveSpec> = {}, resource = TOPIC, finalizer = FINALIZER) =>
  planCase({
    objects: [toObject(resource, "a", { finalizers: [finalizer] })],
    select: ["a"],
    spec,
  }).problems;

it("is refused if the controller of a finalizer may delete what an object stands for that nothing pauses", () => {
  const refused = { code: "MayDestroy", reason: expect.stringContaining(FINALIZER) };
  expect(plan()).toMatchObject([refused]);
  expect(plan({ removeFinalizers: ["*"] })).toMatchObject([refused]);
});

it("is not refused if the finalizer is named, or the object has a pause", () => {
  expect(plan({ removeFinalizers: [FINALIZER] })).toEqual([]);
  expect(plan({ pause: [{ resource: TOPIC, annotation: "strimzi.io/managed" }] })).toEqual([]);
  expect(plan({}, "buckets.s3.aws.upbound.io")).toEqual([]);
});

it("is not refused for what a paused object owns, nor for finalizers of Kubernetes", () => {
  expect(HIERARCHY.at(2)?.finalizers).toHaveLength(1);
  expect(planCase().problems).toEqual([]);
  for (const known of ["service.kubernetes.io/load-balancer-cleanup", "kubernetes", "orphan"]) {
    expect(plan({}, "services", known)).toEqual([]);
  }
});
