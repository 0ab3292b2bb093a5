const VERBS: Readonly<Record<string, string>> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** The right that a request needs: `GET /apis/apps/v1/namespaces/a/deployments/b/scale` needs `get deployments/scale.apps`. */
export function toRight(line: string): string {
  const [method = "", path = ""] = line.split(" ");
  const [root, ...rest] = path.slice(1).split("/");
  const [group, , ...below] = root === "api" ? ["", ...rest] : rest;
  const [resource, name, subresource] =
    below[0] === "namespaces" && below.length > 2 ? below.slice(2) : below;
  const verb = method === "GET" && name === undefined ? "list" : VERBS[method];
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return `${verb} ${what}.${group}`;
}

/** How many requests there are of each right. */
export function countRights(lines: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const right of lines.map(toRight)) counts[right] = (counts[right] ?? 0) + 1;
  return counts;
}
