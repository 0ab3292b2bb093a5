import { expect, it } from "vitest";
import { describeTargets } from "../../../../cli/validate/describe/describe-targets.ts";

it.each([
  [
    { select: { resource: "pods", where: "object.x == 1" }, atMost: 9 },
    "the pods beside the object for which object.x == 1, if they are at most 9",
  ],
  [
    {
      select: {
        resource: "pods",
        namespace: "*",
        labelSelector: "a=b",
        fieldSelector: { cel: "'status.phase=' + object.phase" },
      },
      atMost: 9,
    },
    "the pods in all namespaces with the labels a=b with the fields 'status.phase=' + object.phase, if they are at most 9",
  ],
  [
    { referrers: ["deployments.apps", "daemonsets.apps"], atMost: 5 },
    "the deployments.apps and daemonsets.apps in the object's namespace whose Pod templates use the object, if they are at most 5",
  ],
])("describes %j in words", (targets, words) => {
  expect(describeTargets(targets)).toBe(words);
});
