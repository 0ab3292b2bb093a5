import type { Action } from "../contract/action.ts";
import { mirrorSchema, type MirrorParameters } from "./mirror-parameters.ts";

/**
 * Keeps copies of the rule's objects equal in other clusters. A match of such a rule makes no record: what is done follows from source and
 * target as they are, not from the change, see core/mirror. The function transfer does it, so this action has nothing to answer.
 */
export const mirror: Action<MirrorParameters> = {
  name: "mirror",
  schema: mirrorSchema,
  remediates: false,
  expressions: [],
  permissions: () => [],
  next: () => ({
    outcome: "done",
    message: "mirror copies objects to other clusters and is no part of a remediation",
  }),
};
