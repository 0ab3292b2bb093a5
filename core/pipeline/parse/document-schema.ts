import * as v from "valibot";
import { movesSchema } from "#moves-schema";
import { CHANGE_KINDS } from "../../../events/ids.ts";
import { ALL_GUARD } from "../../../events/rule-guard.ts";
import { receiversSchema } from "../../receivers/receivers-schema.ts";
import { accessSchema } from "../declared-access.ts";
import { dnsLabel } from "../../text/dns-label.ts";
import { routeSchema } from "../routing/route-schema.ts";
import type { PipelineDocument, RuleDocument } from "./document.ts";
import { duration, guardsSchema } from "../guards/guards-schema.ts";

/*
 * The shape of the pipeline file. What the schema of one field cannot check (CEL, resources, actions, `once`) is checked in
 * `parse-rule.ts`. Unknown keys are found by `document-issues.ts`, which takes the allowed keys from these schemas.
 */
const text = v.pipe(v.string("expected text"), v.nonEmpty("is empty"));

const namespaces = v.optional(
  v.union(
    [
      v.pipe(
        v.array(dnsLabel("a namespace's name"), "expected a list of namespace names"),
        v.minLength(1, "is empty: leave it out to watch all namespaces"),
      ),
      v.object({ labelSelector: text }),
    ],
    "expected a list of namespace names, or { labelSelector: <labels of namespaces> }",
  ),
);

const reach = v.union(
  [
    v.literal("cluster"),
    v.pipe(
      v.array(dnsLabel("a namespace's name")),
      v.minLength(1, "is empty: leave it out for the trigger's own namespace"),
    ),
  ],
  "expected cluster, or a list of namespace names",
);

const selection = {
  resource: text,
  namespaces,
  labelSelector: v.optional(text),
  fieldSelector: v.optional(text),
};

const watchEntry = v.object(
  {
    ...selection,
    payload: v.optional(v.picklist(["full", "metadata"], "expected full or metadata")),
    delivery: v.optional(v.picklist(["latest", "every"], "expected latest or every")),
  },
  "expected fields (key: value)",
);

const changes = v.optional(
  v.pipe(
    v.array(
      v.picklist(CHANGE_KINDS, `expected one of ${CHANGE_KINDS.join(", ")}`),
      `expected a list of ${CHANGE_KINDS.join(", ")}`,
    ),
    v.minLength(1, "is empty: leave it out for added and modified"),
  ),
);

const changed = v.optional(
  v.object(
    {
      fields: v.pipe(
        v.array(text, "expected a list of fields such as data or spec.template"),
        v.minLength(1, "is empty: name the fields that must have changed"),
        v.maxLength(20, "has more than 20 fields: name what contains them"),
      ),
      unknown: v.picklist(["act", "skip"], "expected act or skip"),
    },
    "expected { fields: [<field>, ...], unknown: act | skip }",
  ),
);

const sources = v.optional(
  v.pipe(
    v.array(text, "expected a list of names of clusters"),
    v.minLength(1, "is empty: leave it out for the pipeline's own cluster"),
    v.check((names) => new Set(names).size === names.length, "names a cluster twice"),
  ),
);

const anObject = "expected fields (key: value)";

export const ruleSchema: v.GenericSchema<unknown, RuleDocument> = v.object(
  {
    id: v.pipe(
      dnsLabel("a rule's id"),
      v.check((id) => id !== ALL_GUARD, `${ALL_GUARD} is the name of the guard of all rules`),
    ),
    on: v.object({ ...selection, changes, changed, clusters: sources }, anObject),
    where: v.optional(v.string("expected a CEL expression")),
    reach: v.optional(reach),
    whereTarget: v.optional(v.string("expected a CEL expression")),
    // It has several forms, see parse-once.ts.
    once: v.optional(v.unknown()),
    initial: v.optional(v.picklist(["skip", "include"], "expected skip or include")),
    // The keys of an entry are names of actions, see parse-actions.ts.
    // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format; a list is no function, so await leaves it alone
    then: v.pipe(
      v.array(v.unknown(), "expected a list of actions"),
      v.minLength(1, "is empty: a rule needs an action"),
    ),
    for: v.optional(duration),
    at: v.optional(v.string("expected a CEL expression")),
    verify: v.optional(
      v.object(
        { where: v.optional(v.string("expected a CEL expression")), within: v.optional(duration) },
        anObject,
      ),
    ),
    onFailure: v.optional(
      v.pipe(
        v.array(v.unknown(), "expected a list of actions"),
        v.minLength(1, "is empty: leave it out"),
        v.maxLength(
          3,
          "has more than 3 actions: after three failures a person is needed, not another attempt",
        ),
      ),
    ),
    ifGone: v.optional(v.picklist(["refuse", "act"], "expected refuse or act")),
    giveUpAfter: v.optional(duration),
    guards: v.optional(guardsSchema),
  },
  anObject,
);

const redaction = v.object(
  {
    resource: text,
    paths: v.pipe(
      v.array(text, "expected a list of paths"),
      v.minLength(1, "is empty: write a path such as spec.containers[*].env[*].value"),
    ),
  },
  anObject,
);

/** It becomes part of names of objects, and of labels. */
const clusterName = v.pipe(
  text,
  v.regex(
    /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/,
    "is not the name of a cluster: at most 40 of a-z, 0-9 and -",
  ),
);

const PIPELINE_API_VERSION = "kubemend.dev/v1alpha1";
const PIPELINE_KIND = "Pipeline";

export const documentSchema: v.GenericSchema<unknown, PipelineDocument> = v.object(
  {
    apiVersion: v.literal(PIPELINE_API_VERSION, `expected ${PIPELINE_API_VERSION}`),
    kind: v.literal(PIPELINE_KIND, `expected ${PIPELINE_KIND}`),
    cluster: v.object({ name: text }, anObject),
    clusters: v.optional(
      v.array(
        v.object({ name: clusterName, uid: v.optional(text), access: accessSchema }, anObject),
        "expected a list of clusters",
      ),
    ),
    receivers: v.optional(receiversSchema),
    route: v.optional(v.array(routeSchema, "expected a list of { when, to }")),
    watch: v.optional(v.array(watchEntry, "expected a list of watches")),
    rules: v.optional(v.array(ruleSchema, "expected a list of rules")),
    redact: v.optional(v.array(redaction, "expected a list of { resource, paths }")),
    moves: v.optional(movesSchema),
  },
  "expected a pipeline: apiVersion, kind, cluster, rules",
);
