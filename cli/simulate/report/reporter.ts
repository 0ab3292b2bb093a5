import type { KubernetesObject } from "../../../events/change.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { findBoundRules } from "../../../core/pipeline/watches.ts";
import { readReferences, type SeenMessage } from "../decide/decide-change.ts";
import { decideSide, type Message, type SideDecisions } from "../decide/decide-side.ts";
import type { ObjectsElsewhere } from "../decide/offline-objects.ts";
import { createDecisionReporter } from "./report-decisions.ts";
import { createDifferenceReporter } from "./report-differences.ts";
import type { Report } from "./line-writer.ts";
import type { Side } from "../decide/side.ts";

/** Says what the pipelines of a run make of each change. */
export type Reporter = {
  /** Returns whether two pipelines differ on it. */
  readonly change: (read: Message) => Promise<boolean>;
  /** After the last change: what the guards do later. */
  readonly end: () => void;
};

export type Run = {
  readonly catalog: Catalog;
  readonly objects: readonly KubernetesObject[];
  readonly elsewhere?: ObjectsElsewhere | undefined;
  readonly signal: AbortSignal;
  readonly base: Side;
  readonly other: Side | undefined;
  readonly report: Report;
};

export function createReporter(run: Run): Reporter {
  const { base, other, report } = run;
  if (other === undefined) {
    const { decided, ended } = createDecisionReporter(base, report);
    return {
      async change(read) {
        const [own] = await decideSides([base], read, run);
        if (own !== undefined) decided(read, own);
        return false;
      },
      end() {
        base.alerts.finish();
        ended(base.guards.advance(Number.POSITIVE_INFINITY));
      },
    };
  }
  const { decided, ended } = createDifferenceReporter(base, other, report);
  return {
    async change(read) {
      const [before, after] = await decideSides([base, other], read, run);
      return before !== undefined && after !== undefined && decided(read, before, after);
    },
    end() {
      for (const { alerts } of [base, other]) alerts.finish();
      const [before, after] = [base, other].map(({ guards }) =>
        guards.advance(Number.POSITIVE_INFINITY),
      );
      ended(before ?? [], after ?? []);
    },
  };
}

/** What each pipeline makes of a change. */
async function decideSides(
  sides: readonly Side[],
  read: Message,
  { catalog, objects, elsewhere, signal }: Run,
): Promise<readonly SideDecisions[]> {
  const seen = sides.map((side) => toSeen(side, read));
  const references = readReferences(seen, read.message.data.object, catalog);
  const decided: SideDecisions[] = [];
  for (const [index, side] of sides.entries()) {
    const own = seen[index];
    if (own === undefined) continue;
    const input = { read, seen: own, references, catalog, objects, elsewhere };
    decided.push(await decideSide(side, input, signal));
  }
  return decided;
}

/** With the answers to `on.changed` of the rules of a pipeline, from the states of the recording. */
function toSeen({ pipeline, fields }: Side, { message }: Message): SeenMessage {
  const rules = findBoundRules(pipeline, message.data.watch);
  return { pipeline, message: fields.answer(message, rules) };
}
