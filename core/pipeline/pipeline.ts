import type { ChangeKind } from "../../events/ids.ts";
import type { RemediationMode } from "../../events/request.ts";
import type { DeclaredAccess } from "./declared-access.ts";
import type { Redaction } from "../redaction/redactor.ts";

/** What to watch, as written: `resource` is `jobs.batch`, `pods`; the version is the cluster's preferred one. */
export type WatchSelection = {
  readonly resource: string;
  /** Names; absent = all. Each name is a watch of its own, so that a namespaced Role is enough. */
  readonly namespaces?: readonly string[] | undefined;
  /** Instead of names: the namespaces with these labels, now and later. Written as `namespaces: { labelSelector: ... }`. */
  readonly namespaceSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
};

/** Names the episode in which a remediation runs once. */
export type Once =
  | { readonly type: "object" }
  | { readonly type: "generation" }
  | { readonly type: "change" }
  | { readonly type: "condition"; readonly condition: string }
  | { readonly type: "key"; readonly expression: string };

/** One action of a rule: the name of a folder in core/actions, and its parameters, checked by that action's own schema. */
export type RuleAction = {
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** Where a rule may act beyond the trigger's namespace: anywhere, or in the named namespaces. */
export type Reach = "cluster" | readonly string[];

export type Rule = {
  readonly id: string;
  readonly on: WatchSelection & { readonly changes: readonly ChangeKind[] };
  /** CEL; absent = always. */
  readonly where?: string | undefined;
  /** Absent = the trigger's own namespace. */
  readonly reach?: Reach | undefined;
  /** CEL on the live object that would be acted upon; absent = always. */
  readonly whereTarget?: string | undefined;
  /** As written or derived, see `core/pipeline/parse/parse-once.ts`. */
  readonly once: Once;
  readonly initial: "skip" | "include";
  readonly then: readonly RuleAction[];
  /** A match waits so long before anything is done; `where` is then asked again on the live object. */
  readonly forMs?: number | undefined;
  /** CEL timestamp on the live object: when it is done. */
  readonly at?: string | undefined;
  /** CEL on what the actions made, that must hold within the time; else the remediation has failed. */
  readonly verify?: { readonly expression: string; readonly withinMs: number } | undefined;
  /** Where `then` failed: the first of these; where that failed too, the next. */
  readonly onFailure?: readonly RuleAction[] | undefined;
  readonly mode: RemediationMode;
  /** In mode approval: how long a plan waits for a decision. */
  readonly approveWithinMs?: number | undefined;
  /** Digest of this rule alone. */
  readonly digest: string;
};

/** How much of each object is read and sent: all of it, or apiVersion, kind and metadata. */
export type Payload = "full" | "metadata";

/** `latest`: states of an object that wait may become one; `every`: all are sent, in order. */
export type Delivery = "latest" | "every";

export type WatchEntry = WatchSelection & {
  readonly payload?: Payload | undefined;
  readonly delivery: Delivery;
};

/** Another cluster than the pipeline's own, that functions reach. */
export type OtherCluster = {
  /** No other cluster of the pipeline has it. */
  readonly name: string;
  /** Uid of its namespace kube-system, where the pipeline tells it: whatever else is reached there is refused. */
  readonly uid?: string | undefined;
  readonly access: DeclaredAccess;
};

/** A valid pipeline. Made only by `parsePipeline`; frozen. */
export type Pipeline = {
  readonly cluster: { readonly name: string };
  readonly clusters: readonly OtherCluster[];
  readonly watch: readonly WatchEntry[];
  readonly rules: readonly Rule[];
  readonly redact: readonly Redaction[];
  /** Digest of the whole file's meaning: comments and key order do not count. */
  readonly digest: string;
};

/** One thing that is wrong with a pipeline file. `path` leads to the place: `["rules", 0, "where"]`. */
export type PipelineIssue = {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What would be right. */
  readonly hint?: string | undefined;
  /** Where in the text at `path` it is, in UTF-16 units; for CEL. */
  readonly offset?: number | undefined;
  /** Set where the key itself is wrong, not its value. */
  readonly at?: "key" | undefined;
};

/** One reflector's work: one resource in one namespace (or all), by one pair of selectors. */
export type Watch = {
  /** Stable over restarts and pipeline edits that do not touch it; part of every message's `source`. */
  readonly key: string;
  readonly resource: string;
  /** null = all namespaces, or cluster-scoped. */
  readonly namespace: string | null;
  /**
   * Which namespaces, by their labels; `namespace` is then null. No server-side thing: the reflector watches all namespaces,
   * and the relay filters by the labels of each.
   */
  readonly namespaceSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Rules bound to this watch, in the file's order. */
  readonly rules: readonly Rule[];
  /** A `watch:` entry without rules asks for all objects, from the start. */
  readonly explicit: boolean;
  /** As an entry of `watch` says; absent = see core/pipeline/projection.ts. */
  readonly payload?: Payload | undefined;
  /** `every` where any entry of this selection asks for it: that holds all that the others want. */
  readonly delivery: Delivery;
};
