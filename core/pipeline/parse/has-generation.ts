/**
 * Built-in resources whose metadata.generation counts changes of the spec, in all of 1.30 to 1.36: their
 * registry strategy starts it at 1 (k8s.io/kubernetes/pkg/registry/<group>/<resource>/strategy.go, PrepareForCreate).
 * Pods have it only since 1.33. All other built-in kinds (Node, Service, ConfigMap ...) leave it empty or 0.
 */
const WITH_GENERATION: ReadonlySet<string> = new Set([
  "daemonsets.apps",
  "deployments.apps",
  "replicasets.apps",
  "statefulsets.apps",
  "cronjobs.batch",
  "jobs.batch",
  "podtemplates",
  "replicationcontrollers",
  "endpointslices.discovery.k8s.io",
  "flowschemas.flowcontrol.apiserver.k8s.io",
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
  "ingresses.networking.k8s.io",
  "ingressclasses.networking.k8s.io",
  "networkpolicies.networking.k8s.io",
  "poddisruptionbudgets.policy",
  "priorityclasses.scheduling.k8s.io",
  "mutatingwebhookconfigurations.admissionregistration.k8s.io",
  "validatingwebhookconfigurations.admissionregistration.k8s.io",
  "validatingadmissionpolicies.admissionregistration.k8s.io",
  "validatingadmissionpolicybindings.admissionregistration.k8s.io",
  "customresourcedefinitions.apiextensions.k8s.io",
]);

/** Whether `once: generation` works for a built-in resource such as `jobs.batch`. */
export function hasGeneration(resource: string): boolean {
  return WITH_GENERATION.has(resource);
}
