import type { Move } from "../../events/moves/move.ts";
import type { MovedObject } from "../../events/moves/move-steps.ts";
import { describeSelected } from "../../events/moves/selected-objects.ts";
import { isKubemendError, KubemendError } from "../../core/errors.ts";
import { nameMoved } from "../../core/move/moved-object.ts";
import { hasBegun, isToBeRolledBack } from "../../core/move/status/phase.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { storePlan } from "../../functions/transfer/move/phases/store-plan.ts";
import { openAsk, type Ask } from "../terminal/ask.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput } from "../terminal/output.ts";
import { writeError } from "../terminal/streams.ts";
import { holdMove } from "./hold-move.ts";
import type { Contexts } from "./with-contexts.ts";
import { reportMove, type Work } from "./drive-move.ts";

type ConfirmOptions = Contexts & {
  readonly output: string;
  readonly yes?: boolean;
};

const MOST_NAMED = 50;

/**
 * Shows what a Move would do that has changed nothing yet, and asks whether this person wants it carried out: it may be somebody else's, who has
 * fewer rights. Nothing in a Move proves who has created it, so it is asked about any. It is planned before, and what is stored then is what is
 * shown and moves. False if it must not be carried out.
 */
export async function confirmResume(
  found: Move,
  work: Work,
  options: ConfirmOptions,
  signal: AbortSignal,
  ask?: Ask,
): Promise<boolean> {
  if (options.yes === true || !isUntouched(found)) return true;
  const move = await planFirst(found, work, signal);
  if (move.status?.phase === "Planning") {
    reportMove(createOutput({ json: options.output === "json" }), move, options);
    process.exitCode = EXIT_FAILED;
    return false;
  }
  if (!isUntouched(move)) return true;
  const parts = await work.store.readSteps(move, signal);
  const objects = parts.flatMap(({ spec }) => spec.objects);
  writeError(`${describe(move, objects).map(toPrintable).join("\n")}\n`);
  if (await isAnsweredYes(move, ask, signal)) return true;
  writeError(`the Move ${move.metadata.name} is not carried out; nothing was changed\n`);
  process.exitCode = EXIT_FAILED;
  return false;
}

function isUntouched(move: Move): boolean {
  return !hasBegun(move) && !isToBeRolledBack(move);
}

/** The Move with its plan, or with its problems. Only this phase is worked on: another run may be in a later one by now. */
async function planFirst(move: Move, work: Work, signal: AbortSignal): Promise<Move> {
  if (move.status?.phase === "Waiting") return move;
  const plan = () => storePlan({ ...work, now: Date.now }, move, signal);
  await holdMove(work.store, move, plan, signal).catch((error: unknown) => {
    // Another run has planned it.
    if (!isKubemendError(error, "Conflict")) throw error;
  });
  const { name, uid } = move.metadata;
  const planned = await work.store.find(name, signal);
  if (planned?.metadata.uid === uid) return planned;
  throw new KubemendError("NotFound", `the Move ${name} was deleted`, { retryable: false });
}

async function isAnsweredYes(
  { metadata: { name } }: Move,
  given: Ask,
  signal: AbortSignal,
): Promise<boolean> {
  using terminal = openAsk(given !== undefined, signal);
  const ask = given ?? terminal.ask;
  if (ask === undefined) {
    throw misuse(
      `the Move ${name} has changed nothing yet, and may be somebody else's: look at what would move, and add --yes`,
    );
  }
  return /^y(es)?$/i.test((await ask("Carry it out?", "no")).trim());
}

function describe(
  { metadata: { name }, spec }: Move,
  objects: readonly MovedObject[],
): readonly string[] {
  const { target: _target, select: _select, ...how } = spec;
  const rest = objects.length - MOST_NAMED;
  return [
    `The Move ${name} has changed nothing yet, and would be carried out with your rights:`,
    `  ${describeSelected(spec)}`,
    ...Object.entries(how).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`),
    `  ${objects.length} ${objects.length === 1 ? "object" : "objects"}:`,
    ...objects.slice(0, MOST_NAMED).map((object) => `    ${toPrintable(nameMoved(object))}`),
    ...(rest > 0 ? [`    and ${rest} more`] : []),
  ];
}
