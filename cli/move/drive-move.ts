import { isMoveEnded, type Move } from "../../events/moves/move.ts";
import type { MoveStore } from "../../adapters/kubernetes/move/move-store.ts";
import { describeMove } from "../../core/move/status/describe-move.ts";
import { toPrintable } from "../../core/text/printable.ts";
import type { MoveSides } from "../../functions/transfer/move/run/move-sides.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { writeError } from "../terminal/streams.ts";
import { followMove } from "./follow-move.ts";
import { holdMove } from "./hold-move.ts";
import { withContexts, type Contexts } from "./with-contexts.ts";

export type Work = { readonly sides: MoveSides; readonly store: MoveStore };

type WorkOptions = Contexts & { readonly output: string; readonly rollback?: string };

/**
 * Works on a Move until it has ended or needs a person, and reports how it stands. A command that is stopped reports that, too, because the Move
 * stays where it is, and functions may continue it.
 */
export async function driveMove(
  begun: Move,
  work: Work,
  options: WorkOptions,
  signal: AbortSignal,
): Promise<void> {
  const output = createOutput({ json: options.output === "json" });
  const show = (text: string): void => output.progress(toText(text, options));
  const { name, uid } = begun.metadata;
  const deps = { ...work, uid, now: Date.now, show, contexts: options };
  const run = () => followMove(deps, name, signal);
  const { move, isEnded } = await holdMove(work.store, begun, run, signal).catch(
    async (error: unknown) => {
      if (signal.aborted) await reportStop(work.store, name, options);
      throw error;
    },
  );
  reportMove(output, move, options);
  if (!isEnded || !isAsAsked(move, options)) process.exitCode = EXIT_FAILED;
}

/** A Move that was rolled back has moved nothing, which is what only `--rollback` asks for. */
function isAsAsked({ status }: Move, { rollback }: WorkOptions): boolean {
  return status?.phase === "Moved" || rollback !== undefined;
}

function toText(text: string, options: WorkOptions): string {
  return toPrintable(withContexts(text, options));
}

export function reportMove(output: Output, move: Move, options: WorkOptions): void {
  const { metadata, spec, status } = move;
  const record = { type: "move", name: metadata.name, spec, status };
  output.report(
    describeMove(move)
      .map((line) => toText(line, options))
      .join("\n"),
    record,
  );
}

const LAST_READ_MS = 5_000;

/** Reports on stderr where a Move is that this command works on no more, with the commands that continue or end it. */
async function reportStop(
  store: Pick<MoveStore, "find">,
  name: string,
  options: WorkOptions,
): Promise<void> {
  const move = await store.find(name, AbortSignal.timeout(LAST_READ_MS)).catch(() => undefined);
  if (move === undefined || isMoveEnded(move)) return;
  const lines = [
    ...describeMove(move),
    "  Functions whose pipeline declares such a Move (`moves`) continue it within two minutes.",
  ];
  writeError(`${lines.map((line) => toText(line, options)).join("\n")}\n`);
}
