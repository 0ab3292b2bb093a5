import * as v from "valibot";
import { dnsLabel } from "../../text/dns-label.ts";
import type { MoveGrant } from "../pipeline.ts";

const text = v.pipe(v.string("expected text"), v.nonEmpty("is empty"));

/** A list that has something in it, each once. */
function list(of: v.GenericSchema<string, string>, what: string, without: string) {
  return v.pipe(
    v.array(of, `expected a list of ${what}`),
    v.minLength(1, `is empty: ${without}`),
    v.check((names) => new Set(names).size === names.length, "names one of them twice"),
  );
}

const pause = v.object(
  { resource: text, field: v.optional(text), annotation: v.optional(text) },
  "expected { resource, field } or { resource, annotation }",
);

const option = v.optional(v.boolean("expected true or false"));

const grant = v.object(
  {
    to: list(text, "names of clusters", "name a cluster of the pipeline's clusters"),
    from: v.optional(
      list(text, "names of clusters", "leave it out for the pipeline's own cluster"),
    ),
    resources: list(text, "resources", "name what may move, such as configmaps"),
    namespaces: v.optional(
      list(
        dnsLabel("a namespace's name"),
        "namespace names",
        "leave it out to move from all namespaces",
      ),
    ),
    pause: v.optional(v.array(pause, "expected a list of { resource, field }")),
    removeFinalizers: v.optional(v.array(text, "expected a list of finalizers, or ['*'] for any")),
    remade: v.optional(v.array(text, "expected a list of resources")),
    createNamespaces: option,
    leaveOwned: option,
    dropOwners: option,
    leaveData: option,
  },
  "expected fields (key: value)",
);

/** The Moves that functions carry out, as written. */
export const movesSchema: v.GenericSchema<unknown, readonly MoveGrant[]> = v.array(
  grant,
  "expected a list of { to, resources }",
);
