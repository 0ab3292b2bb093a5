import { isObject, readField, readList } from "../../json/read-json.ts";

/** Whether an object uses the object of this kind and name. It is asked about the whole object: that it is used is no redacted value. */
export type Uses = (kind: string, name: string) => boolean;

/** The kinds of objects that Pod templates use by name, as resources. */
export const USED_KINDS: Readonly<Record<string, string>> = {
  configmaps: "ConfigMap",
  secrets: "Secret",
  persistentvolumeclaims: "PersistentVolumeClaim",
  serviceaccounts: "ServiceAccount",
};

/** The paths of the Pod specification, by resource. */
const POD_SPECS: readonly (readonly string[])[] = [
  ["spec", "template", "spec"],
  ["spec", "jobTemplate", "spec", "template", "spec"],
];
const CONTAINERS = ["containers", "initContainers", "ephemeralContainers"];

/**
 * Whether the Pods of an object use the object of this kind and name in their namespace: as variables, volumes (projected ones too), to
 * pull images, as their identity, or as the claim of a StatefulSet. What the ServiceAccount of the Pods refers to is not looked at.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
export function usesObject(object: unknown, kind: string, name: string): boolean {
  const specs = POD_SPECS.map((path) => readField(object, ...path)).filter(isObject);
  const own = readField(object, "kind") === "Pod" ? [readField(object, "spec")] : [];
  const isClaim = kind === "PersistentVolumeClaim" && ownsClaim(object, name);
  return isClaim || [...specs, ...own].some((spec) => findNames(spec, kind).includes(name));
}

function findNames(spec: unknown, kind: string): readonly unknown[] {
  const volumes = readList(readField(spec, "volumes"));
  switch (kind) {
    case "ConfigMap":
      return [
        ...findVariables(spec, "configMapRef", "configMapKeyRef"),
        ...volumes.map((volume) => readField(volume, "configMap", "name")),
        ...findProjected(volumes, "configMap"),
      ];
    case "Secret":
      return [
        ...findVariables(spec, "secretRef", "secretKeyRef"),
        ...volumes.flatMap(findVolumeSecrets),
        ...findProjected(volumes, "secret"),
        ...readList(readField(spec, "imagePullSecrets")).map((entry) => readField(entry, "name")),
      ];
    case "PersistentVolumeClaim":
      return volumes.map((volume) => readField(volume, "persistentVolumeClaim", "claimName"));
    case "ServiceAccount":
      return [
        // A Pod that names none has the account `default`.
        [readField(spec, "serviceAccountName"), readField(spec, "serviceAccount")].find(
          (account) => typeof account === "string" && account !== "",
        ) ?? "default",
      ];
    default:
      return [];
  }
}

function findVariables(spec: unknown, all: string, one: string): readonly unknown[] {
  const containers = CONTAINERS.flatMap((list) => readList(readField(spec, list)));
  return containers.flatMap((container) => [
    ...readList(readField(container, "envFrom")).map((entry) => readField(entry, all, "name")),
    ...readList(readField(container, "env")).map((entry) =>
      readField(entry, "valueFrom", one, "name"),
    ),
  ]);
}

function findProjected(volumes: readonly unknown[], source: string): readonly unknown[] {
  return volumes
    .flatMap((volume) => readList(readField(volume, "projected", "sources")))
    .map((entry) => readField(entry, source, "name"));
}

/** `secret`, and the credentials of drivers: `csi.nodePublishSecretRef`, `iscsi.secretRef`, `azureFile.secretName`. */
function findVolumeSecrets(volume: unknown): readonly unknown[] {
  if (!isObject(volume)) return [];
  return Object.values(volume).flatMap((source) => [
    readField(source, "secretName"),
    readField(source, "secretRef", "name"),
    readField(source, "nodePublishSecretRef", "name"),
  ]);
}

/** The claims of a StatefulSet are named `<template>-<StatefulSet>-<ordinal>`. */
function ownsClaim(object: unknown, claim: string): boolean {
  const set = readField(object, "metadata", "name");
  if (readField(object, "kind") !== "StatefulSet" || typeof set !== "string") return false;
  const end = /-\d+$/.exec(claim);
  if (end === null) return false;
  const name = claim.slice(0, end.index);
  return readList(readField(object, "spec", "volumeClaimTemplates")).some(
    (template) => `${String(readField(template, "metadata", "name"))}-${set}` === name,
  );
}
