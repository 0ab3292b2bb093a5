import { MAX_MESSAGE_STEPS } from "../../core/cel/values/meter.ts";
import { boundAttempts } from "../../adapters/lambda/bound-attempts.ts";
import {
  LATER_BATCH,
  LATER_IN_GROUP,
  OUT_OF_TIME,
  toFailureVerdict,
} from "../../adapters/lambda/message-verdict.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import {
  decideChange,
  type DecideChangeDeps,
  type Decided,
  type DecidedOrLater,
} from "./decide-change.ts";
import type { Draft } from "./send-drafts.ts";

/** The messages to send because of one message of the batch, and the place of that message. */
export type PlacedDraft = { readonly index: number; readonly draft: Draft };

/** A message that is decided after the others of its batch. */
export type Postponed = {
  readonly index: number;
  readonly group: string;
  readonly decide: () => Promise<Decided>;
};

/**
 * Decides the messages of a batch in their order, except those whose expressions take long, and the later ones of their groups: what these
 * others ask for can be sent before any work on them begins.
 */
export async function decideQuick(
  deps: DecideChangeDeps,
  records: readonly SqsRecord[],
  context: MessageContext,
): Promise<{ readonly drafts: readonly PlacedDraft[]; readonly postponed: readonly Postponed[] }> {
  const drafts: PlacedDraft[] = [];
  const postponed: Postponed[] = [];
  const blocked = new Set<string>();
  for (const [index, record] of records.entries()) {
    const group = toGroup(record);
    const decide = (): Promise<DecidedOrLater> => decideRecord(deps, record, context);
    if (postponed.some((earlier) => earlier.group === group)) {
      postponed.push({ index, group, decide: () => decideWhole(decide) });
      continue;
    }
    const decided = blocked.has(group) ? { verdict: LATER_IN_GROUP } : await decide();
    if ("later" in decided) {
      postponed.push({ index, group, decide: decided.later });
      continue;
    }
    if (decided.verdict?.outcome === "retry") blocked.add(group);
    drafts.push({ index, draft: toDraft(decided, group) });
  }
  return { drafts, postponed };
}

/**
 * Decides the messages that were postponed: one at least, so that each batch gets further, and as many as together need no more steps than
 * one may. The others are left to a later batch, which has quick messages to decide first.
 */
export async function decidePostponed(
  postponed: readonly Postponed[],
  { signal }: MessageContext,
): Promise<readonly PlacedDraft[]> {
  const drafts: PlacedDraft[] = [];
  const blocked = new Set<string>();
  let steps = 0;
  for (const { index, group, decide } of postponed) {
    let decided: Decided;
    if (blocked.has(group)) decided = { verdict: LATER_IN_GROUP };
    else if (signal.aborted) decided = { verdict: OUT_OF_TIME };
    else decided = steps >= MAX_MESSAGE_STEPS ? { verdict: LATER_BATCH } : await decide();
    steps += decided.steps ?? 0;
    if (decided.verdict?.outcome === "retry") blocked.add(group);
    drafts.push({ index, draft: toDraft(decided, group) });
  }
  return drafts;
}

function toDraft({ steps: _steps, ...decided }: Decided, group: string): Draft {
  return { wakeups: [], requests: [], transfers: [], alerts: [], ...decided, group };
}

/** A message without a group is a group of its own. */
function toGroup(record: SqsRecord): string {
  return record.attributes.MessageGroupId ?? record.messageId;
}

async function decideWhole(decide: () => Promise<DecidedOrLater>): Promise<Decided> {
  const decided = await decide();
  return "later" in decided ? decided.later() : decided;
}

async function decideRecord(
  deps: DecideChangeDeps,
  record: SqsRecord,
  context: MessageContext,
): Promise<DecidedOrLater> {
  const decided = await attempt(deps, record, context, () => decideChange(deps, record, context));
  if (!("later" in decided)) return decided;
  return { later: () => attempt(deps, record, context, decided.later) };
}

/** A failure is the verdict on its message, and its attempts are bounded. */
async function attempt<T extends DecidedOrLater>(
  { verify }: DecideChangeDeps,
  record: SqsRecord,
  { signal }: MessageContext,
  decide: () => Promise<T>,
): Promise<T | Decided> {
  try {
    const decided = await decide();
    if ("later" in decided || decided.verdict === undefined) return decided;
    return { verdict: await boundAttempts(decided.verdict, record, verify) };
  } catch (error) {
    const verdict = signal.aborted ? OUT_OF_TIME : toFailureVerdict(error);
    return { verdict: await boundAttempts(verdict, record, verify) };
  }
}
