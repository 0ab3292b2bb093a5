import * as v from "valibot";
import { ALERT_SEVERITIES, type AlertSeverity } from "../../../events/alert.ts";
import { dnsLabel } from "../../text/dns-label.ts";
import type { Route } from "../route.ts";

type OneOrMore<T> = T | readonly T[];

/** A route as written. */
export type RouteDocument = {
  readonly when?:
    | {
        readonly severity?: OneOrMore<AlertSeverity> | undefined;
        readonly rule?: OneOrMore<string> | undefined;
        readonly namespace?: OneOrMore<string> | undefined;
        readonly labels?: Readonly<Record<string, string>> | undefined;
        readonly namespaceLabels?: string | undefined;
      }
    | undefined;
  readonly to: OneOrMore<string>;
  readonly continue?: boolean | undefined;
};

const text = v.pipe(v.string("expected text"), v.nonEmpty("is empty"));

/** One value, or a list of them. */
function oneOrMore<T>(
  one: v.GenericSchema<T, T>,
  expected: string,
): v.GenericSchema<unknown, OneOrMore<T>> {
  const list = v.pipe(v.array(one), v.minLength(1, "is empty"));
  return v.union([one, list], `expected ${expected}, or a list of them`);
}

const severity = v.picklist(ALERT_SEVERITIES);

export const routeSchema: v.GenericSchema<unknown, RouteDocument> = v.object(
  {
    when: v.optional(
      v.object(
        {
          severity: v.optional(oneOrMore(severity, `one of ${ALERT_SEVERITIES.join(", ")}`)),
          rule: v.optional(oneOrMore(dnsLabel("a rule's id"), "the id of a rule")),
          namespace: v.optional(oneOrMore(dnsLabel("a namespace's name"), "a namespace")),
          labels: v.optional(v.record(text, v.string("expected text: write it in quotes"))),
          namespaceLabels: v.optional(text),
        },
        "expected conditions such as { severity: critical }",
      ),
    ),
    to: oneOrMore(dnsLabel("a receiver's name"), "the name of a receiver"),
    continue: v.optional(v.boolean("expected true or false")),
  },
  "expected { when, to }",
);

/** The meaning of a route that the schema has accepted. */
export function toRoute({ when, to, continue: asksNext = false }: RouteDocument): Route {
  const { severity: severities, rule, namespace, labels, namespaceLabels } = when ?? {};
  const conditions = {
    ...(severities === undefined ? {} : { severity: toList(severities) }),
    ...(rule === undefined ? {} : { rule: toList(rule) }),
    ...(namespace === undefined ? {} : { namespace: toList(namespace) }),
    ...(labels === undefined ? {} : { labels }),
    ...(namespaceLabels === undefined ? {} : { namespaceLabels: namespaceLabels.trim() }),
  };
  return {
    ...(when === undefined ? {} : { when: conditions }),
    to: toList(to),
    continue: asksNext,
  };
}

function toList<T>(value: OneOrMore<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
