import * as v from "valibot";
import { alertContentSchema, alertGroupingSchema } from "../../events/alert.ts";
import type { WriteOperation } from "./operation.ts";

const text = v.pipe(v.string(), v.nonEmpty());
const texts = v.record(v.string(), v.string());

const address = {
  group: v.string(),
  version: text,
  resource: text,
  kind: text,
  namespace: v.nullable(v.string()),
  name: text,
  cluster: v.exactOptional(text),
};

const stage = v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0)));

const seconds = v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0)));
const keys = v.array(v.string());

const created = v.strictObject({
  labels: v.exactOptional(texts),
  annotations: v.exactOptional(texts),
  ownerReferences: v.exactOptional(
    v.array(
      v.object({
        apiVersion: text,
        kind: text,
        name: text,
        uid: text,
        controller: v.exactOptional(v.boolean()),
        blockOwnerDeletion: v.exactOptional(v.boolean()),
      }),
    ),
  ),
});

const change = v.strictObject({
  path: v.pipe(v.array(v.union([v.string(), texts])), v.minLength(1)),
  from: v.exactOptional(v.unknown()),
  to: v.exactOptional(v.unknown()),
  overwrite: v.exactOptional(v.literal(true)),
});

const generation = v.exactOptional(v.pipe(v.number(), v.integer()));
const template = v.strictObject({
  source: v.strictObject({ ...address, uid: text }),
  digest: text,
  generation,
  fromDigest: text,
  fromGeneration: generation,
});

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const collection = v.strictObject({
  group: v.string(),
  version: text,
  resource: text,
  kind: text,
  namespace: v.nullable(v.string()),
  cluster: v.exactOptional(text),
  labelSelector: v.exactOptional(text),
  fieldSelector: v.exactOptional(text),
});

const reach = v.exactOptional(v.union([v.literal("cluster"), v.array(text)]));

const onFailure = {
  type: v.literal("onFailure"),
  name: text,
  action: text,
  parameters: v.record(v.string(), v.unknown()),
  reach,
  whereTarget: v.exactOptional(text),
  verify: v.exactOptional(
    v.union([
      v.strictObject({ expression: text, withinMs: count }),
      v.strictObject({ withinMs: v.exactOptional(count) }),
    ]),
  ),
  giveUpAfterMs: v.exactOptional(count),
};

const fanOut = {
  type: v.literal("fanOut"),
  name: text,
  action: text,
  parameters: v.record(v.string(), v.unknown()),
  values: v.record(v.string(), v.unknown()),
  verb: v.picklist(["change", "delete", "evict", "report on"]),
  collections: v.array(collection),
  filter: v.variant("type", [
    v.strictObject({ type: v.literal("where"), expression: v.exactOptional(text) }),
    v.strictObject({ type: v.literal("uses"), kind: text, object: text }),
    v.strictObject({
      type: v.literal("drain"),
      force: v.boolean(),
      deleteEmptyDirData: v.boolean(),
    }),
  ]),
  atMost: v.exactOptional(count),
  atMostPerNamespace: v.exactOptional(count),
  untilNone: v.exactOptional(v.literal(true)),
  whereTarget: v.exactOptional(text),
  optIn: v.exactOptional(text),
  reach,
  giveUpAfterMs: count,
  plannedAt: text,
  depth: count,
  loopRules: v.exactOptional(v.string()),
  verify: v.exactOptional(
    v.strictObject({ expression: v.exactOptional(text), withinMs: v.exactOptional(count) }),
  ),
  found: v.strictObject({ count, names: v.array(v.string()) }),
};

/**
 * Operations as they are read back from a record. Strict: this version does not execute what it does not know.
 */
export const writeOperationsSchema: v.GenericSchema<unknown, readonly WriteOperation[]> = v.array(
  v.variant("type", [
    v.strictObject({
      type: v.literal("create"),
      name: text,
      target: v.strictObject(address),
      metadata: created,
      specFrom: v.strictObject({
        source: v.strictObject({ ...address, uid: text }),
        path: text,
        metadataPath: v.exactOptional(text),
        digest: text,
        generation,
      }),
      changes: v.exactOptional(v.array(change)),
      stage,
    }),
    v.strictObject({
      type: v.literal("createManifest"),
      name: text,
      target: v.strictObject(address),
      metadata: created,
      spec: v.record(v.string(), v.unknown()),
      replaces: v.exactOptional(v.literal(true)),
      stage,
    }),
    v.strictObject({
      type: v.literal("awaitGone"),
      name: text,
      target: v.strictObject(address),
      uid: text,
      withinMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
      stage,
    }),
    v.strictObject({
      type: v.literal("patch"),
      name: text,
      target: v.strictObject(address),
      uid: text,
      subresource: v.exactOptional(v.literal("scale")),
      changes: v.pipe(v.array(change), v.minLength(1)),
      template: v.exactOptional(template),
      marks: v.exactOptional(v.strictObject({ annotations: texts, at: v.array(keys) })),
      stage,
    }),
    v.strictObject({
      type: v.literal("delete"),
      name: text,
      target: v.strictObject(address),
      uid: text,
      propagationPolicy: v.picklist(["Background", "Foreground", "Orphan"]),
      gracePeriodSeconds: seconds,
      onlyIfIdle: v.exactOptional(v.literal(true)),
      unlessEnded: v.exactOptional(v.literal(true)),
      stage,
    }),
    v.strictObject({
      type: v.literal("evict"),
      name: text,
      target: v.strictObject(address),
      uid: text,
      gracePeriodSeconds: seconds,
      withinMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
      stage,
    }),
    v.strictObject({
      type: v.literal("event"),
      name: text,
      target: v.strictObject(address),
      regarding: v.strictObject({ ...address, uid: text }),
      eventType: v.picklist(["Normal", "Warning"]),
      reason: text,
      note: text,
      annotations: texts,
      stage,
    }),
    v.strictObject({
      type: v.literal("verify"),
      name: text,
      expression: v.exactOptional(text),
      failed: v.exactOptional(text),
      gone: v.exactOptional(v.literal(true)),
      withinMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
      target: v.strictObject(address),
      madeBy: v.exactOptional(text),
      uid: v.exactOptional(text),
      stage,
    }),
    v.strictObject({ ...fanOut, stage }),
    v.strictObject({ ...onFailure, stage: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
    v.strictObject({
      type: v.literal("alert"),
      name: text,
      to: text,
      summary: v.string(),
      content: v.exactOptional(alertContentSchema),
      grouping: v.exactOptional(alertGroupingSchema),
      stage,
    }),
  ]),
);
