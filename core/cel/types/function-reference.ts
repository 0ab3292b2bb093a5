import type { FunctionGroup } from "./function-doc.ts";
import { COLLECTIONS, OPTIONALS } from "./reference-collections.ts";
import { ADDRESSES, FORMATS, QUANTITIES, URLS, VERSIONS } from "./reference-kubernetes.ts";
import { CONVERSIONS, TIMES } from "./reference-conversions.ts";
import { PATTERNS, TEXTS } from "./reference-texts.ts";

/** Every function with its signatures, what it gives, and an example. The macros are in macro-reference.ts. */
export const FUNCTION_GROUPS: readonly FunctionGroup[] = [
  CONVERSIONS,
  TIMES,
  TEXTS,
  PATTERNS,
  COLLECTIONS,
  OPTIONALS,
  QUANTITIES,
  VERSIONS,
  ADDRESSES,
  URLS,
  FORMATS,
];
