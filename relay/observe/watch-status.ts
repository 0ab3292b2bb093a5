import type { WatchStep } from "../reflector/step.ts";

export type WatchStateName =
  | "starting"
  | "watching"
  | "degraded"
  | "forbidden"
  | "absent"
  | "refused";

/** The state of a watch. */
export type WatchStatus = {
  readonly state: WatchStateName;
  /** It has had a snapshot, or the server accepted its position, or it is known that the server does not serve it. */
  readonly ready: boolean;
};

export const STARTING: WatchStatus = { state: "starting", ready: false };

/** Known not to be served: there is nothing to wait for. */
export const ABSENT: WatchStatus = { state: "absent", ready: true };

/** Once ready, a watch stays ready: later failures are in the metrics, and no reason to restart the relay. */
export function nextStatus(status: WatchStatus, step: WatchStep): WatchStatus {
  switch (step.type) {
    case "snapshotEnded":
    case "resumed":
      return { state: "watching", ready: true };
    case "interrupted": {
      const { state } = step.reaction;
      if (state === "absent" || state === "refused") return { state, ready: true };
      return { state, ready: status.ready };
    }
    case "changed":
    case "bookmark":
      return status.state === "watching" ? status : { state: "watching", ready: true };
    case "snapshotStarted":
    case "listed":
    case "unlisted":
      return status;
  }
}
