import type { ChangeKind } from "../../events/ids.ts";
import type { MoveSpec } from "../../events/moves/move.ts";
import type { RemediationMode } from "../../events/request.ts";
import type { DeclaredAccess, OwnAccess } from "./declared-access.ts";
import type { GuardSettings } from "../guards/settings.ts";
import type { TimedMode } from "../guards/times/timed-mode.ts";
import type { Receiver } from "../receivers/receiver.ts";
import type { Route } from "./route.ts";
import type { FieldPattern } from "../json/field-pattern.ts";
import type { Redaction } from "../redaction/redactor.ts";

/** What to watch: `resource` is `jobs.batch` or `pods`, in the preferred version of the cluster. */
export type WatchSelection = {
  readonly resource: string;
  /** Names; absent = all. Each name gets its own watch, so that a namespaced Role is enough. */
  readonly namespaces?: readonly string[] | undefined;
  /** Instead of names: the namespaces that have these labels, at any time. Written as `namespaces: { labelSelector: ... }`. */
  readonly namespaceSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
};

/** What identifies the episode in which a remediation runs once. */
export type Once =
  | { readonly type: "object" }
  | { readonly type: "generation" }
  | { readonly type: "change" }
  | { readonly type: "condition"; readonly condition: string }
  | { readonly type: "key"; readonly expression: string };

/** One action of a rule: its name, which is a folder in core/actions, and its parameters, validated by the action's schema. */
export type RuleAction = {
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** The fields of which one must have changed since the state that was delivered last. */
export type ChangedFields = {
  readonly fields: readonly FieldPattern[];
  /** The decision if the relay cannot know whether they have changed. */
  readonly unknown: "act" | "skip";
};

/** Where a rule may act outside the trigger's namespace: anywhere, or in the named namespaces. */
export type Reach = "cluster" | readonly string[];

export type Rule = {
  readonly id: string;
  readonly on: WatchSelection & {
    readonly changes: readonly ChangeKind[];
    /** Absent: whatever has changed. */
    readonly changed?: ChangedFields | undefined;
    /** Names of the clusters whose changes the rule takes; absent = the pipeline's own. */
    readonly clusters?: readonly string[] | undefined;
  };
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
  /** How long a match waits before anything is done; `where` is then evaluated again on the live object. */
  readonly forMs?: number | undefined;
  /** CEL that gives a timestamp, on the live object: when the remediation runs. */
  readonly at?: string | undefined;
  /**
   * CEL on the object that the actions created or changed. It must hold within the time; otherwise the remediation has failed. Without
   * an expression each action verifies its own effect, within the time that fits it.
   */
  readonly verify?:
    | { readonly expression: string; readonly withinMs: number }
    | { readonly expression?: undefined; readonly withinMs?: number }
    | undefined;
  /** If `then` failed, the first of these runs; if that fails too, the next. */
  readonly onFailure?: readonly RuleAction[] | undefined;
  /** If the trigger is gone before its remediation begins: `act` decides on its last reported state; default `refuse`. */
  readonly ifGone?: "refuse" | "act" | undefined;
  readonly mode: RemediationMode;
  /** Modes by time: the first that applies counts. `mode`, by which episodes are named, is then enforce. Absent: `mode` always applies. */
  readonly modes?: readonly TimedMode[] | undefined;
  /** What holds its remediations back, with the defaults where it says nothing. */
  readonly guards: GuardSettings;
  /** In mode approval: how long a plan waits for a decision. */
  readonly approveWithinMs?: number | undefined;
  /** How long a remediation that fails for a temporary reason is retried, from its first failure; absent = one hour. */
  readonly giveUpAfterMs?: number | undefined;
  /** Digest of this rule alone. */
  readonly digest: string;
};

/** How much of each object is read and sent: all of it, or apiVersion, kind and metadata. */
export type Payload = "full" | "metadata";

/** `latest`: unsent states of an object may be merged into the newest; `every`: all states are sent, in order. */
export type DeliveryMode = "latest" | "every";

export type WatchEntry = WatchSelection & {
  readonly payload?: Payload | undefined;
  readonly delivery: DeliveryMode;
};

/** A cluster other than the pipeline's own that functions connect to. */
export type OtherCluster = {
  /** Unique among the clusters of the pipeline. */
  readonly name: string;
  /**
   * Uid of its namespace kube-system, if the pipeline states it: a cluster with another uid is refused. A cluster whose changes rules take
   * has one.
   */
  readonly uid?: string | undefined;
  readonly access: DeclaredAccess | OwnAccess;
};

/**
 * Objects that functions may move to another cluster. A Move is carried out by functions if one entry covers all of it, whoever has created
 * it.
 */
export type MoveGrant = {
  /** Names of clusters of the pipeline. */
  readonly to: readonly string[];
  /** Names of the clusters whose Moves are meant; absent = the pipeline's own. */
  readonly from?: readonly string[] | undefined;
  /** The resources of all objects that may move, those of owned objects included. */
  readonly resources: readonly string[];
  /** Absent: all, and objects in no namespace. */
  readonly namespaces?: readonly string[] | undefined;
} & Pick<MoveSpec, MoveOption>;

/** The options that a Move may have only if its entry of `moves` has them, too. */
type MoveOption =
  | "pause"
  | "removeFinalizers"
  | "remade"
  | "leaveOwned"
  | "dropOwners"
  | "leaveData"
  | "createNamespaces";

/** A valid pipeline. Made only by `parsePipeline`; frozen. */
export type Pipeline = {
  readonly cluster: { readonly name: string };
  readonly clusters: readonly OtherCluster[];
  readonly watch: readonly WatchEntry[];
  readonly rules: readonly Rule[];
  /** Absent: the file names none, and alerts are lines in the log of notify only. */
  readonly receivers?: readonly Receiver[] | undefined;
  /** Absent: alerts whose rule names no receiver go to `default`. */
  readonly route?: readonly Route[] | undefined;
  readonly redact: readonly Redaction[];
  /** Absent: functions carry out no Moves. */
  readonly moves?: readonly MoveGrant[] | undefined;
  /** Digest of the whole file. Comments and the order of keys do not count. */
  readonly digest: string;
};

/** One fault of a pipeline file. `path` leads to its place: `["rules", 0, "where"]`. */
export type PipelineIssue = {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** How to correct it. */
  readonly hint?: string | undefined;
  /** For CEL: the place in the text at `path`, in UTF-16 units. */
  readonly offset?: number | undefined;
  /** Set if the key itself is wrong, not its value. */
  readonly at?: "key" | undefined;
};

/** What one reflector watches: one resource in one namespace (or all), with one pair of selectors. */
export type Watch = {
  /** Stable across restarts and across changes of the pipeline that do not affect it; part of every message's `source`. */
  readonly key: string;
  readonly resource: string;
  /** null = all namespaces, or cluster-scoped. */
  readonly namespace: string | null;
  /**
   * Selects namespaces by their labels; `namespace` is then null. The API server cannot filter by it: the reflector watches
   * all namespaces, and the relay filters by their labels.
   */
  readonly namespaceSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** The rules bound to this watch, in the order of the file. */
  readonly rules: readonly Rule[];
  /** Whether an entry of `watch` requests all objects, including the initial ones. */
  readonly explicit: boolean;
  /** As stated by an entry of `watch`; absent = see core/pipeline/projection.ts. */
  readonly payload?: Payload | undefined;
  /** Whether the deletion of an object is sent although no state of the object was: a rule may act on its last state. */
  readonly carriesDeleted: boolean;
  /** `every` if any entry with this selection requests it, as that includes what the others need. */
  readonly delivery: DeliveryMode;
};
