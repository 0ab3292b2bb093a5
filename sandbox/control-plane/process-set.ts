import { join } from "node:path";
import { KubemendError } from "../../core/errors.ts";
import type { Binaries } from "../build/binaries.ts";
import type { DataFolder } from "./data-folder.ts";
import {
  createManagedProcess,
  describeExit,
  type ManagedProcess,
  type ProcessExit,
} from "./managed-process.ts";
import { BINARY_NAMES, type BinaryName } from "../build/recipe.ts";
import { writeProcesses } from "./stale-processes.ts";

export type ExtraFlags = Partial<Readonly<Record<BinaryName, readonly string[]>>>;

/** The programs of one control plane. */
export type ProcessSet = {
  /** Sets the flags with which a program starts from now on. */
  readonly configure: (name: BinaryName, flags: readonly string[]) => void;
  readonly start: (name: BinaryName, extraFlags?: readonly string[]) => void;
  readonly stop: (name: BinaryName, graceMs?: number) => Promise<void>;
  readonly stopAll: () => Promise<void>;
  readonly running: () => Partial<Record<BinaryName, number>>;
  /** Throws Unavailable with its last log lines if a program has exited unexpectedly and was not restarted. */
  readonly check: () => void;
  /** From now on an unexpected exit is reported to `onExit`; until then only `check` reports it. */
  readonly reportExits: () => void;
};

export type ProcessSetOptions = {
  readonly folder: DataFolder;
  readonly binaries: Binaries;
  readonly extraFlags: ExtraFlags;
  readonly onExit: (exit: ProcessExit) => void;
};

/** A program stops before those that it depends on. */
const STOP_ORDER: readonly (readonly BinaryName[])[] = [
  ["kwok", "kube-scheduler", "kube-controller-manager"],
  ["kube-apiserver"],
  ["etcd"],
];

export function createProcessSet(options: ProcessSetOptions): ProcessSet {
  const flags = new Map<BinaryName, readonly string[]>();
  const exits = new Map<BinaryName, ProcessExit>();
  let isReporting = false;
  const onExit = (exit: ProcessExit): void => {
    exits.set(exit.name, exit);
    if (isReporting) options.onExit(exit);
  };
  const processes = createProcesses(options, () => writePids(options.folder, processes), onExit);
  return {
    configure: (name, configured) => void flags.set(name, configured),
    start(name, extraFlags) {
      exits.delete(name);
      const extra = extraFlags ?? options.extraFlags[name] ?? [];
      processes[name].start([...(flags.get(name) ?? []), ...extra]);
    },
    stop: (name, graceMs) => processes[name].stop(graceMs),
    async stopAll() {
      for (const names of STOP_ORDER) {
        await Promise.all(names.map((name) => processes[name].stop()));
      }
    },
    running: () => toRunning(processes),
    check() {
      for (const exit of exits.values()) {
        throw new KubemendError("Unavailable", describeExit(exit), { retryable: true });
      }
    },
    reportExits: () => void (isReporting = true),
  };
}

type Processes = Readonly<Record<BinaryName, ManagedProcess>>;

function createProcesses(
  options: ProcessSetOptions,
  onChange: () => void,
  onExit: (exit: ProcessExit) => void,
): Processes {
  const environment = toProcessEnvironment(process.env);
  const create = (name: BinaryName): ManagedProcess =>
    createManagedProcess({
      name,
      command: options.binaries[name],
      environment,
      logFile: join(options.folder.logs, `${name}.log`),
      onChange,
      onExit,
    });
  return Object.fromEntries(BINARY_NAMES.map((name) => [name, create(name)])) as Processes;
}

/** Only these variables are inherited: ETCD_* and similar variables would change the programs' configuration. */
const PASSED_ON = ["PATH", "HOME", "TMPDIR", "TZ", "GOMAXPROCS", "GOMEMLIMIT", "GOGC"];

export function toProcessEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    PASSED_ON.filter((name) => environment[name] !== undefined).map((name) => [
      name,
      environment[name],
    ]),
  );
}

function toRunning(processes: Processes): Partial<Record<BinaryName, number>> {
  const running: Partial<Record<BinaryName, number>> = {};
  for (const name of BINARY_NAMES) {
    const pid = processes[name].pid();
    if (pid !== undefined) running[name] = pid;
  }
  return running;
}

function writePids(folder: DataFolder, processes: Processes): void {
  writeProcesses(folder, Object.values(toRunning(processes)));
}
