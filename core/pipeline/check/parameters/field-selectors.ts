import { findResource } from "../../../references/find-resource.ts";
import { builtinCatalog } from "../../../references/builtin.ts";
import { suggestName } from "../../../text/suggest.ts";
import type { WatchSelection } from "../../pipeline.ts";

const EVERY = ["metadata.name", "metadata.namespace"];
const NAME_ONLY = ["metadata.name"];

/**
 * The fields by which an API server selects built-in resources, where these are not just name and namespace.
 * Source: `AddFieldLabelConversionFunc` in k8s.io/kubernetes v1.36.3, pkg/apis, and GetAttrs of the registries.
 */
const SUPPORTED: Readonly<Record<string, readonly string[]>> = {
  pods: [
    ...EVERY,
    ..."spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork".split(
      " ",
    ),
    ..."status.phase status.podIP status.podIPs status.nominatedNodeName spec.host".split(" "),
  ],
  nodes: [...NAME_ONLY, "spec.unschedulable"],
  replicationcontrollers: [...EVERY, "status.replicas"],
  events: [
    ...EVERY,
    ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
      (field) => `involvedObject.${field}`,
    ),
    ..."reason reportingComponent source type".split(" "),
  ],
  "events.events.k8s.io": [
    ...EVERY,
    ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
      (field) => `regarding.${field}`,
    ),
    ..."reason reportingController type".split(" "),
  ],
  namespaces: [...NAME_ONLY, "status.phase"],
  secrets: [...EVERY, "type"],
  services: [...EVERY, "spec.clusterIP", "spec.type"],
  "jobs.batch": [...EVERY, "status.successful"],
  "certificatesigningrequests.certificates.k8s.io": [...NAME_ONLY, "spec.signerName"],
  "resourceslices.resource.k8s.io": [...NAME_ONLY, "spec.nodeName", "spec.driver"],
};

/** The fields by which objects of a resource can be selected; undefined if only the cluster knows, as for custom resources. */
export function supportedFieldsOf(resource: string): readonly string[] | undefined {
  if (Object.hasOwn(SUPPORTED, resource)) return SUPPORTED[resource];
  return findResource(builtinCatalog(), resource) === undefined ? undefined : EVERY;
}

type Fault = { readonly message: string; readonly hint: string };

/**
 * Why an API server would refuse a field selector, for ever: its form, or a field that it does not select by.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
export function findFieldSelectorFault(
  { resource, fieldSelector }: Pick<WatchSelection, "resource" | "fieldSelector">,
  supported: readonly string[] | undefined,
): Fault | undefined {
  if (fieldSelector === undefined) return undefined;
  for (const part of fieldSelector.split(/(?<!\\),(?![^(]*\))/)) {
    const requirement = part.trim();
    const field =
      /^(?<field>[^=!<>\s()\\,]+)\s*(?:==|=|!=)\s*(?<value>(?:[^\\,=]|\\[\\,=])*)$/.exec(
        requirement,
      )?.groups?.["field"];
    if (field === undefined) return toFormFault(requirement);
    if (supported !== undefined && !supported.includes(field))
      return toFieldFault(resource, field, supported);
  }
  return undefined;
}

function toFormFault(requirement: string): Fault {
  const isSet = /\s(?:in|notin)\s*\(/.test(requirement);
  return {
    message: `${JSON.stringify(requirement)} is not a field requirement: there are only field=value and field!=value`,
    hint: isSet
      ? "test several values in where: object.type in ['a', 'b']; or write a rule for each"
      : "write it as kubectl does: status.phase=Failed,metadata.name!=x",
  };
}

function toFieldFault(resource: string, field: string, supported: readonly string[]): Fault {
  const near = suggestName(field, supported);
  const list = `supported: ${supported.join(", ")}; test other fields in where`;
  return {
    message: `no API server selects ${resource} by ${field}`,
    hint: near === undefined ? list : `did you mean ${near}? ${list}`,
  };
}
