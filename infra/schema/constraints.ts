import { ACTIONS } from "../../core/actions/registry.ts";
import { LIMIT_KEYS } from "../../core/pipeline/guards/parse-guards.ts";
import { hasGeneration } from "../../core/pipeline/parse/has-generation.ts";
import { supportedFieldsOf } from "../../core/pipeline/check/parameters/field-selectors.ts";
import { findUnwatchable } from "../../core/pipeline/unwatchable.ts";
import { builtinCatalog } from "../../core/references/builtin.ts";
import { findResource } from "../../core/references/find-resource.ts";
import { isEvents } from "../../core/references/is-events.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import { MIRRORS, OF_MIRRORS } from "./mirror-constraints.ts";

type Schema = Readonly<Record<string, unknown>>;

const BUILTIN: readonly string[] = [...new Set(builtinCatalog().entries.map(toResourceName))];
const WATCHABLE = BUILTIN.filter((name) => findUnwatchable(name) === undefined).toSorted();
const CLUSTER_SCOPED = WATCHABLE.filter(
  (name) => findResource(builtinCatalog(), name)?.namespaced === false,
);
const WITHOUT_GENERATION = WATCHABLE.filter((name) => !hasGeneration(name));
const OWN_GROUPS = [...builtinCatalog().groups].filter((group) => group.includes("."));

const DNS_GROUP = String.raw`[a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+`;

/** A resource that can be watched: a built-in one, or one of a group that is not Kubernetes' own, without a version. */
export const WATCHED: Schema = {
  anyOf: [
    { enum: WATCHABLE },
    {
      type: "string",
      pattern: `^[a-z][a-z0-9-]*\\.(?!v[1-9][0-9]*(?:(?:alpha|beta)[1-9][0-9]*)?\\.)(?!(?:${OWN_GROUPS.map(escape).join("|")})$)${DNS_GROUP}$`,
    },
  ],
};

/** `a=b,c!=d`: field selectors have no sets. */
export const FIELD_SELECTOR: Schema = {
  type: "string",
  pattern: String.raw`^\s*[^=!<>\s()\\,]+\s*(?:==|=|!=)(?:[^\\,=()]|\\[\\,=])*(?:,\s*[^=!<>\s()\\,]+\s*(?:==|=|!=)(?:[^\\,=()]|\\[\\,=])*)*$`,
};

/** A path of fields, as far as a pattern can tell it from JSONPath, JSON Pointer and positions of items. */
export const FIELD_PATH: Schema = {
  type: "string",
  minLength: 1,
  pattern: String.raw`^(?![$@./{])(?!.*\.\.)(?!.*\.[0-9]+(?:[.[]|$))(?!.*\[(?!\*\]|["'])).*[^.]$`,
};

/** CEL, as far as a pattern can tell it from a time of day, a cron line and a template. */
export const MOMENT: Schema = {
  type: "string",
  minLength: 1,
  pattern: String.raw`^(?!\s*\d)(?!\s*["']?\d{1,2}(?::|\s))(?!\s*["']?[*@])`,
};

export const CEL: Schema = {
  type: "string",
  minLength: 1,
  pattern: String.raw`^(?!.*(?:\{\{|\$\{))`,
};

/** The name of an object. */
export const NAME: Schema = {
  type: "string",
  pattern: "^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$",
};

/** A duration as `core/text/duration.ts` parses it, above zero. */
export const DURATION: Schema = {
  type: "string",
  pattern: "^(?=.*[1-9])(?:[0-9]{1,6}[smhd])+$",
  description: "A duration such as 90s, 10m or 1h30m.",
};

/** Namespaces of objects that have none, and fields by which no API server selects. */
export const SELECTION: readonly Schema[] = [
  ...toFieldConstraints(),
  unless(
    { properties: { resource: { enum: CLUSTER_SCOPED } }, required: ["resource"] },
    has("namespaces"),
  ),
];

const REMEDIATING = Object.values(ACTIONS)
  .filter(({ remediates }) => remediates)
  .map(({ name }) => name);
const REMEDIATES: Schema = {
  properties: { then: { contains: { anyOf: REMEDIATING.map((name) => has(name)) } } },
};
const ON_EVENTS = on(WATCHABLE.filter((name) => isEvents(name)));
/** Objects of these run once and end, so that `once` may be left out. */
const RUN_ONCE = ["jobs.batch", "pods"];

const COMPARES: Schema = within("on", has("changed"));

/** A rule that compares fields is about the moment of a change, between two states. */
function toComparedConstraints(): readonly Schema[] {
  return [
    when(COMPARES, { not: { anyOf: [ON_EVENTS, has("for")] } }),
    when(COMPARES, {
      properties: {
        once: {
          not: {
            anyOf: [{ enum: ["object", "generation"] }, { type: "object", ...has("condition") }],
          },
        },
        initial: { not: { const: "include" } },
        ifGone: { not: { const: "act" } },
        on: {
          properties: {
            changes: { contains: { const: "modified" }, items: { enum: ["added", "modified"] } },
          },
        },
      },
    }),
  ];
}

/** A rule that asks a person, if only at some times. */
const MAY_ASK: Schema = within("guards", {
  anyOf: [
    mode("approval"),
    { properties: { modes: { contains: mode("approval") } }, ...has("modes") },
  ],
});

/** The keys of a rule that need or exclude each other. */
export const RULE: readonly Schema[] = [
  { not: has("for", "at") },
  ...["reach", "whereTarget", "verify", "onFailure", "ifGone", "giveUpAfter"].map((key) =>
    when(has(key), REMEDIATES),
  ),
  when(
    { not: { anyOf: [has("once"), on(RUN_ONCE), testsCondition(), COMPARES, MIRRORS] } },
    has("once"),
  ),
  OF_MIRRORS,
  ...toComparedConstraints(),
  when(
    { properties: { once: { const: "generation" } }, required: ["once"] },
    { not: on(WITHOUT_GENERATION) },
  ),
  ...LIMIT_KEYS.map((key) => when(within("guards", has(key)), REMEDIATES)),
  when(
    within("guards", { properties: { whenGuarded: { const: "refuse" } }, ...has("whenGuarded") }),
    {
      not: within("guards", has("deferFor")),
    },
  ),
  when(within("guards", has("approveWithin")), MAY_ASK),
  { not: within("guards", has("mode", "modes")) },
  when(MAY_ASK, {
    allOf: [REMEDIATES, { properties: { then: { contains: has("alert") } } }],
  }),
  when(
    { properties: { initial: { const: "include" } }, required: ["initial"] },
    { properties: { on: { properties: { changes: { contains: { const: "added" } } } } } },
  ),
  when(
    { properties: { ifGone: { const: "act" } }, required: ["ifGone"] },
    {
      not: {
        anyOf: [
          has("for"),
          has("at"),
          { properties: { once: { const: "change" } }, required: ["once"] },
        ],
      },
    },
  ),
  when({ allOf: [ON_EVENTS, has("reach"), REMEDIATES] }, has("whereTarget")),
  when(contains(cronJob({ const: "trigger" })), on(["cronjobs.batch"])),
  when(
    contains(cronJob({ type: "object", ...within("relation", { enum: ["involved", "related"] }) })),
    {
      not: on(WATCHABLE.filter((name) => !isEvents(name))),
    },
  ),
  when(contains(cronJob({ type: "object", ...has("namespace") })), {
    anyOf: [
      has("reach"),
      within("on", within("namespaces", { type: "array", minItems: 1, maxItems: 1 })),
    ],
  }),
  when(contains(cronJob(undefined)), {
    not: on([
      "pods",
      "cronjobs.batch",
      "replicasets.apps",
      "events",
      "events.events.k8s.io",
      ...CLUSTER_SCOPED,
    ]),
  }),
];

/** A file needs something to watch. */
export const FILE: Schema = {
  anyOf: ["rules", "watch"].map((key) => ({
    properties: { [key]: { minItems: 1 } },
    required: [key],
  })),
};

/** `where` with the form from which an episode is derived. */
function testsCondition(): Schema {
  return {
    properties: { where: { pattern: String.raw`object\.status\.conditions\.exists\(` } },
    required: ["where"],
  };
}

function contains(action: Schema): Schema {
  return { properties: { then: { contains: action } }, required: ["then"] };
}

/** A constraint for each group of built-in resources that are selected by the same fields. */
function toFieldConstraints(): readonly Schema[] {
  const groups = Map.groupBy(WATCHABLE, (name) => (supportedFieldsOf(name) ?? []).join("|"));
  return [...groups].map(([fields, resources]) => {
    const one = `\\s*(?:${escape(fields)})\\s*(?:==|=|!=)[^,]*`;
    const pattern = `^${one}(?:,${one})*$`;
    return when(within("resource", { enum: resources }), {
      properties: { fieldSelector: { pattern } },
    });
  });
}

function has(...keys: readonly string[]): Schema {
  return { required: keys };
}

function within(key: string, schema: Schema): Schema {
  return { properties: { [key]: schema }, required: [key] };
}

function on(resources: readonly string[]): Schema {
  return within("on", within("resource", { enum: resources }));
}

function mode(value: string): Schema {
  return within("mode", { const: value });
}

function when(condition: Schema, then: Schema): Schema {
  // oxlint-disable-next-line unicorn/no-thenable -- the key is part of JSON Schema
  return { if: condition, then };
}

function unless(condition: Schema, unwanted: Schema): Schema {
  return when(condition, { not: unwanted });
}

/** A createJobFromCronJob with this cronJob; undefined: by default the owner, or written so. */
function cronJob(value: Schema | undefined): Schema {
  if (value !== undefined) {
    return within("createJobFromCronJob", { type: "object", ...within("cronJob", value) });
  }
  const owner: Schema = {
    anyOf: [
      { type: "null" },
      { type: "object", not: has("cronJob") },
      { type: "object", ...within("cronJob", { const: "owner" }) },
    ],
  };
  return within("createJobFromCronJob", owner);
}

function escape(text: string): string {
  return text.replaceAll(".", String.raw`\.`);
}
