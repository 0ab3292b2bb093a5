import { toJsonSchema, type JsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { ACTIONS } from "../../core/actions/registry.ts";
import { documentSchema } from "../../core/pipeline/parse/document-schema.ts";
import { ACTION_DOCS } from "./action-docs.ts";
import { annotate } from "./annotate.ts";
import {
  CEL,
  DURATION,
  FIELD_PATH,
  FIELD_SELECTOR,
  FILE,
  MOMENT,
  NAME,
  RULE,
  SELECTION,
  WATCHED,
} from "./constraints.ts";
import type { KeyDoc, KeyGroup } from "./key-doc.ts";
import { KEY_GROUPS } from "./key-docs.ts";

type Schema = Readonly<Record<string, unknown>>;

const ID = "https://kubemend.dev/schema/pipeline.v1alpha1.json";

const TRIGGER_CEL: Schema = {
  ...CEL,
  description:
    "Variables: object (the object as it is now), change ({ id, kind, time, gap }), references (a list of { field, relation, result }), cluster ({ name, uid }), now (a timestamp).",
};
const OTHER_CEL: Schema = {
  ...CEL,
  description: "Variables: object (the object that is meant here), references, cluster, now.",
};

const ONCE: Schema = {
  anyOf: [
    { enum: ["object", "generation", "change"] },
    closed({ condition: { type: "string", minLength: 1 } }, ["condition"]),
    closed({ key: TRIGGER_CEL }, ["key"]),
  ],
};

/** Keys whose format the schema library cannot derive. */
const BY_KEY: Readonly<Record<string, Schema>> = {
  for: DURATION,
  within: DURATION,
  giveUpAfter: DURATION,
  approveWithin: DURATION,
  halfOpenAfter: DURATION,
  quiet: DURATION,
  deferFor: DURATION,
  cooldown: { anyOf: [DURATION, { const: "off" }] },
  where: TRIGGER_CEL,
  whereTarget: OTHER_CEL,
  at: { ...TRIGGER_CEL, ...MOMENT },
  once: ONCE,
  fieldSelector: FIELD_SELECTOR,
};

/**
 * The JSON Schema of a pipeline file, for editors and other tools. It is generated from the schema that `kubemend validate` uses, with
 * the descriptions of the reference pages, and with the constraints between keys that JSON Schema can express. It refuses nothing that
 * `validate` accepts. Only `validate` checks CEL and types.
 */
export function createPipelineSchema(): Schema {
  const document = close(convert(documentSchema), toWritten) as Schema;
  const constrained = withConstraints(document);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: ID,
    title: "Kubemend pipeline",
    definitions: { action: toActionSchema(), remediation: toActionSchema(true) },
    ...withoutSchema(annotate(constrained, toDocs(KEY_GROUPS)) as Schema),
    ...FILE,
  };
}

/** The documentation of keys by their full paths. */
function toDocs(groups: readonly KeyGroup[]): ReadonlyMap<string, KeyDoc> {
  return new Map(
    groups.flatMap(({ at, keys }) =>
      keys.map((doc): [string, KeyDoc] => [at === "" ? doc.key : `${at}.${doc.key}`, doc]),
    ),
  );
}

function withConstraints(document: Schema): Schema {
  return change(document, "properties", (properties) => {
    const rules = change(properties, "rules", (list) => change(list, "items", withRuleConstraints));
    const watches = change(rules, "watch", (list) => change(list, "items", withSelection));
    return change(watches, "redact", (list) =>
      change(list, "items", (entry) => change(entry, "properties", withPaths)),
    );
  });
}

function withRuleConstraints(rule: Schema): Schema {
  const verified = change(rule, "properties", (keys) => {
    const verify = change(keys, "verify", (inner) =>
      change(inner, "properties", (fields) => ({ ...fields, where: OTHER_CEL })),
    );
    return change(verify, "on", withSelection);
  });
  return { ...verified, allOf: RULE };
}

function withSelection(selection: Schema): Schema {
  const keys = change(selection, "properties", (fields) => ({
    ...fields,
    resource: WATCHED,
    ...(Object.hasOwn(fields, "changed")
      ? { changed: withFields(fields["changed"] as Schema) }
      : {}),
  }));
  return { ...keys, allOf: SELECTION };
}

function withFields(changed: Schema): Schema {
  return change(changed, "properties", (keys) =>
    change(keys, "fields", (fields) => ({ ...fields, items: FIELD_PATH })),
  );
}

function withPaths(fields: Schema): Schema {
  return change(fields, "paths", (paths) => ({ ...paths, items: FIELD_PATH }));
}

/** The same with another value of one key. */
function change(schema: Schema, key: string, to: (value: Schema) => Schema): Schema {
  return { ...schema, [key]: to(schema[key] as Schema) };
}

function toActionSchema(onlyRemediating = false): Schema {
  return {
    description: "One action: its name, and its parameters.",
    anyOf: Object.values(ACTIONS)
      .filter(({ remediates }) => remediates || !onlyRemediating)
      .map(({ name, schema, many }) => {
        const own = many === undefined ? convert(schema) : withTargets(schema, many);
        const parameters = withoutSchema(close(own, toParameterOf(name)) as Schema);
        const docs = ACTION_DOCS[name];
        const documented = annotate(
          parameters,
          toDocs(docs === undefined ? [] : [{ ...docs, at: "" }]),
        );
        // If the action has defaults for all parameters, its name alone is enough.
        const isOptional = v.is(schema, {});
        const value = isOptional ? { anyOf: [documented, { type: "null" }] } : documented;
        return closed({ [name]: { description: docs?.intro ?? name, ...(value as Schema) } }, [
          name,
        ]);
      }),
  };
}

/** One form for both: with one target, or with many. */
function withTargets(schema: v.GenericSchema, many: v.GenericSchema): Schema {
  const { properties: { targets } = {} } = convert(many) as { readonly properties?: Schema };
  const one = convert(schema) as Schema;
  const both = change(one, "properties", (keys) => ({ ...keys, targets }));
  return { ...both, not: { required: ["target", "targets"] } };
}

function toParameterOf(action: string): (key: string, schema: unknown) => unknown {
  const isOfCronJob = action === "createJobFromCronJob";
  return (key, schema) => {
    if (key === "summary" || (action === "alert" && key === "title")) return TRIGGER_CEL;
    if (isOfCronJob && (key === "name" || key === "namespace")) return NAME;
    // The kind that a reference must have: here only CronJobs are ever meant.
    return isOfCronJob && key === "kind" ? { const: "CronJob" } : schema;
  };
}

function convert(schema: Parameters<typeof toJsonSchema>[0]): JsonSchema {
  return toJsonSchema(schema, { errorMode: "ignore", typeMode: "input" });
}

function closed(properties: Schema, required: readonly string[]): Schema {
  return { type: "object", properties, required, additionalProperties: false };
}

/** Makes every object refuse unknown keys, unless its schema allows any, and fills in the fields that are written by hand. */
function close(schema: unknown, fill: (key: string, field: unknown) => unknown): unknown {
  if (Array.isArray(schema)) return schema.map((item) => close(item, fill));
  if (typeof schema !== "object" || schema === null) return schema;
  const fields = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, close(value, fill)]),
  );
  const { properties } = fields;
  if (typeof properties !== "object" || properties === null) return fields;
  const filled = Object.entries(properties).map(([key, value]) => [key, fill(key, value)]);
  // The library writes it only where any others are allowed.
  const others = isFields(fields["additionalProperties"]) ? fields["additionalProperties"] : false;
  return { ...fields, properties: Object.fromEntries(filled), additionalProperties: others };
}

function isFields(value: unknown): value is Schema {
  return typeof value === "object" && value !== null;
}

function toWritten(key: string, schema: unknown): unknown {
  if (key === "then") return { ...(schema as Schema), items: { $ref: "#/definitions/action" } };
  if (key === "onFailure") {
    return { ...(schema as Schema), items: { $ref: "#/definitions/remediation" } };
  }
  return Object.hasOwn(BY_KEY, key) ? BY_KEY[key] : schema;
}

function withoutSchema({ $schema: _schema, ...rest }: Schema): Schema {
  return rest;
}
