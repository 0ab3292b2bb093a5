import { isEvents } from "../../references/is-events.ts";

/** The parts of a rule that say whether its condition is a state. */
export type StatedRule = {
  readonly on: {
    readonly resource: string;
    readonly changes: readonly string[];
    readonly changed?: unknown;
  };
  readonly where?: string | undefined;
  readonly once: { readonly type: string };
};

/**
 * Whether the condition of a rule is a state that can end, so that its alerts can be resolved. A rule about something that happens (that an
 * object appears, is deleted or leaves, that fields change, that a Kubernetes Event is written) has no such state.
 */
export function isState({ on, where, once }: StatedRule): boolean {
  const isAboutObjects = on.changes.includes("added") || on.changes.includes("modified");
  return (
    where !== undefined &&
    isAboutObjects &&
    !isEvents(on.resource) &&
    on.changed === undefined &&
    once.type !== "change"
  );
}
