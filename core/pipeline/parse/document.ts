import type { ChangeKind } from "../../../events/ids.ts";
import type { ReceiversDocument } from "../../receivers/receivers-schema.ts";
import type { RouteDocument } from "../routing/route-schema.ts";
import type { AccessDocument } from "../declared-access.ts";
import type { GuardsDocument } from "../guards/guards-schema.ts";
import type { DeliveryMode, MoveGrant, Payload, Reach } from "../pipeline.ts";

/** What to watch, as written. */
export type SelectionDocument = {
  readonly resource: string;
  readonly namespaces?: readonly string[] | { readonly labelSelector: string } | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
};

/** An entry of `watch`, as written. */
export type WatchDocument = SelectionDocument & {
  readonly payload?: Payload | undefined;
  readonly delivery?: DeliveryMode | undefined;
};

/** The fields that must have changed, as written. */
export type ChangedDocument = {
  readonly fields: readonly string[];
  readonly unknown: "act" | "skip";
};

/** A rule as written, after the schema has accepted it. */
export type RuleDocument = {
  readonly id: string;
  readonly on: SelectionDocument & {
    readonly changes?: readonly ChangeKind[] | undefined;
    readonly changed?: ChangedDocument | undefined;
    readonly clusters?: readonly string[] | undefined;
  };
  readonly where?: string | undefined;
  readonly reach?: Reach | undefined;
  readonly whereTarget?: string | undefined;
  readonly once?: unknown;
  readonly initial?: "skip" | "include" | undefined;
  readonly for?: string | undefined;
  readonly at?: string | undefined;
  readonly then: readonly unknown[];
  readonly verify?:
    | { readonly where?: string | undefined; readonly within?: string | undefined }
    | undefined;
  readonly onFailure?: readonly unknown[] | undefined;
  readonly ifGone?: "refuse" | "act" | undefined;
  readonly giveUpAfter?: string | undefined;
  readonly guards?: GuardsDocument | undefined;
};

/** Another cluster that functions connect to, as written. */
export type ClusterDocument = {
  readonly name: string;
  readonly uid?: string | undefined;
  readonly access: AccessDocument;
};

export type PipelineDocument = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly cluster: { readonly name: string };
  readonly clusters?: readonly ClusterDocument[] | undefined;
  readonly watch?: readonly WatchDocument[] | undefined;
  readonly receivers?: ReceiversDocument | undefined;
  readonly route?: readonly RouteDocument[] | undefined;
  readonly rules?: readonly RuleDocument[] | undefined;
  readonly redact?: readonly RedactionDocument[] | undefined;
  readonly moves?: readonly MoveGrant[] | undefined;
};

/** Fields that never leave the cluster, as written. */
export type RedactionDocument = { readonly resource: string; readonly paths: readonly string[] };
