import fc from "fast-check";
import { selector, claimSpec, spec, type Body } from "./body.ts";
import { podSpec, podTemplate } from "./pods.ts";
import { labels, mapOf, some, text, unique, word } from "./values.ts";

const job = fc
  .tuple(
    some({
      backoffLimit: fc.nat(9),
      parallelism: fc.nat(3),
      ttlSecondsAfterFinished: fc.nat(99),
      activeDeadlineSeconds: fc.integer({ min: 1, max: 99 }),
      suspend: fc.boolean(),
      podReplacementPolicy: fc.constant("TerminatingOrFailed"),
    }),
    podTemplate,
  )
  .map(([fields, template]) => ({
    ...fields,
    template: { ...template, spec: { ...(template["spec"] as object), restartPolicy: "Never" } },
  }));
const workload = (fields: fc.Arbitrary<object>): Body =>
  fc
    .tuple(fields, podTemplate)
    .map(([own, template]) => ({ spec: { ...own, selector, template } }));

/** Resources that have Pods in them. */
export const WORKLOAD_KINDS: Readonly<Record<string, Body>> = {
  // Their account has to exist.
  pods: spec(podSpec.map(({ serviceAccountName: _name, ...fields }) => fields)),
  "deployments.apps": workload(
    some({
      replicas: fc.nat(5),
      revisionHistoryLimit: fc.nat(9),
      minReadySeconds: fc.nat(9),
      paused: fc.boolean(),
      progressDeadlineSeconds: fc.integer({ min: 60, max: 900 }),
      strategy: fc.constantFrom<object>(
        { type: "Recreate" },
        { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 1 } },
        {},
      ),
    }),
  ),
  "statefulsets.apps": workload(
    some(
      {
        replicas: fc.nat(3),
        serviceName: word,
        podManagementPolicy: fc.constantFrom("Parallel", "OrderedReady"),
        updateStrategy: fc.constantFrom<object>(
          { type: "OnDelete" },
          { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
        ),
        persistentVolumeClaimRetentionPolicy: fc.constant({ whenDeleted: "Delete" }),
        volumeClaimTemplates: unique(claimSpec, () => "one", { max: 1 }).map((claims) =>
          claims.map((claim) => ({ metadata: { name: "data", labels: { a: "b" } }, spec: claim })),
        ),
      },
      ["serviceName"],
    ),
  ),
  "daemonsets.apps": workload(
    some({
      updateStrategy: fc.constantFrom<object>(
        { type: "OnDelete" },
        { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
      ),
      minReadySeconds: fc.nat(3),
    }),
  ),
  "jobs.batch": spec(job),
  "cronjobs.batch": spec(
    fc
      .record({
        schedule: fc.constantFrom("0 * * * *", "@daily"),
        more: some({
          timeZone: fc.constant("Etc/UTC"),
          suspend: fc.boolean(),
          concurrencyPolicy: fc.constantFrom("Forbid", "Replace"),
          startingDeadlineSeconds: fc.nat(99),
        }),
        jobTemplate: fc.record({ metadata: some({ labels, annotations: mapOf(text) }), spec: job }),
      })
      .map(({ more, ...fields }) => ({ ...fields, ...more })),
  ),
};
