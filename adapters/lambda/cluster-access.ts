import * as v from "valibot";
import { findSchemaIssues } from "../../core/pipeline/parse/document-issues.ts";
import {
  accessSchema,
  toDeclaredAccess,
  type AccessDocument,
  type DeclaredAccess,
} from "../../core/pipeline/declared-access.ts";

/** The setting of every function that connects to its cluster. */
export type ClusterAccessSetting = {
  /**
   * How the function connects to its cluster: JSON, like `access` in a pipeline file. Absent: `KUBECONFIG`, the path of a kubeconfig
   * file.
   */
  readonly KUBEMEND_CLUSTER_ACCESS: DeclaredAccess;
};

/** Part of a function's schema; apply `withClusterAccess` to the environment first. */
export const clusterAccess: v.GenericSchema<unknown, DeclaredAccess> = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const document = parseJson(dataset.value);
    const [issue] = findSchemaIssues(accessSchema, document, []);
    if (issue === undefined) return toDeclaredAccess(document as AccessDocument);
    const place = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
    const hint = issue.hint === undefined ? "" : ` (${issue.hint})`;
    addIssue({ message: `${place}${issue.message}${hint}` });
    return NEVER;
  }),
);

/** Converts `KUBECONFIG` to the setting, which takes precedence over it. */
export function withClusterAccess(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const { KUBEMEND_CLUSTER_ACCESS: access, KUBECONFIG: kubeconfig } = environment;
  if (access || !kubeconfig) return environment;
  return { ...environment, KUBEMEND_CLUSTER_ACCESS: JSON.stringify({ kubeconfig }) };
}

/** Text that is not JSON is passed through: the schema rejects it with a better message. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
