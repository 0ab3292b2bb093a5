import type { OpenRequest } from "./guard-run.ts";

/** The requests that have not started, by rule and object. */
export type OpenRequests = {
  readonly find: (rule: string, uid: string) => ReadonlySet<OpenRequest>;
  readonly has: (request: OpenRequest) => boolean;
  readonly count: () => number;
  readonly add: (request: OpenRequest) => void;
  readonly delete: (request: OpenRequest) => void;
};

export function createOpenRequests(): OpenRequests {
  const byObject = new Map<string, Set<OpenRequest>>();
  let size = 0;
  const find: OpenRequests["find"] = (rule, uid) => byObject.get(toKey(rule, uid)) ?? new Set();
  return {
    find,
    has: (request) => find(request.rule, request.uid).has(request),
    count: () => size,
    add(request) {
      const key = toKey(request.rule, request.uid);
      byObject.set(key, new Set([...find(request.rule, request.uid), request]));
      size += 1;
    },
    delete(request) {
      const key = toKey(request.rule, request.uid);
      const own = byObject.get(key);
      if (own?.delete(request) !== true) return;
      size -= 1;
      if (own.size === 0) byObject.delete(key);
    },
  };
}

function toKey(rule: string, uid: string): string {
  return `${rule} ${uid}`;
}
