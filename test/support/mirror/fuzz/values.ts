import fc from "fast-check";

/** A name of an object or a part of one, as DNS allows it. */
export const word: fc.Arbitrary<string> = fc.stringMatching(/^[a-z]([a-z0-9]{0,6}[a-z0-9])?$/);

/** Text that API servers accept anywhere, with what has to be escaped in JSON, in paths and in YAML. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 6 }),
  fc.constantFrom(
    "",
    " ",
    "true",
    "null",
    "1",
    "0777",
    "a: b",
    "~1/~0",
    "f:metadata",
    '{"a":1}',
    "\n",
  ),
);

/** A record of which each key may be absent. */
export function some<T extends Record<string, unknown>>(
  model: { [K in keyof T]: fc.Arbitrary<T[K]> },
  required: readonly (keyof T)[] = [],
): fc.Arbitrary<Partial<T>> {
  return fc.record(model, { requiredKeys: [...required] });
}

/** A list in which no two elements have the same key. */
export function unique<T>(
  item: fc.Arbitrary<T>,
  key: (item: T) => unknown,
  { min = 0, max = 3 }: { readonly min?: number; readonly max?: number } = {},
): fc.Arbitrary<T[]> {
  const selector = (one: T): string => JSON.stringify(key(one));
  return fc.uniqueArray(item, { minLength: min, maxLength: max, selector });
}

export function mapOf<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.dictionary(word, value, { maxKeys: 3 });
}

/** An amount: the same one may be written in several ways, of which API servers choose one. */
export const quantity: fc.Arbitrary<string | number> = fc.constantFrom(
  "100m",
  "0.1",
  "1",
  1,
  2.5,
  "1000m",
  "1e3",
  "1k",
  "0",
  "2.50",
);
export const memory: fc.Arbitrary<string | number> = fc.constantFrom(
  "1Gi",
  "1024Mi",
  "1073741824",
  1_048_576,
  "0.5Gi",
  "128974848",
  "129e6",
  "1.5G",
);

const number = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, -1, 2 ** 31, 2 ** 53 - 1, -(2 ** 40)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
);
/** JSON as a field without a schema may have it. */
export const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.dictionary(fc.oneof(word, text), tie("value"), { maxKeys: 3 }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
})).value;

export const labels: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.oneof(
    word,
    fc.constantFrom("app.kubernetes.io/name", "team", "old", "job-name", "kubemend.dev/remediate"),
  ),
  fc.oneof(word, fc.constant("")),
  { maxKeys: 4 },
);
export const annotations: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.oneof(
    word,
    fc.constantFrom(
      "kubectl.kubernetes.io/last-applied-configuration",
      "deployment.kubernetes.io/revision",
      "pv.kubernetes.io/bind-completed",
      "kubemend.dev/cause",
      "kubemend.dev/mirror-digest",
      "example.com/note",
    ),
  ),
  text,
  { maxKeys: 4 },
);
