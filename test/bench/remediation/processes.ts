import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

export type ProcessUse = {
  /** CPU time since its start. */
  readonly cpuMs: number;
  /** The most memory that it had, in MB. */
  readonly peakMb: number;
};

/** The kernel counts CPU time in hundredths of a second: `getconf CLK_TCK`. */
const TICK_MS = 10;

/**
 * The CPU time and memory that this process and its descendants have used so far, by name: `kube-apiserver`, `remediate`. Several of
 * one name are added up; their memory is that of the largest. Empty where there is no /proc.
 */
export function readProcessUse(): ReadonlyMap<string, ProcessUse> {
  const uses = new Map<string, ProcessUse>();
  const parents = new Map<number, number>();
  const found = listProcesses();
  for (const { pid, parent } of found) parents.set(pid, parent);
  for (const { pid, cpuMs } of found) {
    if (!isBelow(pid, parents)) continue;
    const name = toName(pid);
    const before = uses.get(name) ?? { cpuMs: 0, peakMb: 0 };
    const peakMb = Math.max(before.peakMb, readPeakMb(pid));
    uses.set(name, { cpuMs: before.cpuMs + cpuMs, peakMb });
  }
  return uses;
}

/** The CPU time that each has used between two readings, in ms per remediation. */
export function toCpuEach(
  before: ReadonlyMap<string, ProcessUse>,
  after: ReadonlyMap<string, ProcessUse>,
  remediations: number,
): ReadonlyMap<string, number> {
  const each = [...after].map(([name, { cpuMs }]) => {
    const used = cpuMs - (before.get(name)?.cpuMs ?? 0);
    return [name, used / remediations] as const;
  });
  return new Map(each.filter(([, ms]) => ms >= 0.1));
}

function listProcesses(): readonly { pid: number; parent: number; cpuMs: number }[] {
  return readOrEmpty(() => readdirSync("/proc"))
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readText(`/proc/${name}/stat`);
      // The name of the program may contain spaces and parentheses.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const [, parent = "", ...rest] = fields;
      const [user = "0", system = "0"] = rest.slice(9, 11);
      const cpuMs = (Number(user) + Number(system)) * TICK_MS;
      return stat === "" ? [] : [{ pid: Number(name), parent: Number(parent), cpuMs }];
    });
}

function isBelow(pid: number, parents: ReadonlyMap<number, number>): boolean {
  let at: number | undefined = pid;
  while (at !== undefined && at > 1) {
    if (at === process.pid) return true;
    at = parents.get(at);
  }
  return false;
}

function toName(pid: number): string {
  if (pid === process.pid) return "bench and mappings";
  const environment = readText(`/proc/${pid}/environ`).split("\0");
  const lambda = environment.find((line) => line.startsWith("AWS_LAMBDA_FUNCTION_NAME="));
  if (lambda !== undefined) return lambda.slice(lambda.indexOf("=") + 1);
  const [program = "", ...args] = readText(`/proc/${pid}/cmdline`).split("\0");
  if (args.includes("relay")) return "relay";
  return basename(program);
}

function readPeakMb(pid: number): number {
  const [, kb = "0"] = /^VmHWM:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/status`)) ?? [];
  return Math.round(Number(kb) / 1024);
}

function readText(path: string): string {
  return readOrEmpty(() => [readFileSync(path, "utf8")]).join("");
}

/** A process may end while it is looked at. */
function readOrEmpty(read: () => readonly string[]): readonly string[] {
  try {
    return read();
  } catch {
    return [];
  }
}
