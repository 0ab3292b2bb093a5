import * as v from "valibot";
import { parseMessage, type Parsed } from "./contract.ts";
import { changeSummarySchema, type ChangeSummary } from "./request.ts";
import { foundReferencesSchema, type FoundReference } from "./reference.ts";

/** Contract of `alerts` (standard queue). */
export const ALERT_CONTRACT = 1;
export const ALERT_SCHEMA_URN: string = `urn:kubemend:alert:${ALERT_CONTRACT}`;

/** The receiver of alerts whose rule names none. */
export const DEFAULT_RECEIVER = "default";

export type AlertData = {
  /** Name of the episode's record, followed by `/<step>` if the alert is a step of it: an alert keeps its id however often it is sent. */
  readonly alertId: string;
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly rule: { readonly id: string; readonly digest: string };
  readonly to: string;
  readonly summary: string;
  readonly change: ChangeSummary;
  readonly trigger: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string | null;
    readonly name: string;
    readonly uid: string;
  };
  readonly references: readonly FoundReference[];
  /** The record that the alert is a step of; absent for a rule that only alerts, which has none. */
  readonly record?: { readonly namespace: string; readonly name: string } | undefined;
  /** Set if the alert reports something that Kubemend refused or could not do. */
  readonly problem?: { readonly code: string; readonly message: string } | undefined;
  /** Set if the alert asks for an approval: a text for each step of the plan, its first line the step, the others the diff of its object. */
  readonly preview?: readonly string[] | undefined;
};

export type AlertMessage = {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: "dev.kubemend.alert";
  readonly subject: string;
  readonly time: string;
  readonly dataschema: string;
  readonly traceparent: string;
  readonly data: AlertData;
};

const text = v.pipe(v.string(), v.nonEmpty());

export const alertMessageSchema: v.GenericSchema<unknown, AlertMessage> = v.looseObject({
  specversion: v.literal("1.0"),
  id: text,
  source: v.pipe(v.string(), v.startsWith("/clusters/")),
  type: v.literal("dev.kubemend.alert"),
  subject: text,
  time: v.pipe(v.string(), v.isoTimestamp()),
  dataschema: v.pipe(v.string(), v.startsWith("urn:kubemend:alert:")),
  traceparent: text,
  data: v.looseObject({
    alertId: text,
    cluster: v.looseObject({ name: text, uid: text }),
    rule: v.looseObject({ id: text, digest: text }),
    to: text,
    summary: v.string(),
    change: changeSummarySchema,
    trigger: v.looseObject({
      apiVersion: text,
      kind: text,
      namespace: v.nullable(v.string()),
      name: text,
      uid: text,
    }),
    references: foundReferencesSchema,
    record: v.optional(v.looseObject({ namespace: text, name: text })),
    problem: v.optional(v.looseObject({ code: text, message: v.string() })),
    preview: v.optional(v.array(v.string())),
  }),
});

/** Reads an alert; never throws. */
export function parseAlertMessage(body: string): Parsed<AlertMessage> {
  return parseMessage(body, "alert", ALERT_CONTRACT, alertMessageSchema);
}
