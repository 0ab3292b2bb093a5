import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ACTION_DOCS } from "../../../infra/schema/action-docs.ts";
import { findAction } from "../../../core/actions/registry.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { REASONS } from "./phases.ts";
import { toRequestsTable } from "./action-requests.ts";
import { toTable } from "./to-table.ts";
import { toVerificationTable } from "./verification.ts";

const ACTIONS_FOLDER = join(import.meta.dirname, "..", "..", "..", "core", "actions");

const JOB = {
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main" }] } } },
};

type Sample = { readonly on: string; readonly parameters: Readonly<Record<string, unknown>> };

/** A rule's resource, and the parameters that have no default; the trigger is what is changed. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  createJobFromCronJob: { on: "jobs.batch", parameters: {} },
  createJob: { on: "events", parameters: { job: JOB } },
  applyJob: {
    on: "configmaps",
    parameters: { policy: "recreate", job: { metadata: { name: "migrate" }, ...JOB } },
  },
  restartRollout: { on: "deployments.apps", parameters: {} },
  rollbackDeployment: { on: "deployments.apps", parameters: {} },
  scale: { on: "deployments.apps", parameters: { replicas: 3 } },
  setResources: { on: "deployments.apps", parameters: { limits: { memory: "1Gi" } } },
  suspend: { on: "cronjobs.batch", parameters: {} },
  resume: { on: "cronjobs.batch", parameters: {} },
  cordon: { on: "nodes", parameters: {} },
  uncordon: { on: "nodes", parameters: {} },
  taint: { on: "nodes", parameters: { key: "disk", effect: "NoSchedule" } },
  untaint: { on: "nodes", parameters: { key: "disk", effect: "NoSchedule" } },
  label: { on: "pods", parameters: { set: { team: "data" } } },
  annotate: { on: "pods", parameters: { set: { "example.com/seen": "yes" } } },
  patch: { on: "deployments.apps", parameters: { set: { "spec.minReadySeconds": 5 } } },
  deleteObject: { on: "pods", parameters: {} },
  emitEvent: { on: "pods", parameters: { reason: "Checked", message: "ok" } },
  evictPod: { on: "pods", parameters: {} },
  move: { on: "deployments.apps", parameters: { to: "backup-eu" } },
  drain: { on: "nodes", parameters: {} },
};

/** The rights that actions need, and their refusals; their parameters are in pipeline.md. */
export function createActionsPage(): string {
  const sections = Object.entries(SAMPLES).map(([name, sample]) => toSection(name, sample));
  return `# Actions: rights and refusals

The parameters of each action are in [pipeline.md](pipeline.md#actions), the rights of a whole file in the output of \`kubemend validate FILE --rbac\`.

Every action looks at the live object when the plan is made, and its change is refused by the API server if the object is another one by then. What it changes gets the annotations \`kubemend.dev/cause\`, \`depth\`, \`rules\` and \`at\`, a Pod template that it changes too.

## Many targets

Every action with a \`target\`, except \`move\`, takes \`targets\` instead: those that are selected, or the workloads that use the trigger. \`drain\` evicts many Pods. What holds for them:

- The number and the first names are part of the plan, so \`dryRun\`, the question for an approval and the record show them: \`would evict 37 Pods: shop/web-1, ...\`. If there are more than \`atMost\`, nothing is done (\`TooManyTargets\`); what comes later than that is left alone, and the remediation has failed.
- They are taken in pages of at most 100, each saved in the record before its first write. Each target is read again, compared with the selection, \`reach\` and \`whereTarget\`, and planned as a single target is; it has an outcome of its own. One that fails or waits does not stop the others.
- Of pages that have ended the record keeps the numbers, and the first 20 targets that failed. It ends with exact numbers: \`evicted 35 Pods, 2 failed: ...\` (\`TargetsFailed\`).
- With \`verify: {}\` each target is verified by the action's own check, with \`verify: { where }\` each one that was changed by the rule's.
- The expressions in the other parameters see the trigger, as it was when the plan was made.

Rights: those of the action on each resource, and \`list\`.

## If an action is refused, waits or fails

All actions of \`then\` are planned before anything is written:

- If one of them is **refused**, no action is carried out, neither those before it nor those after it, and not those of \`onFailure\`, because nothing was done. The record ends as Refused with that reason, and the alerts of \`then\` are sent with the problem.
- If one of them can do nothing yet, all of them **wait**, and then all are planned again. Nothing has been written by then.
- If one of them finds **nothing to do**, because the object is already as it should be, the others are carried out.
- Two of them may not write the **same field** of the same object (\`cordon\` and \`uncordon\`, \`rollbackDeployment\` and \`restartRollout\`): both would be planned on the value from before. \`validate\` refuses such a rule, unless both write the same value.

Then the plan is carried out step by step, in the order of \`then\`:

- If a step **fails**, the steps after it are not carried out, and what the steps before it have changed stays changed, unless \`onFailure\` undoes it. A failed verification is a failed step. The alerts are sent last, with the problem: also if an action of \`onFailure\` has succeeded, because what they are about has failed then.
- The **actions of \`onFailure\`** are tried then, one after the other until one succeeds. Each is planned when its turn comes, on the objects as they are then, so it can undo what \`then\` has done: \`then: [ { cordon: {} }, { drain: {} } ]\` with \`onFailure: [ { uncordon: {} } ]\`. It is checked as an action of \`then\` is (\`reach\`, \`whereTarget\`, refusals); one that is refused has failed, and one that can do nothing yet waits. One that finds nothing to do is noted in the record, and the next one is tried. A trigger that is gone by then is known by its name and its references only. The actions are kept in the record with the plan, so they are carried out even if the rule is changed meanwhile.
- A failure that **may pass** (429, 5xx, no answer, a full quota, a missing right) is no end: the step is tried again until the time of \`giveUpAfter\` is over. The steps before it are not repeated.

A step that changes an object also fails for these reasons:

${toReasons(FAILURES)}
## Verification

Without \`verify\` in the rule nothing is waited for. With \`verify: {}\` each action verifies its own effect; \`verify: { within: 30m }\` gives it another time. The remediation has failed if the time is over, and \`onFailure\` follows.

${toVerificationTable()}
## Every action may be refused

${toReasons(SHARED)}
## Requests

What one remediation asks of the API server, from the message to the end of its record, on a trigger that is the target. Each has a record (\`create\`, and \`update\` for the claim with the plan and for the end) and an Event; an alert adds one \`update\`, and so does each further step. The guard of the rule adds two, \`list ruleguards\` and \`update ruleguards/status\`, of which the remediations that one function begins at the same time share one; an alert also writes its group (\`update alertgroups\` twice), and lists the silences at most every 10 s. The namespace is read at most every 10 s, too. A test on a real API server counts those in the table.

${toRequestsTable()}
${sections.join("\n")}`;
}

const FAILURES = ["PreconditionFailed", "UnknownField", "NotStored"];

const SHARED = [
  "LoopDepth",
  "ReferenceMissing",
  "ReferenceAmbiguous",
  "ReferenceUnresolved",
  "TargetKind",
  "TargetNotFound",
  "TargetReplaced",
  "TargetTerminating",
  "NamespaceMissing",
  "NotServed",
  "ManagedField",
  "RedactedField",
  "OutOfReach",
  "TooManyTargets",
  "NotReferred",
  "TargetsFailed",
  "TargetRefused",
  "RuleError",
];

function toSection(name: string, { on, parameters }: Sample): string {
  const own = findOwnReasons(name);
  const waits = findWaits(readFolder(name));
  const refusals = own.length === 0 ? "" : `\nRefused:\n\n${toReasons(own)}`;
  const waited =
    waits.length === 0
      ? ""
      : `\nWaits, and ends as Expired with the same reason after its time:\n\n${toReasons(waits)}`;
  const written = JSON.stringify(parameters).replaceAll('"', "");
  return `## ${name}

${ACTION_DOCS[name]?.intro ?? ""}

Rights for \`${name}: ${written}\` in a rule on ${on}: ${toRights(name, { on, parameters })}.
${refusals}${waited}`;
}

function toRights(name: string, { on, parameters }: Sample): string {
  const resource = findResource(builtinCatalog(), on);
  if (resource === undefined) throw new Error(on);
  const permissions = findAction(name)?.permissions(parameters, resource) ?? [];
  return permissions
    .map(({ resources, verbs }) => `${verbs.join(", ")} ${resources.join(", ")}`)
    .join("; ");
}

function toReasons(codes: readonly string[]): string {
  return toTable(
    ["Reason", "Meaning"],
    codes.map((code) => [`\`${code}\``, REASONS[code] ?? ""]),
  );
}

/** The sources of an action's folder. */
function readFolder(name: string): string {
  const folder = readdirSync(ACTIONS_FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !["contract", "job"].includes(entry.name))
    .map((entry) => readSources(join(ACTIONS_FOLDER, entry.name)))
    .find((text) => new RegExp(`(?:name: |toAction(?:<\\w+>)?\\()"${name}"`).test(text));
  if (folder === undefined) throw new Error(`${name} has no folder`);
  return folder;
}

/** The codes in these sources, and in what they share with other actions. */
function findOwnReasons(name: string): readonly string[] {
  const text = readFolder(name);
  const found = [text, ...readShared(text)].flatMap((source) =>
    [...source.matchAll(/(?:code: |toRefusal\(\s*)"(\w+)"/g)].map((match) => match[1] ?? ""),
  );
  return [...new Set(found)].filter((code) => !SHARED.includes(code)).toSorted();
}

/** The reasons for which an action waits. */
function findWaits(text: string): readonly string[] {
  const found = [...text.matchAll(/outcome: "wait",\s*reason: "(\w+)"/g)];
  return [...new Set(found.map((match) => match[1] ?? ""))].toSorted();
}

const SHARED_FILES: Readonly<Record<string, readonly string[]>> = {
  "contract/find-container.ts": ["contract/find-container.ts"],
  "contract/text-values.ts": ["contract/text-values.ts"],
  "job/job-changes.ts": [
    "job/job-changes.ts",
    "contract/find-container.ts",
    "contract/text-values.ts",
  ],
  "job/to-job.ts": ["job/job-changes.ts", "contract/find-container.ts", "contract/text-values.ts"],
};

/** The shared sources whose refusals are those of the action that imports them. */
function readShared(text: string): readonly string[] {
  const files = Object.entries(SHARED_FILES).flatMap(([file, all]) =>
    text.includes(`/${file}"`) ? all : [],
  );
  return files.map((file) => readFileSync(join(ACTIONS_FOLDER, file), "utf8"));
}

function readSources(folder: string): string {
  return readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
}

/** Every action that changes the cluster has a section. */
export const ACTIONS_WITH_SECTIONS: readonly string[] = Object.keys(SAMPLES);
