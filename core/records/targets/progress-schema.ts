import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const place = v.strictObject({ collection: count, key: v.string() });
const text = v.exactOptional(v.string());

/** The progress of a fan-out as it is stored; the operations of its page are read by their own schema. */
export const progressSchema: v.GenericSchema = v.strictObject({
  after: v.exactOptional(place),
  behind: v.exactOptional(v.array(place)),
  complete: v.exactOptional(v.literal(true)),
  beyond: v.exactOptional(count),
  done: count,
  unchanged: count,
  failed: count,
  refused: v.exactOptional(count),
  failures: v.array(v.strictObject({ object: v.string(), code: v.string(), message: v.string() })),
  returns: v.exactOptional(
    v.strictObject({ lookAt: text, rounds: count, namespaces: v.record(v.string(), count) }),
  ),
  page: v.array(
    v.strictObject({
      at: place,
      object: v.string(),
      state: v.picklist(["planned", "waiting", "done", "failed"]),
      uid: text,
      operation: v.exactOptional(v.record(v.string(), v.unknown())),
      check: v.exactOptional(
        v.strictObject({
          expression: text,
          failed: text,
          gone: v.exactOptional(v.literal(true)),
          withinMs: count,
        }),
      ),
      startedAt: text,
      until: text,
      code: text,
      message: text,
    }),
  ),
});
