import * as v from "valibot";

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The schema of a name such as those of namespaces; `what` begins the message. */
export function dnsLabel(what: string): v.GenericSchema<string, string> {
  return v.pipe(
    v.string("expected text"),
    v.regex(DNS_LABEL, `${what} is lower-case letters, digits and "-", at most 63 characters`),
  );
}
