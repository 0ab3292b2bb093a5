import * as v from "valibot";
import type { MoveGrant } from "../pipeline.ts";

/**
 * The schema of `moves` in the bundles of the functions: a pipeline is packed for them only after `moves-schema.ts` has accepted it, and most
 * functions do not read this key.
 */
export const movesSchema = v.unknown() as v.GenericSchema<unknown, readonly MoveGrant[]>;
