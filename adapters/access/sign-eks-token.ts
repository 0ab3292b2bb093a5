import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";

export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** Expiry that the presigned request declares; the authenticator ignores it and accepts 15 minutes from the request's date. */
const EXPIRES_SECONDS = 60;

/** How long a token is used: its 15 minutes, less one minute for clock skew. */
export const EKS_TOKEN_LIFE_MS: number = 14 * 60_000;

/**
 * A bearer token for an EKS cluster: a GetCallerIdentity request to STS that is signed but not sent. The cluster sends it to learn
 * the identity. No IAM permission is needed. For 15 minutes the token is as sensitive as a password.
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
      // This header is signed but not part of the token: the cluster adds its own name, so a token for another cluster does not verify.
      headers: { host, "x-k8s-aws-id": cluster },
    },
    { signingDate: new Date(nowMs), expiresIn: EXPIRES_SECONDS },
  );
  const query = new URLSearchParams(signed.query as Record<string, string>);
  const url = `https://${host}/?${query.toString()}`;
  return `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`;
}

/** The authenticator accepts only STS's own regional addresses, so no endpoint setting of the SDK applies here. */
function toStsHost(region: string): string {
  return `sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
