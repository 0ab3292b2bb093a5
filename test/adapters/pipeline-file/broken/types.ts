import { ruleFile, type BrokenFile } from "./rule-file.ts";

const JOB =
  "job: { metadata: { name: m }, spec: { template: { spec: { restartPolicy: Never, containers: [ { name: a, image: a } ] } } } }";
const DEPLOYMENTS = "on: { resource: deployments.apps }\n";
const verify = (where: string, action: string, on = DEPLOYMENTS): string =>
  ruleFile(`${on}verify: { where: "${where}" }\nthen: [ { ${action} } ]`);
const select = (where: string): string =>
  ruleFile(
    `then: [ { scale: { replicas: 0, targets: { atMost: 5, select: { resource: deployments.apps, where: "${where}" } } } } ]`,
  );

export const TYPES: readonly BrokenFile[] = [
  [
    "a field that no selected object has",
    select("object.spec.replicaz > 0"),
    /targets\.select\.where: CEL: DeploymentSpec has no field replicaz/,
    /did you mean replicas/,
  ],
  ["a condition of targets that is a number", select("object.spec.replicas"), /not true or false/],
  [
    "a field that no restarted workload has",
    verify("object.status.readyReplicaz == 1", "restartRollout: {}"),
    /verify\.where: CEL: DeploymentStatus has no field readyReplicaz/,
    /readyReplicas/,
  ],
  [
    "a field that no target has, of many targets",
    verify(
      "object.status.readyReplicaz == 1",
      "restartRollout: { targets: { referrers: [deployments.apps, statefulsets.apps], atMost: 5 } }",
      "on: { resource: configmaps }\n",
    ),
    /has no field readyReplicaz/,
  ],
  [
    "a field that no workload has, of a reference",
    verify(
      "object.status.readyReplicaz == 1",
      "restartRollout: { target: { relation: owner } }",
      "on: { resource: pods }\n",
    ),
    /has no field readyReplicaz/,
  ],
  [
    "a field that the Job of a rule does not have",
    verify("object.status.suceeded == 1", `createJob: { ${JOB} }`),
    /JobStatus has no field suceeded/,
    /succeeded/,
  ],
  [
    "a field that an applied Job does not have",
    verify("object.status.suceeded == 1", `applyJob: { policy: skip, ${JOB} }`),
    /JobStatus has no field suceeded/,
  ],
  [
    "a field that the owner does not have",
    ruleFile(
      "on: { resource: pods }\nwhereTarget: object.spec.replicaz > 0\nthen: [ { restartRollout: { target: { relation: owner, kind: Deployment } } } ]",
    ),
    /whereTarget: CEL: DeploymentSpec has no field replicaz/,
  ],
  [
    "a field that an applied Job does not have, before it is replaced",
    ruleFile(
      `${DEPLOYMENTS}whereTarget: object.spec.replicas > 0\nthen: [ { applyJob: { policy: skip, ${JOB} } } ]`,
    ),
    /JobSpec has no field replicas/,
  ],
];
