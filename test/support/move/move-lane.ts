import { readFileSync, writeFileSync } from "node:fs";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { kubemend, type Run } from "../host/kubemend.ts";
import { startApiProxy, type ApiProxy } from "../network/api-proxy.ts";
import type { SideName } from "./watch-sides.ts";

/** A write of a command: `POST machines`, with the side that it goes to. */
export type SentWrite = { readonly side: SideName; readonly what: string };
/** A moment of a run: the process is killed before this write, by its number or the first like it, arrives, or before its answer does. */
export type KillAt = {
  readonly write: number | SentWrite;
  readonly when: "before" | "after";
};
export type RunEnd = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The writes that were sent, with the last one at which it was killed. */
  readonly writes: readonly SentWrite[];
  readonly isKilled: boolean;
};

/** The command `kubemend move` as a process of its own, whose requests to both clusters go through proxies. */
export type MoveLane = AsyncDisposable & {
  readonly proxies: Readonly<Record<SideName, ApiProxy>>;
  /** Starts the command with the contexts `old` and `new`; nobody kills it. */
  readonly start: (...args: readonly string[]) => Run;
  /** Runs the command to its end, or kills it with SIGKILL at a write. Everything that it has sent was answered when this resolves. */
  readonly run: (args: readonly string[], killAt?: KillAt) => Promise<RunEnd>;
};

type KubeConfig = { readonly users: readonly { readonly user: object }[] };

export async function openMoveLane(
  controlPlanes: Readonly<Record<SideName, ControlPlane>>,
  kubeconfig: string,
): Promise<MoveLane> {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await startApiProxy(controlPlanes.source));
  const target = stack.use(await startApiProxy(controlPlanes.target));
  const proxies = { source, target };
  const contexts = { old: "source", new: "target" } as const;
  const named = Object.entries(contexts).map(([name, side]) => {
    const read = JSON.parse(readFileSync(controlPlanes[side].kubeconfig, "utf8")) as KubeConfig;
    return { name, user: read.users[0]?.user, server: proxies[side].server };
  });
  const document = {
    apiVersion: "v1",
    kind: "Config",
    clusters: named.map(({ name, server }) => ({ name, cluster: { server } })),
    users: named.map(({ name, user }) => ({ name, user })),
    contexts: named.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
  };
  writeFileSync(kubeconfig, JSON.stringify(document), { mode: 0o600 });
  const start = (...args: readonly string[]) =>
    kubemend(["move", "--from", "old", "--to", "new", "--kubeconfig", kubeconfig, ...args]);
  const parts = stack.move();
  return {
    proxies,
    start,
    async run(args, killAt) {
      const writes: SentWrite[] = [];
      let isKilled = false;
      const run = start(...args);
      for (const side of ["source", "target"] as const) {
        proxies[side].intercept((_count, line) => {
          if (isKilled) return "cut";
          const what = toWrite(line);
          if (what === undefined) return "forward";
          writes.push({ side, what });
          if (killAt === undefined || !isAt(killAt, writes)) return "forward";
          isKilled = true;
          run.process.kill("SIGKILL");
          return killAt.when === "before" ? "cut" : "forward";
        });
      }
      const { code, stdout, stderr } = await run.ended;
      await Promise.all([source.settled(), target.settled()]);
      for (const proxy of [source, target]) proxy.intercept();
      return { code, stdout, stderr, writes, isKilled };
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function isAt({ write }: KillAt, writes: readonly SentWrite[]): boolean {
  if (typeof write === "number") return writes.length === write;
  const last = writes.at(-1);
  return last?.side === write.side && last.what === write.what;
}

/** `PATCH machines`, without the names; undefined for reads, and for questions about rights. */
function toWrite(line: string): string | undefined {
  const [method = "", path = ""] = line.split(" ");
  if (method === "GET" || path.includes("selfsubjectaccessreviews")) return undefined;
  const inNamespace = path.replace(/^.*\/namespaces\/[^/]+\//, "");
  const [plural = "", , subresource] = inNamespace.split("/");
  return subresource === undefined ? `${method} ${plural}` : `${method} ${plural}/${subresource}`;
}
