import { expect, test } from "vitest";
import { checkTypes } from "../../../../core/cel/types/check-types.ts";
import { findObjectType } from "../../../../core/cel/types/find-object-type.ts";
import { ANY, type ValueType } from "../../../../core/cel/types/value-type.ts";

const text = { type: "string" };
const WIDGETS = {
  kind: "CustomResourceDefinition",
  spec: {
    group: "example.com",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  name: text,
                  replicas: { type: "integer", format: "int32" },
                  ratio: { type: "number" },
                  paused: { type: "boolean" },
                  tags: { type: "array", items: text },
                  labels: { type: "object", additionalProperties: text },
                  port: { "x-kubernetes-int-or-string": true },
                  quantity: { anyOf: [{ type: "integer" }, text] },
                  raw: { type: "object" },
                  open: {
                    type: "object",
                    "x-kubernetes-preserve-unknown-fields": true,
                    properties: { known: text },
                  },
                },
              },
              status: {
                type: "object",
                properties: {
                  conditions: {
                    type: "array",
                    items: {
                      type: "object",
                      properties: { type: text, status: text, lastTransitionTime: text },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

const WIDGET = find("widgets.example.com");

function find(resource: string, documents: readonly unknown[] = [WIDGETS]): ValueType {
  const type = findObjectType(documents, { resource });
  if (type === undefined) throw new Error(`no type of ${resource}`);
  return type;
}

/** `message | hint`. */
function faults(source: string, object: ValueType = WIDGET): readonly string[] {
  return checkTypes(source, object).faults.map(
    ({ message, hint }) => `${message}${hint === undefined ? "" : ` | ${hint.split("? ")[0]}`}`,
  );
}

test.each([
  ["object.spec.nam == 'x'", "Widget.spec has no field nam | did you mean name"],
  ["object.stats.conditions == []", "Widget has no field stats | did you mean status"],
  ["has(object.spec.nam)", "Widget.spec has no field nam | did you mean name"],
  ["object['stats'] == 1", "Widget has no field stats | did you mean status"],
  [
    "object.status.conditions.exists(c, c.typ == 'x')",
    "Widget.status.conditions has no field typ | did you mean type",
  ],
  [
    "object.status.conditions.type == 'x'",
    "a list has no field type | its items may have one: list.exists(item, item.type ...), or list[0].type",
  ],
  ["object.spec.name.first == 'x'", "text has no field first"],
  [
    "object.spec.replicas == '3'",
    "== cannot be applied to a whole number and text | they are never equal",
  ],
  [
    "object.spec.paused == 'true'",
    "== cannot be applied to true or false and text | they are never equal",
  ],
  ["object.spec.tags == 'x'", "== cannot be applied to a list and text | they are never equal"],
  [
    "object.spec.tags[0] == 1",
    "== cannot be applied to text and a whole number | they are never equal",
  ],
  [
    "object.spec.labels['a'] == 1",
    "== cannot be applied to text and a whole number | they are never equal",
  ],
  [
    "object.spec.replicas > '3'",
    "> cannot be applied to a whole number and text | string(x), int(x), double(x) and timestamp(x) convert",
  ],
  [
    "object.spec.replicas + '3' == ''",
    "+ cannot be applied to a whole number and text | string(x), int(x), double(x) and timestamp(x) convert",
  ],
  [
    "object.spec.replicas * 1.5 > 3.0",
    "* cannot be applied to a whole number and a double | string(x), int(x), double(x) and timestamp(x) convert",
  ],
  [
    "now > object.status.conditions[0].lastTransitionTime",
    "> cannot be applied to a timestamp and text | string(x), int(x), double(x) and timestamp(x) convert",
  ],
  ["object.spec.name && true", "&& needs true or false, not text"],
  ["!object.spec.replicas", "! needs true or false, not a whole number"],
  [
    "object.spec.tags.contains('x')",
    "contains is for text, not for a list | 'x' in list, or list.exists(item, ...)",
  ],
  [
    "size(object.spec.replicas) == 1",
    "size is for text or bytes or a list or a map, not for a whole number | string(x), int(x), double(x) and timestamp(x) convert",
  ],
  [
    "[1, 'a'].exists(x, x == 'a')",
    "the items of a list literal are of one type, not a whole number and text | dyn(x) allows another type",
  ],
  [
    "object.spec.ratio / 2 > 1.0",
    "/ cannot be applied to a number and a whole number | a number may have a fraction: write 2.0, or double(x)",
  ],
  [
    "object.spec.?name.orValue('x').lowerAscii() == 1",
    "== cannot be applied to text and a whole number | they are never equal",
  ],
  [
    "quantity(object.spec.replicas).isLessThan(quantity('1'))",
    "quantity is for text, not for a whole number | string(x), int(x), double(x) and timestamp(x) convert",
  ],
  [
    "object.spec.labels.all(k, v, v > 1)",
    "> cannot be applied to text and a whole number | string(x), int(x), double(x) and timestamp(x) convert",
  ],
  ["object.spec.tags.filter(t, t)", "filter tests true or false, not text"],
  ["object.spec.replicas.exists(r, r == 1)", "a whole number has no items to iterate over"],
  ["'x' in object.spec.name", "in needs a list or a map after it, not text"],
  ["object.spec.tags['x'] == 'y'", "a list is indexed by a whole number, not by text"],
  ["object.spec.name ? 1 : 2", "the condition before ? is text, not true or false"],
])("%s", (source, expected) => {
  expect(faults(source)).toEqual([expected]);
});

test("variables other than object have types too, even if the type of object is unknown", () => {
  expect(faults("change.knd == 'added'", ANY)).toEqual([
    "change has no field knd | did you mean kind",
  ]);
  expect(faults("cluster.name == 1", ANY)).toHaveLength(1);
  expect(faults("references.exists(r, r.relations == 'owner')", ANY)).toHaveLength(1);
  expect(faults("change.gap && references.exists(r, r.result.kind == 'Node')", ANY)).toEqual([]);
});

test.each([
  "object.spec.port == 80 || object.spec.port == 'http'",
  "object.spec.quantity > 1",
  "object.spec.raw.anything.at['all'] == 1",
  "object.spec.open.unknown == 1 && object.spec.open.known == 'x'",
  "object.metadata.whatever == 'x' && object.apiVersion == 'v1' && object.kind != ''",
  "object.spec.replicas > 1.5 && object.spec.ratio > 1 && object.spec.ratio * 1.5 > 2.0",
  "object.spec.labels['a'] == 'b' && 'a' in object.spec.labels && object.spec.labels.a != ''",
  "object.spec.labels.exists(key, key.startsWith('a'))",
  "object.spec.tags.filter(t, t != 'x').map(t, size(t)).exists(n, n > 3)",
  "object.spec.tags.map(t, t == 'x', t + '!')[0] == 'x!'",
  "object.status.conditions.exists_one(c, c.type == 'Failed' && c.status == 'True')",
  "has(object.spec.name) ? object.spec.name : 'none'",
  "(object.spec.paused ? object.spec.port : object.spec.name) == 'x'",
  "now - timestamp(object.status.conditions[0].lastTransitionTime) > duration('10m')",
  "object.spec.name == null || object.spec == null",
  "[object.spec.name, 'x'].exists(n, n == 'y') && size([]) == 0",
  "[dyn(1), 'a'].exists(x, x == 'a')",
  "type(object.spec.replicas) == int",
  "dyn(object.spec.replicas) == 'x'",
  "object.spec.name.matches('^a') && string(object.spec.replicas) == '3'",
  "{'a': object.spec.name}['a'] == 1",
  "object.spec.",
])("%s is taken as right", (source) => {
  expect(faults(source)).toEqual([]);
});

test("of an OpenAPI document, by the path of the collection; references and lone allOf are followed", () => {
  const document = {
    paths: {
      "/apis/batch/v1/": {},
      "/apis/batch/v1/namespaces/{namespace}/jobs": {
        post: { "x-kubernetes-group-version-kind": { group: "batch", version: "v1", kind: "Job" } },
      },
    },
    components: {
      schemas: {
        "io.k8s.api.batch.v1.Job": {
          type: "object",
          "x-kubernetes-group-version-kind": [{ group: "batch", version: "v1", kind: "Job" }],
          properties: {
            spec: {
              default: {},
              allOf: [{ $ref: "#/components/schemas/io.k8s.api.batch.v1.JobSpec" }],
            },
          },
        },
        "io.k8s.api.batch.v1.JobSpec": {
          type: "object",
          properties: {
            suspend: { type: "boolean" },
            self: { $ref: "#/components/schemas/io.k8s.api.batch.v1.JobSpec" },
            lost: { $ref: "#/components/schemas/none" },
          },
        },
      },
    },
  };
  const job = find("jobs.batch", [null, 3, document]);
  expect(faults("object.spec.self.self.suspend == 1", job)).toHaveLength(1);
  expect(faults("object.spec.self.self.suspnd", job)).toEqual([
    "JobSpec has no field suspnd | did you mean suspend",
  ]);
  expect(faults("object.spec.lost.anything == 1", job)).toEqual([]);
  expect(findObjectType([document], { resource: "jobs.batch", version: "v2" })).toBeUndefined();
  expect(findObjectType([document], { resource: "cronjobs.batch" })).toBeUndefined();
});

test("every fault is reported with its place in the source", () => {
  const source = "object.spec.nam == 'x' && object.spec.replicas == '3'";
  const offsets = checkTypes(source, WIDGET).faults.map(({ offset }) => offset);
  expect(offsets).toEqual([source.indexOf(".nam"), source.indexOf("== '3'")]);
});
