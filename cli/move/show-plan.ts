import { describePlan } from "../../core/move/plan/describe-plan.ts";
import { toMermaid } from "../../core/move/plan/to-mermaid.ts";
import type { MovePlan } from "../../core/move/plan/to-plan.ts";
import { toJsonLine } from "../terminal/printable.ts";
import { toPrintable } from "../../core/text/printable.ts";

export const PLAN_OUTPUTS = ["text", "mermaid", "json"] as const;
export type PlanOutput = (typeof PLAN_OUTPUTS)[number];

/** A plan as it is printed. */
export function formatPlan(
  plan: MovePlan,
  {
    output,
    source,
    target,
  }: { readonly output: PlanOutput; readonly source: string; readonly target: string },
): string {
  switch (output) {
    case "json":
      return `${toJsonLine({ type: "plan", source, target, ...plan })}\n`;
    case "mermaid":
      return toMermaid(plan).split("\n").map(toPrintable).join("\n");
    case "text":
      return `${describePlan(plan, { source, target })
        .flatMap((line) => line.split("\n"))
        .map(toPrintable)
        .join("\n")}\n`;
  }
}
