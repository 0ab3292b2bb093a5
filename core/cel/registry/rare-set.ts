import { FORMAT_TEXT } from "../library/format-text.ts";
import { FORMAT_LIBRARY } from "../library/formats.ts";
import type { Library } from "../library/function.ts";
import { NETWORKS } from "../library/networks.ts";
import { QUANTITIES } from "../library/quantity.ts";
import { SEMVER_ORDER, SEMVERS } from "../library/semver.ts";
import { URLS } from "../library/urls.ts";

/** The libraries that few rules use. Their values are made only by their own functions, whose names `RARE_NAMES` matches. */
export const RARE_LIBRARIES: readonly Library[] = [
  FORMAT_TEXT,
  QUANTITIES,
  SEMVERS,
  SEMVER_ORDER,
  NETWORKS,
  URLS,
  FORMAT_LIBRARY,
];
