/** `group/version`, or the version alone for core, as the API writes it. */
export function toApiVersion(type: { readonly group: string; readonly version: string }): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

/** The group of an apiVersion as written; undefined where it is no text. Core is "". */
export function toGroup(apiVersion: unknown): string | undefined {
  if (typeof apiVersion !== "string" || apiVersion === "") return undefined;
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

/** `v1`, `v2beta1`: https://kubernetes.io/docs/reference/using-api/#api-versioning */
export function isVersionName(text: string): boolean {
  return /^v[1-9][0-9]{0,9}(?:(?:alpha|beta)[1-9][0-9]{0,9})?$/.test(text);
}
