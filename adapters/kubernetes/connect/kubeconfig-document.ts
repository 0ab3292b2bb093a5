import * as v from "valibot";
import { KubemendError } from "../../../core/errors.ts";

export type Cluster = {
  readonly server: string;
  readonly "certificate-authority"?: string | undefined;
  readonly "certificate-authority-data"?: string | undefined;
  readonly "insecure-skip-tls-verify"?: boolean | undefined;
  readonly "tls-server-name"?: string | undefined;
};

export type User = {
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly "client-certificate"?: string | undefined;
  readonly "client-certificate-data"?: string | undefined;
  readonly "client-key"?: string | undefined;
  readonly "client-key-data"?: string | undefined;
};

const optionalText = v.optional(v.string());
const clusterSchema: v.GenericSchema<unknown, Cluster> = v.looseObject({
  server: v.string(),
  "certificate-authority": optionalText,
  "certificate-authority-data": optionalText,
  "insecure-skip-tls-verify": v.optional(v.boolean()),
  "tls-server-name": optionalText,
});
const userSchema: v.GenericSchema<unknown, User> = v.looseObject({
  token: optionalText,
  tokenFile: optionalText,
  "client-certificate": optionalText,
  "client-certificate-data": optionalText,
  "client-key": optionalText,
  "client-key-data": optionalText,
});
const kubeconfigSchema = v.looseObject({
  "current-context": optionalText,
  clusters: v.array(v.looseObject({ name: v.string(), cluster: clusterSchema })),
  contexts: v.array(
    v.looseObject({
      name: v.string(),
      context: v.looseObject({ cluster: v.string(), user: optionalText }),
    }),
  ),
  users: v.optional(
    v.nullable(v.array(v.looseObject({ name: v.string(), user: v.nullable(userSchema) }))),
  ),
});
type Kubeconfig = v.InferOutput<typeof kubeconfigSchema>;

/** Methods that need another program or protocol: refused by name, never ignored. */
const UNSUPPORTED_USER = [
  "exec",
  "auth-provider",
  "username",
  "password",
  "as",
  "as-groups",
  "as-uid",
  "as-user-extra",
];
const UNSUPPORTED_CLUSTER = ["proxy-url"];

/**
 * The cluster and the user of the current context. Throws `InvalidConfiguration` (terminal) if the document is not a kubeconfig, the
 * context is incomplete, or one of its fields is not supported.
 */
export function readContext(document: unknown, source: string): { cluster: Cluster; user: User } {
  const { cluster, user } = pickContext(parseKubeconfig(document, source), source);
  refuseUnsupported(cluster, UNSUPPORTED_CLUSTER, source);
  refuseUnsupported(user, UNSUPPORTED_USER, source);
  return { cluster, user };
}

function parseKubeconfig(document: unknown, source: string): Kubeconfig {
  const result = v.safeParse(kubeconfigSchema, document);
  if (result.success) return result.output;
  const problems = result.issues.slice(0, 3).map((issue) => {
    const path = v.getDotPath(issue);
    const problem = issue.received === "undefined" ? "is missing" : `expected ${issue.expected}`;
    return path === null ? problem : `${path}: ${problem}`;
  });
  throw invalidKubeconfig(source, problems.join("; "));
}

function pickContext(config: Kubeconfig, source: string): { cluster: Cluster; user: User } {
  const name = config["current-context"] ?? "";
  if (name === "")
    throw invalidKubeconfig(source, "current-context is not set: name the context to use");
  const context = config.contexts.find((entry) => entry.name === name)?.context;
  if (context === undefined) {
    throw invalidKubeconfig(source, `current-context ${name} is not among its contexts`);
  }
  const cluster = config.clusters.find((entry) => entry.name === context.cluster)?.cluster;
  if (cluster === undefined) {
    throw invalidKubeconfig(
      source,
      `context ${name} names cluster ${context.cluster}, which does not exist`,
    );
  }
  const user = config.users?.find((entry) => entry.name === context.user);
  if (context.user !== undefined && user === undefined) {
    throw invalidKubeconfig(
      source,
      `context ${name} names user ${context.user}, which does not exist`,
    );
  }
  return { cluster, user: user?.user ?? {} };
}

function refuseUnsupported(
  value: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  source: string,
): void {
  const found = fields.find((field) => Object.hasOwn(value, field));
  if (found === undefined) return;
  throw invalidKubeconfig(
    source,
    `${found} is not supported here: use a token, a tokenFile or a client certificate`,
  );
}

/** `source` names the kubeconfig. */
export function invalidKubeconfig(source: string, what: string, cause?: unknown): KubemendError {
  return new KubemendError("InvalidConfiguration", `${source}: ${what}`, {
    retryable: false,
    cause,
  });
}
