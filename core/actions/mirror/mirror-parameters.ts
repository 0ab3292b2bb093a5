import * as v from "valibot";
import { parseChangePath } from "../../operations/change-path.ts";
import { dnsLabel } from "../../text/dns-label.ts";
import { parseDuration } from "../../text/duration.ts";
import { durationSchema } from "../contract/duration-schema.ts";
import { labelKey } from "../contract/label-key.ts";
import { ruleValueSchema, type RuleValue } from "../contract/rule-value.ts";

/** Labels or annotations that copies get, and those that they do not have. */
export type MarkChanges = {
  readonly set: Readonly<Record<string, RuleValue<string>>>;
  readonly remove: readonly string[];
};

/** The parameters of the action `mirror`: where copies are, and how they differ from their sources. */
export type MirrorParameters = {
  /** Names of the pipeline's `clusters`. */
  readonly to: readonly string[];
  /** The treatment of an object that has the copy's name and was not created by Kubemend. */
  readonly conflict: "fail" | "adopt" | "skip";
  /** The fate of the copy when its source is deleted; absent: it depends on the resource, see `findMirror`. */
  readonly delete?: "propagate" | "keep" | undefined;
  /** The fate of the copy when the rule no longer covers its source; absent: as `delete` says. */
  readonly left?: "delete" | "keep" | undefined;
  /** The treatment of a copy that somebody has changed. */
  readonly drift: "repair" | "report";
  readonly compareEvery: string;
  /** By the source's namespace; one that is not named keeps its name. */
  readonly namespaces: Readonly<Record<string, string>>;
  readonly names: { readonly prefix?: string | undefined; readonly suffix?: string | undefined };
  readonly labels: MarkChanges;
  readonly annotations: MarkChanges;
  readonly fields: {
    readonly set: Readonly<Record<string, RuleValue<unknown>>>;
    readonly remove: readonly string[];
  };
  /** The first whose `from` an image begins with decides. */
  readonly images: readonly { readonly from: string; readonly to: string }[];
  readonly status: boolean;
  /** Whether the rule names the cluster of the sources as a target, too. A view of the pipeline says so, see `source-view.ts`. */
  readonly isMutual?: true;
};

const TARGETS_MAX = 20;
const ENTRIES_MAX = 100;
const NAME_PART_MAX = 100;
const COMPARE_MIN_MS = 10 * 60_000;
const COMPARE_MAX_MS = 7 * 24 * 3_600_000;

const clusterName = v.pipe(v.string("expected the name of a cluster"), v.nonEmpty("is empty"));

const clusters = v.pipe(
  v.array(clusterName, "expected a list of names of clusters"),
  v.minLength(1, "is empty: name a cluster of the pipeline's clusters"),
  v.maxLength(TARGETS_MAX, `has more than ${TARGETS_MAX} clusters: write a second rule`),
  v.check((names) => new Set(names).size === names.length, "names a cluster twice"),
);

/** They are not for rules to change: identity, what has a key of its own here, and what controllers report. */
const FIXED: ReadonlySet<unknown> = new Set(["apiVersion", "kind", "metadata", "status"]);

const path = v.pipe(
  v.string("expected a path such as spec.replicas"),
  v.check((text) => {
    const parsed = parseChangePath(text);
    return parsed.ok && !FIXED.has(parsed.value[0]);
  }, "expected a path such as spec.replicas or spec.template.spec.containers[name=main].image, outside metadata and status; labels and annotations have keys of their own"),
);

const value = v.pipe(
  v.unknown(),
  v.check((to) => to !== null, "is null: write the path under remove"),
);

/** Entries that are set, and keys that are removed. */
function changesSchema<T>(
  key: v.GenericSchema<string, string>,
  to: v.GenericSchema<unknown, T>,
  words: { readonly entries: string; readonly keys: string },
) {
  const { entries, keys } = words;
  return v.optional(
    v.strictObject({
      set: v.optional(
        v.pipe(
          v.record(key, to),
          v.maxEntries(ENTRIES_MAX, `has more than ${ENTRIES_MAX} ${entries}`),
        ),
        {},
      ),
      remove: v.optional(
        v.pipe(
          v.array(key, `expected a list of ${keys}`),
          v.maxLength(ENTRIES_MAX, `has more than ${ENTRIES_MAX} ${keys}`),
        ),
        [],
      ),
    }),
    { set: {}, remove: [] },
  );
}

const marks = changesSchema(labelKey, ruleValueSchema(v.string("expected a text"), "a text"), {
  entries: "entries",
  keys: "keys",
});

const namePart = v.optional(
  v.pipe(
    v.string("expected a text"),
    v.nonEmpty("is empty: leave it out"),
    v.maxLength(NAME_PART_MAX, `has more than ${NAME_PART_MAX} characters`),
    v.regex(/^[-a-z0-9.]*$/, "expected a-z, 0-9, - and ."),
  ),
);

const namespaces = v.optional(
  v.pipe(
    v.record(dnsLabel("a namespace's name"), dnsLabel("a namespace's name")),
    v.maxEntries(1_000, "has more than 1000 namespaces"),
    v.check(
      (map) => new Set(Object.values(map)).size === Object.keys(map).length,
      "leads two namespaces into the same one, where their objects would be in each other's way",
    ),
  ),
  {},
);

const imagePrefix = v.pipe(
  v.string("expected the beginning of an image's name, such as registry.example.com/"),
  v.maxLength(500, "has more than 500 characters"),
  v.regex(/^[^\s\p{C}]*$/u, "expected a text without white space"),
);

const compareEvery = v.pipe(
  durationSchema,
  v.check((text) => {
    const ms = parseDuration(text) ?? 0;
    return ms >= COMPARE_MIN_MS && ms <= COMPARE_MAX_MS;
  }, "expected a time from 10m to 7d"),
);

export const mirrorSchema: v.GenericSchema<unknown, MirrorParameters> = v.strictObject({
  to: clusters,
  conflict: v.optional(
    v.picklist(["fail", "adopt", "skip"], "expected fail, adopt or skip"),
    "fail",
  ),
  delete: v.optional(v.picklist(["propagate", "keep"], "expected propagate or keep")),
  left: v.optional(v.picklist(["delete", "keep"], "expected delete or keep")),
  drift: v.optional(v.picklist(["repair", "report"], "expected repair or report"), "repair"),
  compareEvery: v.optional(compareEvery, "1h"),
  namespaces,
  names: v.optional(v.strictObject({ prefix: namePart, suffix: namePart }), {}),
  labels: marks,
  annotations: marks,
  fields: changesSchema(path, value, { entries: "fields", keys: "paths" }),
  images: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          from: v.pipe(imagePrefix, v.nonEmpty("is empty: it would be every image")),
          to: imagePrefix,
        }),
        "expected a list of { from, to }",
      ),
      v.maxLength(ENTRIES_MAX, `has more than ${ENTRIES_MAX} prefixes`),
    ),
    [],
  ),
  status: v.optional(v.boolean("expected true or false"), false),
});
