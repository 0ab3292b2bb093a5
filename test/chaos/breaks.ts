import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describeError } from "../../core/errors.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { readPatches, type Patch } from "../support/read-patches.ts";
import { FAULT_NAMES, needsMirroring, type FaultName } from "./faults/faults.ts";
import { playRound } from "./round.ts";
import { LEAVING } from "./rounds.ts";
import { copyTree } from "./world/tree-copy.ts";
import { startWorld, type World } from "./world/world.ts";

/** A patch that removes one rule from the relay, or from the functions that mirror. Its header names the faults that expose it, and the checks that fail then. */
type Break = Pick<Patch, "name" | "patchFile"> & {
  readonly faults: readonly FaultName[];
  /** Rules of the checker; at least one of them must fail. */
  readonly missed: readonly string[];
};

const FOLDER = join(import.meta.dirname, "breaks");
/** A single round may miss the break by chance. */
const ROUNDS = 4;
/** A short wait is enough: a lost change does not arrive later either. */
const PATIENCE_MS = 6_000;
const MIRROR_PATIENCE_MS = 25_000;

/**
 * Applies each patch to a copy of the tree and plays rounds with that copy's relay: the checker, which is not patched, must
 * detect it from what is missing in the queue. True if it detected every break; a patch that no longer applies counts as missed.
 */
export async function playBreaks(options: {
  readonly seed: string;
  /** Only these; empty: all. */
  readonly names: readonly string[];
  readonly report: (text: string) => void;
}): Promise<boolean> {
  const { report } = options;
  const startedMs = performance.now();
  const elapsed = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
  const breaks = readPatches(FOLDER, options.names).map(readBreak);
  report(`seed ${options.seed}: ${breaks.length} breaks`);
  const script = join(findProjectRoot(), "dist", "kubemend.mjs");
  await using world = await startWorld({ script, report });
  const unseen: string[] = [];
  for (const broken of breaks) {
    const verdict = await playBreak(world, broken, options.seed).catch((error: unknown) => ({
      isDetected: false,
      text: describeError(error),
    }));
    report(
      `${elapsed()}: ${broken.name}: ${verdict.isDetected ? "detected" : "NOT DETECTED"}: ${verdict.text}`,
    );
    if (!verdict.isDetected) unseen.push(broken.name);
  }
  const sum =
    unseen.length === 0 ? "every break was detected" : `not detected: ${unseen.join(", ")}`;
  report(`${elapsed()}: ${sum}`);
  return unseen.length === 0;
}

async function playBreak(
  world: World,
  broken: Break,
  seed: string,
): Promise<{ readonly isDetected: boolean; readonly text: string }> {
  using tree = copyTree(findProjectRoot());
  execFileSync("git", ["apply", broken.patchFile], { cwd: tree.path, encoding: "utf8" });
  const functions = needsMirroring(broken.faults) ? buildFunctions(tree.path) : undefined;
  const others: string[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const { misses } = await playRound({
      world,
      functions,
      mirrorPatienceMs: MIRROR_PATIENCE_MS,
      script: tree.script,
      seed: `${seed}-${broken.name}-${round}`,
      always: broken.faults,
      others: broken.faults,
      faultCount: broken.faults.length,
      leaving: LEAVING,
      returns: false,
      checkIds: false,
      patienceMs: PATIENCE_MS,
    });
    const seen = misses.find(({ rule }) => broken.missed.includes(rule));
    if (seen !== undefined) {
      const text = `${misses.length} misses in round ${round}, [${seen.rule}] ${seen.text}`;
      return { isDetected: true, text };
    }
    others.push(...misses.map(({ rule, text }) => `[${rule}] ${text}`));
  }
  const text =
    others[0] === undefined
      ? `${ROUNDS} rounds kept every promise`
      : `only other failures: ${others[0]}`;
  return { isDetected: false, text };
}

/** The functions of a copy of the tree. Returns the folder of their bundles. */
function buildFunctions(cwd: string): string {
  execFileSync(process.execPath, [join("infra", "build", "functions.ts")], { cwd, stdio: "pipe" });
  return join(cwd, "dist", "functions");
}

function readBreak({ name, patchFile, text }: Patch): Break {
  const readList = (label: string): readonly string[] => {
    const line = new RegExp(`^${label}: (?<items>.+)$`, "m").exec(text)?.groups?.["items"];
    if (line === undefined) throw new Error(`${patchFile} has no line "${label}: ..."`);
    return line.split(", ");
  };
  const faults = readList("Faults").map((fault) => {
    const found = FAULT_NAMES.find((known) => known === fault);
    if (found === undefined) throw new Error(`${patchFile}: unknown fault ${fault}`);
    return found;
  });
  return { name, patchFile, faults, missed: readList("Missed") };
}
