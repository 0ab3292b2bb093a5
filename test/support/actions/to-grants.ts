import { builtinCatalog } from "../../../core/references/builtin.ts";
import type { Grant } from "../../../core/pipeline/rights/grants.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";

/** The rights that are generated for remediate. */
export function toGrants(pipeline: Pipeline): readonly Grant[] {
  return planPermissions(pipeline, builtinCatalog()).remediate;
}
