import { toJsonSchema, type JsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { ACTIONS } from "../../core/actions/registry.ts";
import { documentSchema } from "../../core/pipeline/parse/document-schema.ts";

type Schema = Readonly<Record<string, unknown>>;

const ID = "https://kubemend.dev/schema/pipeline.v1alpha1.json";

/** A duration as `core/text/duration.ts` parses it, above zero. */
const DURATION: Schema = {
  type: "string",
  pattern: "^(?=.*[1-9])(?:[0-9]{1,6}[smhd])+$",
  description: "A duration such as 90s, 10m or 1h30m.",
};

const CEL: Schema = {
  type: "string",
  description: "CEL over object, change, references, cluster and now.",
};

const ONCE: Schema = {
  description: "What identifies the episode in which a remediation runs once.",
  anyOf: [
    { enum: ["object", "generation", "change"] },
    closed({ condition: { type: "string", minLength: 1 } }, ["condition"]),
    closed({ key: { ...CEL, minLength: 1 } }, ["key"]),
  ],
};

/** Fields whose format the schema library cannot derive, by their key. */
const BY_KEY: Readonly<Record<string, Schema>> = {
  for: DURATION,
  within: DURATION,
  giveUpAfter: DURATION,
  approveWithin: DURATION,
  deferFor: DURATION,
  cooldown: DURATION,
  where: CEL,
  whereTarget: CEL,
  at: CEL,
  once: ONCE,
};

/**
 * The JSON Schema of a pipeline file, for editors and other tools. It is generated from the schema that `kubemend validate` uses,
 * so both agree on structure. Only `kubemend validate` checks CEL, resources, and constraints between several fields.
 */
export function createPipelineSchema(): Schema {
  const document = close(convert(documentSchema), toWritten) as Schema;
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: ID,
    title: "Kubemend pipeline",
    definitions: { action: toActionSchema() },
    ...withoutSchema(document),
  };
}

function toActionSchema(): Schema {
  return {
    description: "One action: its name, and its parameters.",
    anyOf: Object.values(ACTIONS).map(({ name, schema }) => {
      const parameters = withoutSchema(close(convert(schema), (_, field) => field) as Schema);
      // If the action has defaults for all parameters, its name alone is enough.
      const isOptional = v.is(schema, {});
      const value = isOptional ? { anyOf: [parameters, { type: "null" }] } : parameters;
      return closed({ [name]: value }, [name]);
    }),
  };
}

function convert(schema: Parameters<typeof toJsonSchema>[0]): JsonSchema {
  return toJsonSchema(schema, { errorMode: "ignore", typeMode: "input" });
}

function closed(properties: Schema, required: readonly string[]): Schema {
  return { type: "object", properties, required, additionalProperties: false };
}

/** Makes every object refuse unknown keys, and fills in the fields that are written by hand. */
function close(schema: unknown, fill: (key: string, field: unknown) => unknown): unknown {
  if (Array.isArray(schema)) return schema.map((item) => close(item, fill));
  if (typeof schema !== "object" || schema === null) return schema;
  const fields = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, close(value, fill)]),
  );
  const { properties } = fields;
  if (typeof properties !== "object" || properties === null) return fields;
  const filled = Object.entries(properties).map(([key, value]) => [key, fill(key, value)]);
  return { ...fields, properties: Object.fromEntries(filled), additionalProperties: false };
}

function toWritten(key: string, schema: unknown): unknown {
  if (key === "then" || key === "onFailure") {
    return { ...(schema as Schema), items: { $ref: "#/definitions/action" } };
  }
  return Object.hasOwn(BY_KEY, key) ? BY_KEY[key] : schema;
}

function withoutSchema({ $schema: _schema, ...rest }: Schema): Schema {
  return rest;
}
