import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import type { AlertMessage } from "../../events/alert.ts";
import type { SlackMessage } from "../receiver/local-slack.ts";

/** A step that failed; the user sees its name. */
export class StepFailed extends Error {
  readonly step: string;

  constructor(step: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StepFailed";
    this.step = step;
  }
}

/** The second cluster as a scenario sees it. */
export type BackupInScenario = {
  readonly kubernetes: KubernetesClient;
  /** Kills its API server with SIGKILL. */
  readonly kill: () => Promise<void>;
  /** Starts the API server again; resolves when it is ready. */
  readonly start: () => Promise<void>;
};

/** What a scenario sees of the running sandbox: only what a user could see too. */
export type ScenarioContext = {
  readonly kubernetes: KubernetesClient;
  readonly namespace: string;
  /** The second cluster, if there is one. */
  readonly backup?: BackupInScenario | undefined;
  /** Every alert that notify has delivered, oldest first. */
  readonly alerts: () => readonly AlertMessage["data"][];
  /** The sandbox's own Slack: what it was sent, oldest first, and which receivers of the pipeline it is. Absent: there is none. */
  readonly slack?: {
    readonly receivers: ReadonlySet<string>;
    readonly messages: () => readonly SlackMessage[];
  };
  /** Shows a message as it would look. */
  readonly show: (message: SlackMessage) => void;
  readonly relay: { readonly kill: () => Promise<void>; readonly start: () => Promise<void> };
  /**
   * Waits until `check` returns something, and reports the step with its latency since the scenario's last change.
   * Throws StepFailed after `timeoutMs` (default 30 s).
   */
  readonly step: <T>(
    name: string,
    check: () => Promise<T | undefined>,
    options?: { readonly timeoutMs?: number; readonly detail?: (value: T) => string },
  ) => Promise<T>;
  /** Changes something in the cluster; latencies count from here. */
  readonly change: <T>(name: string, act: () => Promise<T>) => Promise<T>;
};

export type Scenario = {
  readonly id: string;
  readonly title: string;
  readonly run: (context: ScenarioContext) => Promise<void>;
};
