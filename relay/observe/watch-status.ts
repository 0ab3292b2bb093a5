import type { WatchStep } from "../reflector/step.ts";

export type WatchStateName = "starting" | "watching" | "degraded" | "forbidden" | "absent";

/** How a watch is doing. */
export type WatchStatus = {
  readonly state: WatchStateName;
  /** It has had a snapshot, or its position was taken by the server; or its resource is known not to be served. */
  readonly ready: boolean;
};

export const STARTING: WatchStatus = { state: "starting", ready: false };

/** Known not to be served: there is nothing to wait for. */
export const ABSENT: WatchStatus = { state: "absent", ready: true };

/** Once ready, a watch stays ready: trouble that comes later is in the metrics, and no reason to take the relay down. */
export function nextStatus(status: WatchStatus, step: WatchStep): WatchStatus {
  switch (step.type) {
    case "snapshotEnded":
    case "resumed":
      return { state: "watching", ready: true };
    case "interrupted": {
      const { state } = step.reaction;
      if (state === "absent") return { state, ready: true };
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
