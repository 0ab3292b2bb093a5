import * as v from "valibot";

/** How a function connects to a cluster, as written: exactly one of the four. */
export type AccessDocument = {
  readonly kubeconfig?: string | undefined;
  readonly secret?: string | undefined;
  readonly parameter?: string | undefined;
  readonly eks?: EksDocument | undefined;
};

/** The output of `aws eks describe-cluster` for a cluster. Nothing in it is secret. */
export type EksDocument = {
  readonly name: string;
  readonly region: string;
  readonly endpoint: string;
  /** PEM in base64, as EKS returns it. */
  readonly certificateAuthorityData: string;
  /** A role to assume first, for a cluster in another account. */
  readonly roleArn?: string | undefined;
};

/** How a function connects to a cluster. */
export type DeclaredAccess =
  /** A kubeconfig file in the function's zip. */
  | { readonly type: "kubeconfig"; readonly path: string }
  /** A secret of Secrets Manager (name or ARN) that contains a kubeconfig. */
  | { readonly type: "secret"; readonly id: string }
  /** A parameter of Systems Manager (name or ARN) that contains a kubeconfig. */
  | { readonly type: "parameter"; readonly name: string }
  /** An EKS cluster, with the function's own AWS identity. */
  | ({ readonly type: "eks" } & EksDocument);

/** The access of the pipeline's own cluster, which each function has in its settings: for changes of another cluster, that one is an other. */
export type OwnAccess = { readonly type: "own" };

const text = v.pipe(v.string("expected text"), v.nonEmpty("is empty"));

const eks = v.object(
  {
    name: v.pipe(text, v.regex(/^[0-9A-Za-z][-\w]{0,99}$/, "is not the name of an EKS cluster")),
    region: v.pipe(text, v.regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, "is not an AWS region")),
    endpoint: v.pipe(
      text,
      v.regex(/^https:\/\/[^\s/]+\/?$/, "is not the https:// address of an API server"),
    ),
    certificateAuthorityData: v.pipe(text, v.regex(/^[A-Za-z0-9+/]+={0,2}$/, "is not base64")),
    roleArn: v.optional(
      v.pipe(text, v.regex(/^arn:[-a-z]+:iam::\d{12}:role\/\S+$/, "is not the ARN of a role")),
    ),
  },
  "expected fields (name, region, endpoint, certificateAuthorityData)",
);

const ONE_OF = "expected one of kubeconfig, secret, parameter, eks";

/** The same for a pipeline's `clusters` and for a function's own cluster (`KUBEMEND_CLUSTER_ACCESS`). */
export const accessSchema: v.GenericSchema<unknown, AccessDocument> = v.pipe(
  v.object(
    {
      kubeconfig: v.optional(text),
      secret: v.optional(text),
      parameter: v.optional(text),
      eks: v.optional(eks),
    },
    ONE_OF,
  ),
  v.minEntries(1, ONE_OF),
  v.maxEntries(1, `${ONE_OF}: only one`),
);

/** The meaning of a document that the schema has accepted. */
export function toDeclaredAccess(document: AccessDocument): DeclaredAccess {
  const { kubeconfig, secret, parameter } = document;
  if (kubeconfig !== undefined) return { type: "kubeconfig", path: kubeconfig };
  if (secret !== undefined) return { type: "secret", id: secret };
  if (parameter !== undefined) return { type: "parameter", name: parameter };
  // The schema accepts exactly one of the four.
  return { type: "eks", ...(document.eks as EksDocument) };
}

/** For people: what the function connects to, without secrets. */
export function describeAccess(access: DeclaredAccess): string {
  switch (access.type) {
    case "kubeconfig":
      return `kubeconfig ${access.path}`;
    case "secret":
      return `secret ${access.id}`;
    case "parameter":
      return `parameter ${access.name}`;
    case "eks":
      return `EKS cluster ${access.name} in ${access.region}`;
  }
}
