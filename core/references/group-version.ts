import { isVersionName } from "./api-version.ts";
import type { WrittenReference } from "./read-reference.ts";

/** What a reference states about group and version; undefined = not stated. */
export type GroupVersion =
  | {
      readonly outcome: "read";
      readonly group: string | undefined;
      readonly version: string | undefined;
    }
  | { readonly outcome: "malformed" }
  | { readonly outcome: "contradiction" };

type ApiVersionParts = {
  readonly group?: string | undefined;
  readonly version?: string | undefined;
};

/**
 * Combines `apiVersion`, `group`, `apiGroup` and `version`. If they differ, it is a contradiction.
 * `coreHasKind` decides whether a bare `v1` means the core group or only a version.
 */
export function toGroupVersion(written: WrittenReference, coreHasKind: boolean): GroupVersion {
  const parts = splitApiVersion(written.apiVersion);
  if (parts === undefined) return { outcome: "malformed" };
  const isCore = written.apiVersion === "v1" && coreHasKind;
  const group = agree([isCore ? "" : parts.group, ...written.groups]);
  const version = agree([parts.version, written.version]);
  if (group === "differ" || version === "differ") return { outcome: "contradiction" };
  return { outcome: "read", group: group.value, version: version.value };
}

/** `batch` is a group, `v1beta1` a version, `apps/v1` both. Undefined if there is more than one slash, or only a slash. */
function splitApiVersion(apiVersion: string | undefined): ApiVersionParts | undefined {
  if (apiVersion === undefined) return {};
  const slash = apiVersion.indexOf("/");
  if (slash === -1) {
    return isVersionName(apiVersion) ? { version: apiVersion } : { group: apiVersion };
  }
  if (apiVersion === "/" || slash !== apiVersion.lastIndexOf("/")) return undefined;
  const version = apiVersion.slice(slash + 1);
  return { group: apiVersion.slice(0, slash), version: version === "" ? undefined : version };
}

function agree(
  texts: readonly (string | undefined)[],
): { readonly value: string | undefined } | "differ" {
  const [first, ...others] = texts.filter((text) => text !== undefined);
  return others.every((text) => text === first) ? { value: first } : "differ";
}
