/**
 * The folders of Kubemend from the ground up: a file may import from its own folder and from every layer before it in this
 * list, and from nothing else of the project. Folders that share one layer stand side by side and do not import each other.
 *
 * `oxlint.config.ts` derives the import rules from this list. `test/architecture/imports.test.ts` checks that it names every
 * folder of the areas below. An area without an entry in `INNER_LAYERS` is one layer with all its folders.
 */
export const AREAS: readonly Layer[] = [
  ["events"],
  ["core"],
  ["adapters"],
  ["relay", "functions"],
  ["sandbox", "infra"],
  ["cli"],
  ["test"],
];

/** The folders that make up one layer, by their paths from the root of the project. */
export type Layer = readonly string[];

/** The order inside an area, ground up. An area's own files, outside its folders, are the layer that bears its name. */
export const INNER_LAYERS: Readonly<Record<string, readonly Layer[]>> = {
  core: [
    ["core"],
    ["core/text", "core/json"],
    ["core/references"],
    ["core/references/explain"],
    ["core/cel/values"],
    ["core/cel/syntax", "core/cel/patterns"],
    ["core/cel/library"],
    ["core/cel/registry"],
    ["core/cel/plan"],
    ["core/cel"],
    ["core/cel/types"],
    ["core/schemas"],
    ["core/operations/loops"],
    ["core/operations"],
    ["core/actions/contract"],
    ["core/actions/targets"],
    ["core/actions/job"],
    [
      "core/actions/alert",
      "core/actions/applyJob",
      "core/actions/cordon",
      "core/actions/createJob",
      "core/actions/createJobFromCronJob",
      "core/actions/deleteObject",
      "core/actions/drain",
      "core/actions/emitEvent",
      "core/actions/evictPod",
      "core/actions/label",
      "core/actions/mirror",
      "core/actions/move",
      "core/actions/patch",
      "core/actions/restartRollout",
      "core/actions/rollbackDeployment",
      "core/actions/scale",
      "core/actions/setResources",
      "core/actions/suspend",
      "core/actions/taint",
    ],
    ["core/actions/rare"],
    ["core/actions"],
    ["core/preview", "core/redaction"],
    ["core/guards/times"],
    ["core/receivers", "core/alerts", "core/guards"],
    ["core/alerts/groups"],
    ["core/pipeline"],
    ["core/pipeline/moves"],
    ["core/pipeline/guards", "core/pipeline/rights", "core/pipeline/routing"],
    ["core/pipeline/parse"],
    ["core/pipeline/check/parameters"],
    ["core/pipeline/advice", "core/pipeline/check"],
    ["core/changes"],
    ["core/records/messages", "core/records/stages", "core/records/targets"],
    ["core/records"],
    ["core/records/guards"],
    ["core/decide"],
    ["core/mirror/state", "core/mirror/values"],
    ["core/mirror"],
    ["core/move/status"],
    ["core/move"],
    ["core/move/tools"],
    ["core/move/plan"],
    ["core/simulate"],
  ],
  relay: [
    ["relay/runtime"],
    ["relay/lease", "relay/reflector"],
    ["relay/plan"],
    ["relay/detect"],
    ["relay/handover"],
    ["relay/delivery"],
    ["relay/observe"],
    ["relay/namespaces"],
    ["relay"],
  ],
};
