import { ruleFile, type BrokenFile } from "./rule-file.ts";

const onDeployments = (...actions: readonly string[]): string =>
  ruleFile(`on: { resource: deployments.apps }\nthen: [ ${actions.join(", ")} ]`);
const onNodes = (...actions: readonly string[]): string =>
  ruleFile(`on: { resource: nodes }\nreach: cluster\nthen: [ ${actions.join(", ")} ]`);

/** Two actions of `then` that write one field, or the second of which finds nothing. */
export const DOUBLE_WRITES: readonly BrokenFile[] = [
  [
    "a rollback and a restart",
    onDeployments("{ rollbackDeployment: {} }", "{ restartRollout: {} }"),
    /rollbackDeployment already replaces the Pods/,
    /remove restartRollout/,
  ],
  [
    "a restart and a rollback",
    onDeployments("{ restartRollout: {} }", "{ rollbackDeployment: {} }"),
    /two actions write spec\.template\..* of the same object: restartRollout and rollbackDeployment/,
    /remove one of the two/,
  ],
  [
    "the same restart twice",
    onDeployments("{ restartRollout: {} }", "{ restartRollout: {} }"),
    /restartRollout writes it twice/,
  ],
  [
    "a Node that is cordoned and uncordoned",
    onNodes("{ cordon: {} }", "{ uncordon: {} }"),
    /two actions write spec\.unschedulable/,
    /write it under onFailure/,
  ],
  [
    "a Node that is drained and uncordoned",
    onNodes("{ drain: {} }", "{ uncordon: {} }"),
    /drain and uncordon both write it/,
  ],
  [
    "a CronJob that is suspended and resumed",
    ruleFile("on: { resource: cronjobs.batch }\nthen: [ { suspend: {} }, { resume: {} } ]"),
    /two actions write spec\.suspend/,
  ],
  [
    "resources that are set in two places",
    onDeployments(
      "{ setResources: { limits: { memory: 1Gi } } }",
      "{ setResources: { container: web, limits: { memory: 2Gi } } }",
    ),
    /two actions write spec\.template\.spec\.containers\[.*\]\.resources\.limits\.memory/,
  ],
  [
    "a patch of a field that another action writes",
    onDeployments("{ scale: { replicas: 3 } }", "{ patch: { set: { spec.replicas: 4 } } }"),
    /two actions write spec\.replicas/,
  ],
  [
    "a label whose value is known only later",
    onDeployments(
      "{ label: { set: { a: x } } }",
      "{ label: { set: { a: { cel: object.metadata.name } } } }",
    ),
    /two actions write metadata\.labels\.a/,
  ],
  [
    "a taint that is set and removed",
    onNodes(
      "{ taint: { key: a, effect: NoSchedule } }",
      "{ untaint: { key: a, effect: NoSchedule } }",
    ),
    /two actions write spec\.taints\[key=a,effect=NoSchedule\]/,
  ],
  [
    "a change of what was deleted",
    onNodes("{ deleteObject: {} }", "{ cordon: {} }"),
    /deleteObject removes the object, so cordon after it would not find it/,
    /write cordon before deleteObject/,
  ],
];
