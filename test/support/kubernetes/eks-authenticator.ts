import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { computeSignature } from "../aws/presigned-request.ts";

/** Validity of a token from its date: https://github.com/kubernetes-sigs/aws-iam-authenticator */
const TOKEN_LIFE_MS = 15 * 60_000;

/** An access entry: an AWS identity, and its user name in the cluster. */
export type AccessEntry = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly username: string;
};

export type EksAuthenticator = AsyncDisposable & {
  /** Flags for the API server, so that it sends TokenReviews as EKS does. */
  readonly flags: readonly string[];
  /** All access entries. */
  readonly entries: AccessEntry[];
  /** The verdict on each token. */
  readonly verdicts: string[];
};

/**
 * The authenticator of EKS: a token webhook that parses the token, and answers with the identity's user name. STS's part, the
 * check of the signature, is done here as well.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication
 */
export async function startEksAuthenticator(options: {
  readonly clusterName: string;
  readonly region: string;
  /** File to which the API server's configuration of the webhook is written. */
  readonly file: string;
}): Promise<EksAuthenticator> {
  const entries: AccessEntry[] = [];
  const verdicts: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as {
        readonly spec: { readonly token: string };
      };
      const verdict = judge(review.spec.token, entries, options);
      verdicts.push(verdict.outcome === "known" ? verdict.username : verdict.reason);
      const status =
        verdict.outcome === "known"
          ? { authenticated: true, user: { username: verdict.username } }
          : { authenticated: false };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", status }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "a", cluster: { server: `http://127.0.0.1:${port}/` } }],
    users: [{ name: "a", user: {} }],
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    "current-context": "a",
  };
  writeFileSync(options.file, JSON.stringify(config));
  return {
    flags: [
      `--authentication-token-webhook-config-file=${options.file}`,
      "--authentication-token-webhook-version=v1",
      "--authentication-token-webhook-cache-ttl=0s",
    ],
    entries,
    verdicts,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Verdict =
  | { readonly outcome: "known"; readonly username: string }
  | { readonly outcome: "unknown"; readonly reason: string };

function judge(
  token: string,
  entries: readonly AccessEntry[],
  { clusterName, region }: { readonly clusterName: string; readonly region: string },
): Verdict {
  const unknown = (reason: string): Verdict => ({ outcome: "unknown", reason });
  const [, encoded] = /^k8s-aws-v1\.([-\w]+)$/.exec(token) ?? [];
  if (encoded === undefined) return unknown("no token of EKS");
  const url = new URL(Buffer.from(encoded, "base64url").toString());
  if (url.host !== `sts.${region}.amazonaws.com`) return unknown(`not STS but ${url.host}`);
  if (url.searchParams.get("Action") !== "GetCallerIdentity") return unknown("another action");
  const expires = Number(url.searchParams.get("X-Amz-Expires"));
  if (!(expires > 0 && expires <= 900)) return unknown("expires too late");
  const [accessKeyId] = (url.searchParams.get("X-Amz-Credential") ?? "").split("/");
  const entry = entries.find((one) => one.accessKeyId === accessKeyId);
  if (entry === undefined) return unknown(`no access entry for ${accessKeyId}`);
  const signature = computeSignature(url, entry.secretAccessKey, clusterName);
  if (url.searchParams.get("X-Amz-Signature") !== signature) return unknown("signature");
  const ageMs = Date.now() - toTimeMs(url.searchParams.get("X-Amz-Date") ?? "");
  if (!(ageMs < TOKEN_LIFE_MS)) return unknown("too old");
  return { outcome: "known", username: entry.username };
}

/** Parses `20260102T030405Z`, AWS's format of times. */
function toTimeMs(text: string): number {
  return Date.parse(
    text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
}
