import { DEFAULT_RECEIVER } from "../../../events/alert.ts";
import { isObject, readField, readList, readOwn } from "../../json/read-json.ts";
import { suggestName } from "../../text/suggest.ts";
import { takesEverything } from "./route-issues.ts";
import { findLostKeys } from "../../json/find-lost-keys.ts";
import type { PipelineIssue } from "../pipeline.ts";

/**
 * Alerts to receivers that the file does not name. A file without `receivers` may use any names: its alerts are lines in the log of
 * notify, from which others read them.
 */
export function findReceiverIssues(
  document: Readonly<Record<string, unknown>>,
): readonly PipelineIssue[] {
  const receivers = readOwn(document, "receivers");
  const names = isObject(receivers) ? Object.keys(receivers) : undefined;
  return [...findLostKeys(receivers, ["receivers"]), ...findUnknownReceivers(document, names)];
}

function findUnknownReceivers(
  document: Readonly<Record<string, unknown>>,
  names: readonly string[] | undefined,
): readonly PipelineIssue[] {
  return readList(document["rules"]).flatMap((rule, ruleIndex) =>
    ["then", "onFailure"].flatMap((stage) =>
      readList(readOwn(rule, stage)).flatMap((entry, index) => {
        const alert = readOwn(entry, "alert");
        if (!isObject(alert)) return [];
        const to = readField(alert, "to");
        if (to === undefined && takesEverything(document)) return [];
        return findIssue(to, names).map((issue) => ({
          ...issue,
          path: ["rules", ruleIndex, stage, index, "alert", ...issue.path],
        }));
      }),
    ),
  );
}

function findIssue(to: unknown, names: readonly string[] | undefined): readonly PipelineIssue[] {
  if (to === undefined) {
    if (names?.includes(DEFAULT_RECEIVER) === true) return [];
    const hint = `write to: <receiver>, or give receivers one with the name ${DEFAULT_RECEIVER}, or route an entry without when`;
    return [{ path: ["to"], message: "to is missing", hint }];
  }
  if (typeof to !== "string" || to === "" || names?.includes(to) === true) return [];
  if (!isName(to)) {
    const hint = "receivers has the addresses: receivers: { data-oncall: { slack: { ... } } }";
    return [{ path: ["to"], message: "expected the name of a receiver", hint }];
  }
  if (names === undefined) return [];
  const near = suggestName(to, names);
  const known = names.length === 0 ? "receivers is empty" : `receivers: ${names.join(", ")}`;
  const hint = near === undefined ? known : `did you mean ${near}? ${known}`;
  return [{ path: ["to"], message: `no receiver has the name ${to}`, hint }];
}

/** An address or a token that was written here by mistake is a credential, and would be in every log line about the alert. */
function isName(to: string): boolean {
  return to.length <= 100 && !/:\/\/|^xox[a-z]-|^whsec_|^[0-9a-f]{32}$/i.test(to);
}
