/** `group/version`, or only the version for the core group, as in apiVersion. */
export function toApiVersion(type: { readonly group: string; readonly version: string }): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

/** The group of an apiVersion; undefined if that is not a text. The core group is "". */
export function toGroup(apiVersion: unknown): string | undefined {
  if (typeof apiVersion !== "string" || apiVersion === "") return undefined;
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

/** `v1`, `v2beta1`: https://kubernetes.io/docs/reference/using-api/#api-versioning */
export function isVersionName(text: string): boolean {
  return /^v[1-9][0-9]{0,9}(?:(?:alpha|beta)[1-9][0-9]{0,9})?$/.test(text);
}
