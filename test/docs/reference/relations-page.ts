import { REFERENCE_RELATIONS, type ReferenceRelation } from "../../../events/reference.ts";
import type { ValueType } from "../../../core/cel/types/value-type.ts";
import { NESTED_FIELDS, ROOT_FIELDS } from "../../../core/references/relation.ts";
import { findCompactType } from "../../../core/schemas/compact-type.ts";
import data from "../../../core/schemas/data/kubernetes-1.36.json" with { type: "json" };
import { toTable } from "./to-table.ts";

const MEANINGS: Readonly<Record<ReferenceRelation, string>> = {
  owner:
    "An owner of the object; the controller too. In a rule on pods also the owner above the controller: kind: Deployment is the Deployment of the Pod's ReplicaSet, kind: CronJob the CronJob of its Job.",
  controller: "The one owner that manages the object: the ReplicaSet of a Pod, the Job of a Pod.",
  involved: "What an Event is about.",
  related: "A second object that an Event is about.",
  scaleTarget: "The workload that a HorizontalPodAutoscaler, or a custom autoscaler, scales.",
  target: "What a custom resource or an endpoint is for.",
  claim: "The PersistentVolumeClaim that a volume is bound to.",
  dataSource: "What a volume is filled from.",
  role: "The Role or ClusterRole of a binding.",
  subject: "A ServiceAccount, user or group of a binding; only a ServiceAccount is an object.",
  parent: "What a route of the Gateway API, or another object, is attached to.",
  backend: "The Service of a route.",
  node: "The Node on which a Pod runs, or is to run.",
  path: "What a relation that is not in this list counts as, in a message of a newer relay.",
};

const FIELDS: Readonly<Partial<Record<ReferenceRelation, string>>> = {
  owner: "metadata.ownerReferences",
  controller: "metadata.ownerReferences, with controller: true",
  node: "spec.nodeName",
};

const WRITTEN: Readonly<Partial<Record<ReferenceRelation, string>>> = {
  owner: "all",
  controller: "all",
  involved: "events, events.events.k8s.io",
  related: "events.events.k8s.io",
  role: "rolebindings.rbac.authorization.k8s.io, clusterrolebindings.rbac.authorization.k8s.io",
  subject: "rolebindings.rbac.authorization.k8s.io, clusterrolebindings.rbac.authorization.k8s.io",
  node: "pods",
  path: "",
};

/** The relations of references, with the fields and the built-in resources that have them. */
export function createRelationsPage(): string {
  const found = findResources();
  const rows = REFERENCE_RELATIONS.map((relation) => [
    `\`${relation}\``,
    MEANINGS[relation],
    FIELDS[relation] ?? listFields(relation),
    WRITTEN[relation] ?? (found.get(relation) ?? ["custom resources only"]).join(", "),
  ]);
  return `# Relations

An action acts upon the trigger, upon an object that the rule names, or upon an object that the trigger refers to:

    then:
      - restartRollout: { target: { relation: owner, kind: Deployment } }
      - createJobFromCronJob: { cronJob: { relation: involved, kind: CronJob } }
      - drain: { target: { relation: node } }

Such an object is found by its relation to the trigger. Custom resources have the same relations, in fields of the same names, anywhere outside \`metadata\` and \`status\`.

${toTable(["Relation", "Leads to", "Field", "Built-in resources that have it"], rows)}
## Which reference is meant

- \`kind\` selects among the references of one relation: \`{ relation: owner, kind: Deployment }\`.
- \`index\` is the position among those that are left, from 0, in the order of the fields of the object.
- If several different objects are left, the action is refused (\`ReferenceAmbiguous\`): none is ever taken because it comes first. If none is left, it is refused with \`ReferenceMissing\`.
- \`resource\` must be written for actions that can change any resource (\`label\`, \`annotate\`, \`patch\`, \`deleteObject\`, \`emitEvent\`), because the rights are derived from it.
- A reference without an apiVersion is completed from what the cluster serves, or refused (\`ReferenceUnresolved\`), with the candidates. \`kubemend resolve FILE\` shows how.
- The object is read live before anything is planned; if it is another one than the uid of the reference says, the action is refused (\`TargetReplaced\`).

## Where a rule may act

Whoever may write the trigger chooses what it refers to: an Event can be about any object, and a Pod can name any Node. So an object outside the trigger's namespace, or in none, needs \`reach\`, and then \`whereTarget\` must be written too. It sees the live object that would be acted upon. An owner in a namespace is always in that of its dependent and needs neither.

    rules:
      - id: drain-the-node-of-a-lost-pod
        on: { resource: pods }
        where: object.status.phase == "Failed" && object.status.reason == "NodeLost"
        reach: cluster
        whereTarget: object.status.conditions.exists(c, c.type == "Ready" && c.status != "True")
        then:
          - drain: { target: { relation: node } }

There is no way from an object to what merely mentions it, except \`targets: { referrers: [...] }\`, the workloads whose Pod templates use a ConfigMap, Secret, PersistentVolumeClaim or ServiceAccount, and \`targets: { select: ... }\`, whose selectors may come from the trigger.

## In expressions

\`references\` is the list of all of them: \`references.exists(r, r.relation == "owner" && r.result.kind == "Job")\`. Each has \`field\`, \`relation\` and \`result\`; \`result.outcome\` is \`resolved\`, with \`apiVersion\`, \`kind\`, \`resource\`, \`namespace\` (null if it is in none), \`name\`, \`uid\` (if it is written) and \`provenance\`, or \`unresolved\`, with \`reason\` and \`candidates\`.
`;
}

function listFields(relation: ReferenceRelation): string {
  return [...ROOT_FIELDS, ...NESTED_FIELDS]
    .filter(([, field]) => field.relation === relation)
    .map(([name]) => name)
    .join(", ");
}

const SKIPPED = new Set(["metadata", "status", "openAPIV3Schema"]);
const MAX_DEPTH = 12;

/** The built-in resources with a field of each relation, by the schemas of Kubernetes. */
function findResources(): ReadonlyMap<ReferenceRelation, readonly string[]> {
  const found = new Map<ReferenceRelation, string[]>();
  for (const resource of Object.keys(data.resources)) {
    const relations = new Set<ReferenceRelation>();
    collect(findCompactType(data, resource), 0, relations);
    for (const relation of relations) {
      found.set(relation, [...(found.get(relation) ?? []), resource]);
    }
  }
  return found;
}

function collect(
  type: ValueType | undefined,
  depth: number,
  relations: Set<ReferenceRelation>,
): void {
  if (type === undefined || depth > MAX_DEPTH) return;
  if (type.type === "list") collect(type.items, depth + 1, relations);
  if (type.type === "map") collect(type.values, depth + 1, relations);
  if (type.type !== "fields") return;
  for (const key of type.keys) {
    if (SKIPPED.has(key)) continue;
    const field = NESTED_FIELDS.get(key);
    if (field === undefined) collect(type.find(key), depth + 1, relations);
    else relations.add(field.relation);
  }
}
