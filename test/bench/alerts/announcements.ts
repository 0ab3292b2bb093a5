import { setTimeout as sleep } from "node:timers/promises";
import { parseAlertMessage, type AlertMessage } from "../../../events/alert.ts";
import type { ReceivedRequest } from "../../support/receiver-server.ts";

/** An alert at its receiver. */
export type Announcement = { readonly alert: AlertMessage; readonly atMs: number };

/** Keeps the alerts that a receiver gets, with the time of each. */
export function createAnnouncements() {
  const all: Announcement[] = [];
  return {
    all: all as readonly Announcement[],
    take: ({ body }: ReceivedRequest): { readonly status: number } => {
      const parsed = parseAlertMessage(body);
      if (parsed.outcome === "parsed") all.push({ alert: parsed.value, atMs: Date.now() });
      return { status: 204 };
    },
    /** Waits until there are enough, but no longer than this. */
    until: async (isEnough: () => boolean, patienceMs: number): Promise<void> => {
      const lateMs = Date.now() + patienceMs;
      while (!isEnough() && Date.now() < lateMs) await sleep(20);
    },
  };
}
