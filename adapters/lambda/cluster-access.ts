import * as v from "valibot";
import { findSchemaIssues } from "../../core/pipeline/parse/document-issues.ts";
import {
  accessSchema,
  toDeclaredAccess,
  type AccessDocument,
  type DeclaredAccess,
} from "../../core/pipeline/declared-access.ts";

/** The setting of every function that reaches its cluster. */
export type ClusterAccessSetting = {
  /**
   * How the function reaches its cluster: JSON, as `access` is written in a pipeline file. Absent: `KUBECONFIG`, the path of
   * a kubeconfig file.
   */
  readonly KUBEMEND_CLUSTER_ACCESS: DeclaredAccess;
};

/** Part of a function's schema; the environment must have gone through `withClusterAccess`. */
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

/** `KUBECONFIG` in the words of the setting, which goes before it. */
export function withClusterAccess(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const { KUBEMEND_CLUSTER_ACCESS: access, KUBECONFIG: kubeconfig } = environment;
  if (access || !kubeconfig) return environment;
  return { ...environment, KUBEMEND_CLUSTER_ACCESS: JSON.stringify({ kubeconfig }) };
}

/** What is no JSON is told by the schema, as the text that it is. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
