import type { AlertData } from "../../../events/alert.ts";
import { parseDuration } from "../../text/duration.ts";

/** How the alerts of a rule are grouped: by the namespace of the trigger, and by what the rule adds. */
export type GroupingParameters = {
  /** Each alert is sent by itself. */
  readonly group?: "off" | undefined;
  /** CEL over the trigger that gives text: alerts of one namespace with the same text are one group. */
  readonly groupBy?: string | undefined;
  /** Alerts of different namespaces are in one group. */
  readonly acrossNamespaces?: boolean | undefined;
  readonly window?: string | undefined;
  readonly repeat?: string | undefined;
};

/** A key is part of an object's spec. */
const KEY_MAX_LENGTH = 200;

/** The grouping of an alert; undefined if its rule sets none. */
export function toGrouping(
  { group, groupBy, acrossNamespaces, window, repeat }: GroupingParameters,
  evaluateText: (expression: string, what: string) => string,
): AlertData["grouping"] {
  if (group === "off") return "off";
  if ((groupBy ?? acrossNamespaces ?? window ?? repeat) === undefined) return undefined;
  return {
    ...(groupBy === undefined
      ? {}
      : { key: evaluateText(groupBy, "groupBy").slice(0, KEY_MAX_LENGTH).toWellFormed() }),
    ...(acrossNamespaces === true ? { acrossNamespaces } : {}),
    ...toSeconds("windowSeconds", window),
    ...toSeconds("repeatSeconds", repeat),
  };
}

function toSeconds<K extends string>(key: K, text: string | undefined): Partial<Record<K, number>> {
  const ms = text === undefined ? undefined : parseDuration(text);
  return ms === undefined ? {} : ({ [key]: ms / 1_000 } as Partial<Record<K, number>>);
}
