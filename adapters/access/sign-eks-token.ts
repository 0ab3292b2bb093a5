import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";

export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** What the presigned request says of itself; the authenticator counts 15 minutes from its date. */
const EXPIRES_SECONDS = 60;

/** How long a token is used: its 15 minutes, less one for clocks that differ. */
export const EKS_TOKEN_LIFE_MS: number = 14 * 60_000;

/**
 * A bearer token for an EKS cluster: a request to STS that asks who its sender is, signed and not sent. The cluster sends it, and
 * so learns the identity. No right in IAM is needed. It is as good as a password, for 15 minutes.
 * @see https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
export async function signEksToken(request: {
  readonly cluster: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** ms since the epoch. */
  readonly nowMs: number;
}): Promise<string> {
  const { cluster, region, credentials, nowMs } = request;
  const host = toStsHost(region);
  const signer = new SignatureV4({ service: "sts", region, credentials, sha256: Sha256 });
  const signed = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname: host,
      path: "/",
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
      // It is signed and no part of the token: the cluster adds its own name, and a token for another one does not verify.
      headers: { host, "x-k8s-aws-id": cluster },
    },
    { signingDate: new Date(nowMs), expiresIn: EXPIRES_SECONDS },
  );
  const query = new URLSearchParams(signed.query as Record<string, string>);
  const url = `https://${host}/?${query.toString()}`;
  return `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`;
}

/** The authenticator takes only STS's own regional addresses, so no setting of the SDK counts here. */
function toStsHost(region: string): string {
  return `sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
