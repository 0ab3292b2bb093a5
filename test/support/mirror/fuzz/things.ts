import fc from "fast-check";
import { json, mapOf, some, text, unique, word } from "./values.ts";

const string = { type: "string" } as const;
const strings = { type: "array", items: string } as const;
const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;

/** The schema of a custom resource that has each kind of list and map that an API server merges in its own way. */
export const THING_SCHEMA: object = {
  openAPIV3Schema: {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          value: string,
          mode: { ...string, default: "auto" },
          replicas: { type: "integer" },
          ratio: { type: "number" },
          port: { "x-kubernetes-int-or-string": true },
          nothing: { ...string, nullable: true },
          more: open,
          list: { type: "array", items: open },
          items: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name", "protocol"],
            items: {
              type: "object",
              required: ["name"],
              properties: {
                name: string,
                protocol: { ...string, default: "TCP" },
                weight: { type: "integer" },
                tags: { ...strings, "x-kubernetes-list-type": "set" },
                more: open,
              },
            },
          },
          set: { ...strings, "x-kubernetes-list-type": "set" },
          atomicMap: {
            type: "object",
            "x-kubernetes-map-type": "atomic",
            additionalProperties: string,
          },
          map: {
            type: "object",
            additionalProperties: { type: "object", properties: { a: string } },
          },
        },
      },
      status: { type: "object", properties: { ready: string } },
    },
  },
};

const item = some(
  {
    name: word,
    protocol: fc.constantFrom("TCP", "UDP"),
    weight: fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
    tags: fc.uniqueArray(text, { maxLength: 3 }),
    more: mapOf(json),
  },
  ["name"],
);

/** The body of such a resource. */
export const thing: fc.Arbitrary<Record<string, unknown>> = fc.record({
  spec: some({
    value: text,
    mode: text,
    replicas: fc.oneof(fc.integer(), fc.constant(2 ** 53 - 1)),
    ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    port: fc.oneof(fc.nat(65_535), word),
    nothing: fc.constantFrom(null, "a"),
    more: fc.dictionary(fc.oneof(word, text), json, { maxKeys: 4 }),
    list: fc.array(mapOf(json), { maxLength: 3 }),
    items: unique(item, ({ name, protocol = "TCP" }) => [name, protocol], { max: 4 }),
    set: fc.uniqueArray(text, { maxLength: 4 }),
    atomicMap: fc.dictionary(fc.oneof(word, text), text, { maxKeys: 3 }),
    map: fc.dictionary(fc.oneof(word, text), some({ a: text }), { maxKeys: 3 }),
  }),
});
