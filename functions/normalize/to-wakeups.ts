import * as v from "valibot";
import type { ChangeMessage } from "../../events/change.ts";
import { FIRST_ISSUE } from "../../events/contract.ts";
import { mayBeRecordOf } from "../../events/ids.ts";
import {
  RECORD_GROUP,
  RECORD_RESOURCE,
  RECORD_VERSION,
  remediationRecordSchema,
} from "../../events/remediation.ts";
import type { WakeupMessage } from "../../events/wakeup.ts";
import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import { readJobEnd } from "../../core/operations/job-end.ts";
import { readCause } from "../../core/operations/loops/cause-annotations.ts";
import { toWakeup, type WakeupRecord } from "../../core/records/messages/wakeup.ts";
import { evaluateTest } from "../../core/decide/condition.ts";
import { toMessageBindings } from "../../core/decide/decide.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";
import { findDecision } from "../../core/records/decision.ts";

/**
 * Wake-ups for the records that wait for this change, as far as the message itself shows:
 * - a record whose approval was decided,
 * - the record that created the object, if its rule verifies the object and the object now fulfils that, or is gone.
 * At most one. `now` is RFC 3339 ms. A superfluous wake-up is harmless: the record checks what it waits for. Somebody who forges an
 * object's annotations can wake a record, and nothing more.
 */
export function toWakeups(
  message: ChangeMessage,
  pipeline: Pipeline,
  now: string,
): readonly WakeupMessage[] {
  const { resource, change } = message.data;
  const isRecord = resource.group === RECORD_GROUP && resource.resource === RECORD_RESOURCE;
  if (isRecord) return change === "deleted" ? [] : toDecided(message, now);
  return toVerified(message, pipeline, now);
}

function toDecided(message: ChangeMessage, now: string): readonly WakeupMessage[] {
  const read = v.safeParse(remediationRecordSchema, message.data.object, FIRST_ISSUE);
  if (!read.success) return [];
  const isAwaiting = read.output.status?.phase === "AwaitingApproval";
  return isAwaiting && findDecision(read.output) !== undefined
    ? [renderWakeup(read.output, now)]
    : [];
}

function toVerified(
  message: ChangeMessage,
  pipeline: Pipeline,
  now: string,
): readonly WakeupMessage[] {
  const { object, cluster } = message.data;
  const cause = readCause(object);
  if (cause === undefined) return [];
  const rule = pipeline.rules.find((candidate) => mayBeRecordOf(cause.name, candidate.id));
  if (rule?.verify === undefined || !isDecisive(rule.verify, message)) return [];
  const spec = { cluster, traceparent: message.traceparent, rule };
  return [renderWakeup({ metadata: cause, spec }, now, true)];
}

function isDecisive({ expression }: NonNullable<Rule["verify"]>, message: ChangeMessage): boolean {
  const { change, object, resource } = message.data;
  if (change === "deleted") return true;
  const isJob = resource.group === "batch" && resource.resource === "jobs";
  if (isJob && readJobEnd(object) !== undefined) return true;
  if (expression === undefined) return false;
  const bindings = toMessageBindings(message, []);
  return evaluateTest("verify", expression, bindings).outcome === "holds";
}

/** The wake-up of a record that waits for something that has changed, or that a person has decided on. */
export function renderWakeup(
  record: WakeupRecord,
  now: string,
  changed?: true,
  waits?: WakeupMessage["data"]["waits"],
): WakeupMessage {
  const { name, namespace } = record.metadata;
  const address = { group: RECORD_GROUP, version: RECORD_VERSION, resource: RECORD_RESOURCE };
  return toWakeup({
    record,
    subject: toResourcePath({ ...address, namespace, name }),
    due: now,
    now,
    ...(changed === undefined ? {} : { changed }),
    ...(waits === undefined ? {} : { waits }),
  });
}
