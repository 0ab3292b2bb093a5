import type { RelayKeeper } from "./relay-keeper.ts";

/** Short, like the other times of a round. */
export const LEASE_MS = 4_000;

export const LEASE_ENVIRONMENT: NodeJS.ProcessEnv = {
  KUBEMEND_LEASE_DURATION_MS: String(LEASE_MS),
  KUBEMEND_LEASE_RENEW_DEADLINE_MS: "2600",
  KUBEMEND_LEASE_RETRY_MS: "400",
};

/** Controls several relays as one: each action applies to all of them, and it is ready when all are. */
export function toOneKeeper(relays: readonly RelayKeeper[]): RelayKeeper {
  const all = async (act: (relay: RelayKeeper) => Promise<void>): Promise<void> => {
    await Promise.all(relays.map(act));
  };
  return {
    get troubles() {
      return relays.flatMap(({ troubles }) => troubles);
    },
    want: () => relays.forEach((relay) => relay.want()),
    ready: () => all((relay) => relay.ready()),
    freeze: () => relays.forEach((relay) => relay.freeze()),
    thaw: () => relays.forEach((relay) => relay.thaw()),
    isActive: () => relays.some((relay) => relay.isActive()),
    kill: () => all((relay) => relay.kill()),
    stop: () => all((relay) => relay.stop()),
    logs: (text, timeoutMs) =>
      new Promise((resolve) => {
        const asked = relays.map(async (relay) => {
          if (await relay.logs(text, timeoutMs)) resolve(true);
        });
        void Promise.all(asked).then(() => resolve(false));
      }),
  };
}
