import type { AlertMessage } from "../../../events/alert.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { Observation } from "../../../core/actions/contract/action.ts";
import { toAlertOutcome } from "../../../core/records/alert-outcome.ts";
import { toStepAlert } from "../../../core/actions/alert/alert-message.ts";
import type { TargetCollection } from "../../../core/operations/fan-out.ts";
import type {
  AlertOperation,
  ObjectAddress,
  OperationOutcome,
  ReadOperation,
  SingleOperation,
} from "../../../core/operations/operation.ts";
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import { readWrittenAt } from "../../../core/decide/sender-word.ts";
import { isObject } from "../../../core/json/read-json.ts";
import { usesObject, type Uses } from "../../../core/actions/targets/uses-object.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import { isTemporary } from "../../../core/records/is-temporary.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { createRedact, hasRedactedPaths, type Redact } from "../../../core/redaction/redactor.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import type { ReadNamespace } from "../api/namespaces.ts";
import type { KubernetesClient } from "../http/client.ts";
import { createCachedGet, type ReadObject } from "./batch-reads.ts";
import type { ExecutionContext } from "./execution-context.ts";
import { executeCreate, type GetWhole } from "./execute-create.ts";
import { executePatch } from "./execute-patch.ts";
import { executeVerify } from "./execute-verify.ts";
import { listObjects, readObjects, toWhole } from "../api/objects.ts";
import { toResourcePath } from "../api/path.ts";

const FIELDS_SHOWN = 3;

/** The one executor: performs the operations that actions return, and nothing else. One is created per remediation. */
export type Executor = {
  /**
   * Reads live, without redacted parts: the result is written to records, logs and alerts. An object is read once per
   * remediation.
   */
  readonly read: (operation: ReadOperation, signal?: AbortSignal) => Promise<Observation>;
  /**
   * Shows all objects of a collection, page by page and without redacted parts, and answers which objects each uses; no more than a page of
   * them is in memory.
   */
  readonly scan: (
    collection: TargetCollection,
    visit: (object: KubernetesObject, uses: Uses) => void | Promise<void>,
    signal?: AbortSignal,
  ) => Promise<void>;
  /**
   * A namespace with its labels and annotations as they were a few seconds ago; null if it does not exist, undefined if that is not known.
   * `cluster`: as in addresses.
   */
  readonly readNamespace: (
    name: string,
    signal?: AbortSignal,
    cluster?: string,
  ) => ReturnType<ReadNamespace>;
  /** The resources that another cluster of the pipeline serves; `isStale`: one was not found among the last ones. */
  readonly readCatalog: (
    cluster: string,
    signal?: AbortSignal,
    isStale?: boolean,
  ) => Promise<Catalog>;
  /** Which objects one uses. It is read once, like by `read`. */
  readonly readUses: (target: ObjectAddress, signal?: AbortSignal) => Promise<Uses>;
  /**
   * Writes. Repeatable: an operation that was performed before is `done` again. A terminal refusal is `failed` with its code and
   * message; a temporary failure throws. For a record of mode dryRun requests are sent with `dryRun=All` and no alert is sent.
   */
  readonly execute: (
    operation: SingleOperation,
    context: ExecutionContext,
    signal?: AbortSignal,
  ) => Promise<OperationOutcome>;
};

export type ExecutorDeps = {
  readonly client: KubernetesClient;
  /** Which parts of objects, and of messages about them, must not leave the cluster. */
  readonly pipeline: Pick<Pipeline, "redact">;
  /** Reads objects that the messages of a batch may share; default: a request for each. */
  readonly readShared?: ReadObject | undefined;
  /** Absent: no namespace has labels or annotations. */
  readonly readNamespace?: ReadNamespace | undefined;
  /** Sends an alert to its queue, and gives the receivers that it is for, if the pipeline routes it; throws a KubemendError. */
  readonly sendAlert: (
    message: AlertMessage,
    signal?: AbortSignal,
  ) => Promise<readonly string[] | void>;
};

/** The executor of one cluster, whatever cluster the addresses name: adapters/kubernetes/clusters is for pipelines that reach others. */
export function createExecutor(deps: ExecutorDeps): Executor {
  const { client } = deps;
  const redact = createRedact(deps.pipeline);
  const get = createCachedGet(deps);
  const getWhole: GetWhole = async (target, asked) => toWhole(await get(target, asked), target);
  const compare = async (
    { target, manifest }: Extract<ReadOperation, { readonly type: "compareJob" }>,
    signal?: AbortSignal,
  ): Promise<Observation> => {
    const live = await getWhole(target, signal);
    if (live === null) return { type: "comparison", object: null, differences: [] };
    // Loaded only here, like everything else that only actions with a Job of their own need: few rules have one.
    const { compareJob } = await import("./rare-operations.ts");
    const isLeaving = live.metadata["deletionTimestamp"] !== undefined;
    const found = isLeaving ? [] : await compareJob(client, { live, target, manifest }, signal);
    const get = { type: "get", as: "", target, withManagers: true } as const;
    const object = toReadable(live, get, redact);
    return { type: "comparison", object, differences: found.map(({ path }) => path) };
  };
  return {
    async read(operation, signal) {
      if (operation.type === "get") {
        const { target } = operation;
        const found = await get(target, signal, operation.mayShare);
        const object = operation.orMetadata ? (found?.object ?? null) : toWhole(found, target);
        if (object === null) return { type: "object", object };
        const shown = toReadable(object, operation, redact);
        const { truncated } = found ?? {};
        return { type: "object", object: shown, truncated, writtenAt: readWrittenAt(object) };
      }
      if (operation.type === "compareJob") return compare(operation, signal);
      const { target } = operation;
      const items = await listObjects(client, target, operation, signal);
      return { type: "list", items: items.map((item) => redact(item, target).object) };
    },

    async scan(collection, visit, signal) {
      for await (const object of readObjects(client, collection, signal)) {
        await visit(redact(object, collection).object, (kind, name) =>
          usesObject(object, kind, name),
        );
      }
    },

    readNamespace: async (name, signal) =>
      deps.readNamespace === undefined ? null : deps.readNamespace(name, signal),

    readCatalog: async (name) => {
      const message = `the pipeline names no cluster ${name}`;
      throw new KubemendError("UnknownCluster", message, { retryable: false });
    },

    async readUses(target, signal) {
      const whole = (await get(target, signal))?.object;
      return (kind, name) => usesObject(whole, kind, name);
    },

    async execute(operation, context, signal) {
      try {
        switch (operation.type) {
          case "create":
            return toReadableEffect(
              await executeCreate({ client, getWhole, redact }, operation, context, signal),
              [operation.target],
              redact,
            );
          case "createManifest": {
            const { executeManifest } = await import("./rare-operations.ts");
            return toReadableEffect(
              await executeManifest(deps, operation, context, signal),
              [operation.target],
              redact,
            );
          }
          case "awaitGone": {
            const { executeAwaitGone } = await import("./rare-operations.ts");
            return await executeAwaitGone(deps, operation, context, signal);
          }
          case "patch":
            return toReadableEffect(
              await executePatch(
                { client, pipeline: deps.pipeline, getWhole, redact },
                operation,
                context,
                signal,
              ),
              // A template that is copied into it may have parts that are redacted only in its source.
              [operation.target, ...toSources(operation)],
              redact,
            );
          case "delete": {
            const { executeDelete } = await import("./rare-operations.ts");
            return await executeDelete(deps, operation, context, signal);
          }
          case "evict": {
            const { executeEvict } = await import("./rare-operations.ts");
            return await executeEvict(deps, operation, context, signal);
          }
          case "event": {
            const { executeEvent } = await import("./rare-operations.ts");
            return await executeEvent(deps, operation, context, signal);
          }
          case "verify":
            return await executeVerify({ client, redact }, operation, context, signal);
          case "alert":
            return await executeAlert(deps, operation, context, signal);
        }
      } catch (caught) {
        const error = withoutQuotes(caught, operation, deps.pipeline);
        // A missing permission may be granted: the record waits for it.
        if (!isKubemendError(error) || isTemporary(error)) throw error;
        return { outcome: "failed", code: error.code, message: describeRefusal(error, operation) };
      }
    },
  };
}

/** Without redacted parts. Who manages which fields is left out too, unless it is asked for: it is larger than most objects. */
function toReadable(
  object: KubernetesObject,
  { target, withManagers }: Extract<ReadOperation, { readonly type: "get" }>,
  redact: Redact,
): KubernetesObject {
  const readable = redact(object, target).object;
  if (withManagers !== true) return readable;
  const { managedFields } = object.metadata;
  return { ...readable, metadata: { ...readable.metadata, managedFields } };
}

/** The effect of a dry run without redacted parts, because it is stored and sent to people. */
function toReadableEffect(
  outcome: OperationOutcome,
  addresses: readonly ObjectAddress[],
  redact: Redact,
): OperationOutcome {
  if (outcome.outcome !== "done" || outcome.effect === undefined) return outcome;
  const { before, after } = outcome.effect;
  const toReadable = (object: unknown): unknown =>
    isObject(object) && isObject(object["metadata"])
      ? addresses.reduce(
          (readable, address) => redact(readable, address).object,
          object as unknown as KubernetesObject,
        )
      : undefined;
  return { ...outcome, effect: { before: toReadable(before), after: toReadable(after) } };
}

/** Admission may quote what was sent in a message of its own: if parts of the object are redacted, that message is withheld. */
function withoutQuotes(
  error: unknown,
  operation: SingleOperation,
  pipeline: ExecutorDeps["pipeline"],
): unknown {
  if (!isKubemendError(error) || error.brief === undefined || operation.type === "alert") {
    return error;
  }
  const sent = [operation.target, ...toSources(operation)];
  if (!sent.some((of) => hasRedactedPaths(pipeline, of))) return error;
  const { code, retryable, retryAfterMs, status } = error;
  const message = `${error.brief}; its message is withheld, because parts of the object are redacted`;
  return new KubemendError(code, message, { retryable, retryAfterMs, status });
}

/** A field that the object does not have is a slip in the rule: the message names the object as the rule does, not the request. */
function describeRefusal(error: KubemendError, operation: SingleOperation): string {
  if (error.code !== "UnknownField" || operation.type === "alert") return error.message;
  const fields = error.fields.slice(0, FIELDS_SHOWN).join(", ");
  const more =
    error.fields.length > FIELDS_SHOWN ? `, and ${error.fields.length - FIELDS_SHOWN} more` : "";
  return `${describeAddress(operation.target)} has no field ${fields}${more}, so the API server has stored nothing of the change: kubectl explain shows the fields that it has`;
}

/** The objects from which an operation copies. */
function toSources(operation: SingleOperation): readonly ObjectAddress[] {
  if (operation.type === "create") return [operation.specFrom.source];
  const template = operation.type === "patch" ? operation.template : undefined;
  return template === undefined ? [] : [template.source];
}

async function executeAlert(
  deps: ExecutorDeps,
  operation: AlertOperation,
  context: ExecutionContext,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  const { record, now, problem, preview, status } = context;
  if (record.spec.mode === "dryRun") {
    return { outcome: "done", message: `dry run: not sent to ${operation.to}` };
  }
  const subject = toResourcePath(record.spec.trigger);
  const outcome = status && toAlertOutcome(status, problem, now);
  const alert = toStepAlert({ operation, record, subject, now, problem, preview, outcome });
  const receivers = (await deps.sendAlert(alert, signal)) ?? [operation.to];
  return { outcome: "done", message: `queued for ${receivers.join(", ")}` };
}
