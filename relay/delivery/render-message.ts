import { toChangeDeduplicationId } from "../../events/ids.ts";
import { describeError } from "../../core/errors.ts";
import type { ChangeMessage, KubernetesObject } from "../../events/change.ts";
import { compareFields } from "../../core/changes/compare-fields.ts";
import { toMessageBody } from "../../core/changes/message-body.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import { toChangeMessage } from "../../core/changes/to-change-message.ts";
import { packData, parseChangeBody } from "../../adapters/sqs/packed-data.ts";
import { SIGNED_BODY_MAX_BYTES } from "../../adapters/sqs/send-batch.ts";
import type { BufferDeps } from "./buffer.ts";
import { isTerminal, type Change } from "../detect/change.ts";
import type { FieldDigester } from "../detect/digest-fields.ts";
import { toIdentityObject } from "../detect/identity-object.ts";
import type { Rendered } from "./entry.ts";
import type { PlannedWatch } from "../plan/planned-watch.ts";

/** Puts another epoch into a message that was rendered before. */
export type EpochRenewal = (rendered: Rendered, epoch: number) => Rendered;

/**
 * Changes that a standby has read are sent with the epoch of its takeover. One that no function can read, because of an address that the
 * contract does not allow, is sent as it is: it must not stop the others.
 */
export const renewEpoch: EpochRenewal = (rendered, epoch) => {
  const parsed = parseChangeBody(rendered.body);
  if (parsed.outcome === "refused") return rendered;
  const message = { ...parsed.value, data: { ...parsed.value.data, epoch } };
  return {
    body: toBody(message),
    groupId: rendered.groupId,
    deduplicationId: toChangeDeduplicationId(message.id, message.data.watch, epoch),
  };
};

/** The same message, if it is not known any more with which state its fields have to be compared. */
export function doubtChanged(rendered: Rendered): Rendered {
  const parsed = parseChangeBody(rendered.body);
  if (parsed.outcome === "refused" || parsed.value.data.changed === undefined) return rendered;
  const { data } = parsed.value;
  const changed = Object.fromEntries(
    Object.keys(parsed.value.data.changed).map((rule) => [rule, "unknown" as const]),
  );
  const message = { ...parsed.value, data: { ...data, changed } };
  return { ...rendered, body: toBody(message) };
}

/** A planned watch, with what digests the fields that its rules compare. */
export type RenderedWatch = PlannedWatch & { readonly digester?: FieldDigester | undefined };

/** How changes become messages: what the buffer has to know of the watches. `epoch` is read for each message. */
export function createRenderer(watches: readonly RenderedWatch[], epoch: () => number): BufferDeps {
  const byKey = new Map(watches.map((watch) => [watch.key, watch]));
  const resources = new Map(
    watches.map(({ key, target }) => [key, toResourceName(target.resource)]),
  );
  return {
    deliversEvery: (watch) => byKey.get(watch)?.delivery === "every",
    carriesDeleted: (watch) => byKey.get(watch)?.carriesDeleted === true,
    toGroupKey: ({ watch, namespace, name }) =>
      `${resources.get(watch) ?? watch}\n${namespace}\n${name}`,
    render(change) {
      const watch = byKey.get(change.watch);
      if (watch === undefined) throw new RangeError(`unknown watch ${change.watch}`);
      try {
        return renderMessage(watch, change, epoch());
      } catch (error) {
        // One object that cannot be redacted or written must not stop the others.
        const reason = `the object cannot be written: ${describeError(error)}`;
        const object = toIdentityObject(watch.target.resource, change);
        return renderMessage(watch, { ...change, object, truncated: reason }, epoch());
      }
    },
  };
}

function toBody(message: ChangeMessage): string {
  return toMessageBody(message, { maxBytes: SIGNED_BODY_MAX_BYTES, pack: packData });
}

/** The body is left out if it was read only to compare its fields. */
function toCarried({ target, origin }: RenderedWatch, object: KubernetesObject): KubernetesObject {
  if (origin.payload !== "metadata" || target.projection === "metadata") return object;
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, metadata };
}

/** Whether the fields that each rule compares have changed. A deletion is no state that could be compared. */
function toChanged(
  { digester }: RenderedWatch,
  { change, gap, comparison }: Change,
): ChangeMessage["data"]["changed"] {
  if (digester === undefined || isTerminal(change)) return undefined;
  const isCompared = change === "modified" && !gap;
  return Object.fromEntries(
    Array.from(digester.ofRule, ([rule, id]) => [
      rule,
      isCompared && comparison !== undefined ? compareFields(comparison, id) : "unknown",
    ]),
  );
}

function renderMessage(watch: RenderedWatch, change: Change, epoch: number): Rendered {
  const { message, groupId, deduplicationId } = toChangeMessage(watch.origin, {
    change: change.change,
    object: toCarried(watch, change.object),
    resourceVersion: change.resourceVersion,
    epoch,
    time: new Date(change.readAtMs).toISOString(),
    initial: change.initial,
    gap: change.gap,
    unsent: change.unsent,
    changed: toChanged(watch, change),
    namespaceLabels: change.namespaceState?.labels,
    namespace: change.onlyNamespace === true ? change.namespaceState : undefined,
    truncated: change.truncated,
  });
  return { body: toBody(message), groupId, deduplicationId };
}
