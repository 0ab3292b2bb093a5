import * as v from "valibot";
import { readBoundedJson } from "../../events/json.ts";

/** Where a function finds its signing keys. */
export type SigningKeySource =
  /** A file, one key a line. */
  | { readonly type: "file"; readonly path: string }
  /** A secret of Secrets Manager (name or ARN), one key a line. */
  | { readonly type: "secret"; readonly id: string }
  /** A parameter of Systems Manager (name or ARN), one key a line. */
  | { readonly type: "parameter"; readonly name: string }
  | { readonly type: "keys"; readonly keys: readonly string[] };

/** The setting of every function that signs or verifies messages. */
export type SigningKeysSetting = {
  /**
   * Where the keys are that sign messages and verify them: JSON with one of `file`, `secret`, `parameter` or `keys`. Absent: nothing is
   * signed, and a trigger that the cluster no longer shows is only alerted on.
   */
  readonly KUBEMEND_SIGNING_KEYS?: SigningKeySource | undefined;
};

const ONE_OF = 'expected JSON with one of file, secret, parameter, keys, such as {"secret":"name"}';

const text = v.pipe(v.string(ONE_OF), v.nonEmpty(ONE_OF));

const document = v.union(
  [
    v.strictObject({ file: text }),
    v.strictObject({ secret: text }),
    v.strictObject({ parameter: text }),
    v.strictObject({ keys: v.pipe(v.array(text), v.minLength(1)) }),
  ],
  ONE_OF,
);

/** Part of a function's schema. */
export const signingKeys: v.GenericSchema<string | undefined, SigningKeySource | undefined> =
  v.optional(
    v.pipe(
      v.string(),
      v.rawTransform(({ dataset, addIssue, NEVER }) => {
        const read = readBoundedJson(dataset.value);
        const parsed = v.safeParse(document, read.outcome === "read" ? read.value : undefined);
        if (parsed.success) return toSource(parsed.output);
        addIssue({ message: ONE_OF });
        return NEVER;
      }),
    ),
  );

function toSource(written: v.InferOutput<typeof document>): SigningKeySource {
  if ("file" in written) return { type: "file", path: written.file };
  if ("secret" in written) return { type: "secret", id: written.secret };
  if ("parameter" in written) return { type: "parameter", name: written.parameter };
  return { type: "keys", keys: written.keys };
}
