import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import type { Permission } from "../../core/actions/contract/action.ts";
import { isKubemendError } from "../../core/errors.ts";
import type { Grant } from "../../core/pipeline/rights/grants.ts";
import { planInstalled } from "../../core/pipeline/rights/installed.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { failed, passed, skipped, type Check, type Finding } from "./finding.ts";

/** One right of one identity, as the API server is asked about it. */
type Question = {
  readonly namespace?: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly verb: string;
};

const REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
const SHOWN = 3;
/** Requests at a time. */
const AT_ONCE = 8;

/**
 * Whether relay and functions have every right that the pipeline needs. The API server is asked for their identities, not for the user who
 * asks, who needs the right to create SubjectAccessReviews for that.
 */
export function checkRights(
  client: KubernetesClient,
  pipeline: Pipeline,
  {
    namespace,
    toUser,
  }: {
    /** Of the installation. */
    readonly namespace: string;
    readonly toUser: (part: string) => string;
  },
): Check {
  return async (signal) => {
    const findings: Finding[] = [];
    for (const [part, grants] of Object.entries(planInstalled(pipeline, namespace))) {
      findings.push(await checkPart(client, { part, user: toUser(part), grants }, signal));
    }
    return findings;
  };
}

async function checkPart(
  client: KubernetesClient,
  asked: { readonly part: string; readonly user: string; readonly grants: readonly Grant[] },
  signal: AbortSignal,
): Promise<Finding> {
  const { part, user, grants } = asked;
  const check = `rights of ${part}`;
  const questions = grants.flatMap(({ namespace, rules }) =>
    rules.flatMap((rule) => toQuestions(namespace, rule)),
  );
  if (questions.length === 0) return passed(check, "it needs none");
  const missing: Question[] = [];
  try {
    for (let at = 0; at < questions.length; at += AT_ONCE) {
      const some = questions.slice(at, at + AT_ONCE);
      const allowed = await Promise.all(some.map((one) => isAllowed(client, user, one, signal)));
      missing.push(...some.filter((_, index) => allowed[index] === false));
    }
  } catch (error) {
    if (!isKubemendError(error, "Forbidden")) throw error;
    return skipped(check, "you may not create subjectaccessreviews.authorization.k8s.io");
  }
  if (missing.length === 0) return passed(check, `${user} has all ${questions.length} of them`);
  const more = missing.length > SHOWN ? `, and ${missing.length - SHOWN} more` : "";
  const what = missing.slice(0, SHOWN).map(describe).join("; ");
  return failed(
    check,
    `${user} lacks: ${what}${more}`,
    "install the chart again with what `kubemend validate FILE --chart-values` prints, or kubectl apply what --rbac prints",
  );
}

function toQuestions(
  namespace: string | null,
  { apiGroups, resources, resourceNames, verbs }: Permission,
): readonly Question[] {
  const names = resourceNames ?? [undefined];
  return apiGroups.flatMap((group) =>
    resources.flatMap((written) =>
      verbs.flatMap((verb) =>
        names.map((name) => {
          const [resource = "", subresource] = written.split("/");
          return {
            group,
            resource,
            verb,
            ...(namespace === null ? {} : { namespace }),
            ...(subresource === undefined ? {} : { subresource }),
            ...(name === undefined ? {} : { name }),
          };
        }),
      ),
    ),
  );
}

const GROUPS = ["system:authenticated", "system:serviceaccounts"];

async function isAllowed(
  client: KubernetesClient,
  user: string,
  resourceAttributes: Question,
  signal: AbortSignal,
): Promise<boolean> {
  const groups = user.startsWith("system:serviceaccount:") ? GROUPS : GROUPS.slice(0, 1);
  const { status } = await client.request<{ readonly status: { readonly allowed: boolean } }>({
    method: "POST",
    path: REVIEWS,
    body: { spec: { user, groups, resourceAttributes } },
    signal,
  });
  return status.allowed;
}

function describe({ verb, group, resource, subresource, namespace, name }: Question): string {
  const what = [resource, ...(subresource === undefined ? [] : [subresource])].join("/");
  const full = group === "" ? what : `${what}.${group}`;
  const which = name === undefined ? "" : ` ${name}`;
  return `${verb} ${full}${which}${namespace === undefined ? "" : ` in ${namespace}`}`;
}
