import { isVersionName } from "../../../references/api-version.ts";

/** The fault of a resource that is named with its version, as in kubectl: nothing would ever be watched. */
export function findVersionedResource(
  resource: string,
): { readonly message: string; readonly hint: string } | undefined {
  const [name = "", version = "", ...group] = resource.split(".");
  if (!isVersionName(version)) return undefined;
  const right = [name, ...group.filter((part) => part !== "")].join(".");
  return {
    message: `${resource} names a version, ${version}`,
    hint: `write ${right}: the version that the cluster prefers is used`,
  };
}
