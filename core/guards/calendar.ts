import { quotePerson } from "../text/quote-person.ts";
import { LOOK_AGAIN_MS, toIso, type Guard } from "./hold.ts";
import { findFreeze, findNextOpening, isAnyOpen } from "./times/windows.ts";

export const holdFreeze: Guard = (_state, _candidate, { freezes = [] }, nowMs) => {
  const freeze = findFreeze(freezes, nowMs);
  if (freeze === undefined) return undefined;
  const until = toIso(freeze.toMs);
  const why = freeze.reason === undefined ? "" : `: ${quotePerson(freeze.reason)}`;
  const message = `nothing is started from ${toIso(freeze.fromMs)} until ${until} (freezes)${why}`;
  return { code: "Frozen", message, until };
};

export const holdWindow: Guard = (_state, _candidate, { windows = [] }, nowMs) => {
  if (windows.length === 0 || isAnyOpen(windows, nowMs)) return undefined;
  const opensMs = findNextOpening(windows, nowMs);
  const names = windows.map(({ text }) => text).join(", ");
  const when = opensMs === undefined ? "" : `; the next begins at ${toIso(opensMs)}`;
  const message = `the rule starts remediations only during ${names} (windows)${when}`;
  return { code: "WindowClosed", message, until: toIso(opensMs ?? nowMs + LOOK_AGAIN_MS) };
};
