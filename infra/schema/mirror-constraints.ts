type Schema = Readonly<Record<string, unknown>>;

/** A rule that mirrors. */
export const MIRRORS: Schema = {
  properties: { then: { contains: { required: ["mirror"] } } },
  required: ["then"],
};

/** The keys that say something about single changes, which a mirror does not know. */
export const OF_MIRRORS: Schema = {
  // oxlint-disable-next-line unicorn/no-thenable -- the key is part of JSON Schema
  then: {
    not: { anyOf: ["once", "for", "at"].map((key) => ({ required: [key] })) },
    properties: {
      on: { not: { anyOf: ["changes", "changed"].map((key) => ({ required: [key] })) } },
      initial: { not: { const: "skip" } },
      guards: {
        properties: { mode: { not: { const: "approval" } } },
        not: { anyOf: ["maxPerHour", "approveWithin"].map((key) => ({ required: [key] })) },
      },
      // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format
      then: { items: { anyOf: [{ required: ["mirror"] }, { required: ["alert"] }] } },
    },
  },
  if: MIRRORS,
};
