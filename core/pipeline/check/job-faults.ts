import { findContainer } from "../../actions/contract/find-container.ts";
import { isObject, readField, readOwn } from "../../json/read-json.ts";
import { builtinCatalog } from "../../references/builtin.ts";
import { findResource } from "../../references/find-resource.ts";
import type { Rule, RuleAction } from "../pipeline.ts";
import type { Fault, PlacedFault } from "./parameters/fault.ts";
import { findNameFault, findReachFault } from "./reach-faults.ts";

type Parameters = RuleAction["parameters"];

/** Why an action whose Job is in the rule would be refused for every object that the rule can match. */
export function findJobFaults(
  rule: Rule,
  { action, parameters }: RuleAction,
): readonly PlacedFault[] {
  if (action !== "createJob" && action !== "applyJob") return [];
  return [
    ...place(findPlaceFault(rule, parameters), ["job", "metadata", "namespace"]),
    ...place(findOwnerFault(rule, parameters), ["owner"]),
    ...findContainerFaults(parameters),
    ...(action === "applyJob" ? findUselessParameters(parameters) : []),
  ];
}

function place(fault: Fault | undefined, at: PlacedFault["at"]): readonly PlacedFault[] {
  return fault === undefined ? [] : [{ at, ...fault }];
}

function readNamespace({ job }: Parameters): unknown {
  return readField(job, "metadata", "namespace");
}

function findPlaceFault(rule: Rule, parameters: Parameters): Fault | undefined {
  const namespace = readNamespace(parameters);
  return (
    findNameFault({ namespace }) ??
    findReachFault(rule, {
      namespace,
      name: "the Job",
      isNamespaced: true,
      way: "write job: { metadata: { namespace: <namespace> } }, and reach: [<namespace>]",
    })
  );
}

/** The garbage collector deletes an object whose owner is in another namespace. */
function findOwnerFault({ on }: Rule, parameters: Parameters): Fault | undefined {
  const namespace = readNamespace(parameters);
  const { owner, cluster } = parameters;
  if (owner === "trigger" && typeof cluster === "string") {
    return {
      message: `the trigger cannot own a Job in another cluster, ${cluster}: the garbage collector there would delete the Job`,
      hint: "write owner: none",
    };
  }
  if (owner !== "trigger" || typeof namespace !== "string") return undefined;
  const isClusterScoped = findResource(builtinCatalog(), on.resource)?.namespaced === false;
  const isPossible = on.namespaces === undefined || on.namespaces.includes(namespace);
  if (isClusterScoped || isPossible) return undefined;
  return {
    message: `the trigger is in ${on.namespaces.join(" or ")}, and cannot own a Job in ${namespace}`,
    hint: "write owner: none, or leave the Job's namespace out: it is then that of the trigger",
  };
}

const POD = ["spec", "template", "spec"];
/** Parameters that set fields of a container. */
const OF_CONTAINER = ["env", "args", "requests", "limits"];

function findContainerFaults({
  job,
  container,
  ...parameters
}: Parameters): readonly PlacedFault[] {
  const wanted = typeof container === "string" ? container : undefined;
  const set = OF_CONTAINER.find((key) => !isNothing(parameters[key]));
  if (wanted === undefined && set === undefined) return [];
  const found = findContainer(job, POD, wanted, "the Job");
  if (found.ok) return [];
  const names = listContainers(job).join(", ");
  return wanted === undefined
    ? [
        {
          at: [set ?? ""],
          message: `the Job has the containers ${names}, and ${set} is for one of them`,
          hint: "write container: <name> beside it",
        },
      ]
    : [
        {
          at: ["container"],
          message: `the Job has no container ${wanted}`,
          hint: `there are: ${names}`,
        },
      ];
}

function isNothing(value: unknown): boolean {
  return value === undefined || (isObject(value) && Object.keys(value).length === 0);
}

function listContainers(job: unknown): readonly string[] {
  return ["containers", "initContainers"].flatMap((list) => {
    const items = readField(job, ...POD, list);
    return Array.isArray(items)
      ? (items as readonly unknown[]).flatMap((item) => {
          const name = readOwn(item, "name");
          return typeof name === "string" ? [name] : [];
        })
      : [];
  });
}

/** What is done about a running Job matters only if it may be replaced. */
function findUselessParameters({ policy, running, within }: Parameters): readonly PlacedFault[] {
  if (policy === "recreate") return [];
  const key = within === undefined ? "running" : "within";
  if (within === undefined && running === "wait") return [];
  return [
    {
      at: [key],
      message: `${key} has an effect only with policy: recreate, because no other policy replaces a Job`,
      hint: `remove ${key}, or write policy: recreate`,
    },
  ];
}
