import { ACTIONS } from "./broken/actions.ts";
import { ALERTS } from "./broken/alerts.ts";
import { DEAD } from "./broken/dead-rules.ts";
import { DOUBLE_WRITES } from "./broken/double-writes.ts";
import { EXPRESSIONS } from "./broken/expressions.ts";
import { FORGOTTEN_CEL } from "./broken/forgotten-cel.ts";
import { GUARD_LIMITS } from "./broken/guard-limits.ts";
import { JOBS } from "./broken/jobs.ts";
import { KEYS } from "./broken/keys.ts";
import { RECEIVERS } from "./broken/receivers.ts";
import { PARAMETERS } from "./broken/parameters.ts";
import { MIRROR_SHAPES, MIRRORS } from "./broken/clusters/mirrors.ts";
import { MOVE_SHAPES, MOVES } from "./broken/clusters/moves.ts";
import { MOVE_RULE_SHAPES, MOVE_RULES } from "./broken/clusters/move-rules.ts";
import { SOURCE_SHAPES, SOURCES } from "./broken/clusters/sources.ts";
import { PERIODS } from "./broken/periods.ts";
import { RELATIONS } from "./broken/relations.ts";
import { RESOURCES } from "./broken/resources.ts";
import { SELECTORS } from "./broken/selectors.ts";
import { TIMES } from "./broken/times.ts";
import { TYPES } from "./broken/types.ts";
import { WRITTEN_VALUES } from "./broken/written-values.ts";
import { YAML } from "./broken/yaml.ts";
import type { BrokenFile } from "./broken/rule-file.ts";

/** Broken pipeline files, by what is wrong with them. */
export const BROKEN_FILES: readonly BrokenFile[] = [
  ...ALERTS,
  ...RESOURCES,
  ...FORGOTTEN_CEL,
  ...GUARD_LIMITS,
  ...JOBS,
  ...MIRROR_SHAPES,
  ...MIRRORS,
  ...MOVE_RULE_SHAPES,
  ...MOVE_RULES,
  ...SOURCE_SHAPES,
  ...SOURCES,
  ...MOVE_SHAPES,
  ...MOVES,
  ...PARAMETERS,
  ...PERIODS,
  ...RELATIONS,
  ...SELECTORS,
  ...TYPES,
  ...WRITTEN_VALUES,
  ...EXPRESSIONS,
  ...TIMES,
  ...DEAD,
  ...ACTIONS,
  ...DOUBLE_WRITES,
  ...KEYS,
  ...RECEIVERS,
  ...YAML,
];
