import * as v from "valibot";
import type { RemediationMode } from "../../events/request.ts";
import type { RuleChange, WatchSelection } from "./pipeline.ts";

/** A rule as written, once the schema has said yes. */
export type RuleDocument = {
  readonly id: string;
  readonly on: WatchSelection & { readonly changes?: readonly RuleChange[] | undefined };
  readonly where?: string | undefined;
  readonly once?: unknown;
  readonly initial?: "skip" | "include" | undefined;
  readonly then: readonly unknown[];
  readonly guards?: { readonly mode?: RemediationMode | undefined } | undefined;
};

export type PipelineDocument = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly cluster: { readonly name: string };
  readonly watch?: readonly WatchSelection[] | undefined;
  readonly rules?: readonly RuleDocument[] | undefined;
};

/**
 * The pipeline file's shape (DESIGN "Rules"). What one field alone cannot tell (CEL, resources, actions, `once`) is checked
 * in `parse-rule.ts`. Unknown keys are found by `document-issues.ts`, which reads the allowed ones off these schemas.
 */
const text = v.pipe(v.string("expected text"), v.nonEmpty("is empty"));

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsLabel = (what: string) =>
  v.pipe(
    v.string("expected text"),
    v.regex(DNS_LABEL, `${what} is lower-case letters, digits and "-", at most 63 characters`),
  );

const namespaces = v.optional(
  v.pipe(
    v.array(dnsLabel("a namespace's name"), "expected a list of namespace names"),
    v.minLength(1, "is empty: leave it out to watch all namespaces"),
  ),
);

const selection = {
  resource: text,
  namespaces,
  labelSelector: v.optional(text),
  fieldSelector: v.optional(text),
};

const RULE_CHANGES = ["added", "modified", "deleted", "left"] as const;

const changes = v.optional(
  v.pipe(
    v.array(
      v.picklist(RULE_CHANGES, `expected one of ${RULE_CHANGES.join(", ")}`),
      `expected a list of ${RULE_CHANGES.join(", ")}`,
    ),
    v.minLength(1, "is empty: leave it out for added and modified"),
  ),
);

const anObject = "expected fields (key: value)";

export const ruleSchema: v.GenericSchema<unknown, RuleDocument> = v.object(
  {
    id: dnsLabel("a rule's id"),
    on: v.object({ ...selection, changes }, anObject),
    where: v.optional(v.string("expected a CEL expression")),
    // Three forms, see once.ts.
    once: v.optional(v.unknown()),
    initial: v.optional(v.picklist(["skip", "include"], "expected skip or include")),
    // Keys are the names of actions, see parse-actions.ts.
    // oxlint-disable-next-line unicorn/no-thenable -- the file's word; a list is no function, so await leaves it alone
    then: v.pipe(
      v.array(v.unknown(), "expected a list of actions"),
      v.minLength(1, "is empty: a rule needs an action"),
    ),
    guards: v.optional(
      v.object(
        { mode: v.optional(v.picklist(["enforce", "dryRun"], "expected enforce or dryRun")) },
        anObject,
      ),
    ),
  },
  anObject,
);

const PIPELINE_API_VERSION = "kubemend.dev/v1alpha1";
const PIPELINE_KIND = "Pipeline";

export const documentSchema: v.GenericSchema<unknown, PipelineDocument> = v.object(
  {
    apiVersion: v.literal(PIPELINE_API_VERSION, `expected ${PIPELINE_API_VERSION}`),
    kind: v.literal(PIPELINE_KIND, `expected ${PIPELINE_KIND}`),
    cluster: v.object({ name: text }, anObject),
    watch: v.optional(v.array(v.object(selection, anObject), "expected a list of watches")),
    rules: v.optional(v.array(ruleSchema, "expected a list of rules")),
  },
  "expected a pipeline: apiVersion, kind, cluster, rules",
);
