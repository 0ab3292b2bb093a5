import { ruleFile, type BrokenFile } from "./rule-file.ts";

const PODS = "on: { resource: pods }\n";
const REACH = 'reach: cluster\nwhereTarget: "true"\n';

/** References that lead nowhere, or beyond the reach of the rule; the published schema accepts them. */
export const RELATIONS: readonly BrokenFile[] = [
  [
    "the Node of a Pod, beyond the reach",
    ruleFile(`${PODS}then: [ { cordon: { target: { relation: node } } } ]`),
    /a Node is in no namespace/,
    /reach: cluster, and whereTarget/,
  ],
  [
    "the Node of a Pod, without a condition on it",
    ruleFile(`${PODS}reach: cluster\nthen: [ { drain: { target: { relation: node } } } ]`),
    /whereTarget is missing: drain acts upon what the object refers to \(relation: node\)/,
  ],
  [
    "the Node of a Deployment",
    ruleFile(
      `on: { resource: deployments.apps }\n${REACH}then: [ { cordon: { target: { relation: node } } } ]`,
    ),
    /only Pods have the relation node/,
  ],
  [
    "the Node of a Pod, as a workload",
    ruleFile(`${PODS}${REACH}then: [ { restartRollout: { target: { relation: node } } } ]`),
    /the relation node leads to a Node, and restartRollout cannot change one/,
  ],
];
