import {
  NAMES_SHOWN,
  describeCount,
  describeNoTargets,
} from "../../../core/operations/describe-fan-out.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { toGiveUpAfterMs } from "../../../core/records/retry.ts";
import { ok, refuse, type Result } from "../../../core/result.ts";
import type { ActionContext } from "./action-context.ts";
import { describeLargest } from "./targets/bound-namespaces.ts";
import type { FoundTarget } from "./targets/found-target.ts";
import { nameTarget, searchTargets } from "./targets/find-targets.ts";

type Refusal = { readonly code: string; readonly message: string };

/** How many refused targets are named. */
const REFUSED_SHOWN = 3;

/** Operations that are carried out, and why others are not. */
export type SizedOperations = {
  readonly operations: readonly WriteOperation[];
  readonly nothing: readonly string[];
};

/**
 * The operations with the number of their targets, and without a fan-out that has none, of which it says why. Nothing is done at all if a Pod
 * of a drain is refused, or all targets of another action, or with TooManyTargets if there are more than the rule allows.
 */
export async function sizeFanOuts(
  operations: readonly WriteOperation[],
  context: ActionContext,
  signal: AbortSignal,
): Promise<Result<SizedOperations, Refusal>> {
  const sized: WriteOperation[] = [];
  const nothing: string[] = [];
  for (const operation of operations) {
    const one =
      operation.type === "fanOut" ? await size(operation, context, signal) : ok(operation);
    if (!one.ok) return one;
    if (typeof one.value === "string") nothing.push(one.value);
    else sized.push(one.value);
  }
  return ok({ operations: sized, nothing });
}

/** The operation, or why it has no target. */
async function size(
  operation: FanOutOperation,
  context: ActionContext,
  signal: AbortSignal,
): Promise<Result<FanOutOperation | string, Refusal>> {
  const { rule } = context;
  const { reach } = rule;
  const isDrain = operation.filter.type === "drain";
  const optIn = isDrain ? undefined : rule.guards?.optIn;
  const own = {
    ...operation,
    ...(reach === undefined ? {} : { reach }),
    ...(optIn === undefined ? {} : { optIn }),
  };
  const search = await searchTargets(own, context, signal);
  const refused = search.found.filter(({ refusal }) => refusal !== undefined);
  const found = search.found.filter(({ refusal }) => refusal === undefined);
  const [first] = refused;
  // A drain is refused as a whole. Of other targets one that is refused is one that fails, unless there is no other.
  const isWhole = operation.filter.type === "drain" || found.length === 0;
  if (isWhole && first?.refusal !== undefined) {
    const lines = refused
      .slice(0, REFUSED_SHOWN)
      .map((target) => `${nameTarget(operation, target)} ${target.refusal?.message ?? ""}`);
    const rest = refused.length - lines.length;
    const more = rest > 0 ? [`and ${rest} more`] : [];
    return refuse({ code: first.refusal.code, message: [...lines, ...more].join("; ") });
  }
  const count = found.length;
  if (count === 0) return ok(describeNoTargets(operation, search));
  const { atMost, collections } = operation;
  if (atMost !== undefined && count > atMost) {
    const message = `there are ${describeCount(count, collections)}, and atMost is ${atMost}, so nothing is done${describeLargest(found)}: select fewer, or raise atMost`;
    return refuse({ code: "TooManyTargets", message });
  }
  const names = found.slice(0, NAMES_SHOWN).map((target) => toShortName(operation, target));
  // A drain judges the Node by whereTarget, and not its Pods.
  const isOwn = !isDrain && rule.whereTarget !== undefined;
  return ok({
    ...own,
    ...(isOwn ? { whereTarget: rule.whereTarget } : {}),
    giveUpAfterMs: operation.giveUpAfterMs || toGiveUpAfterMs(rule),
    found: { count, names },
  });
}

/** Without the cluster, which their number says, and without the kind, if that is the same for all. */
function toShortName(
  { collections }: FanOutOperation,
  { at, namespace, name }: FoundTarget,
): string {
  const { kind = "" } = collections[at.collection] ?? {};
  const full = describeAddress({ kind, namespace, name });
  return collections.length === 1 ? full.slice(kind.length + 1) : full;
}
