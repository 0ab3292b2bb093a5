import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { KubemendError } from "../../core/errors.ts";
import type { EksDocument } from "../../core/pipeline/declared-access.ts";
import type { LoadedAccess } from "./cached-access.ts";
import { toCredentialError } from "./errors.ts";
import { EKS_TOKEN_LIFE_MS, signEksToken, type AwsCredentials } from "./sign-eks-token.ts";

/** Credentials are not used in their last minute: a request takes time. */
const EXPIRY_MARGIN_MS = 60_000;

/** Access to an EKS cluster with the function's own AWS identity, or with a role that it assumes. Throws a KubemendError. */
export async function loadEksAccess(eks: EksDocument, nowMs: number): Promise<LoadedAccess> {
  const { name: cluster, region, endpoint, certificateAuthorityData } = eks;
  const ca = Buffer.from(certificateAuthorityData, "base64").toString("utf8");
  if (!ca.includes("-----BEGIN ")) {
    throw new KubemendError(
      "InvalidConfiguration",
      `EKS cluster ${cluster}: certificateAuthorityData is not base64-encoded PEM`,
      { retryable: false },
    );
  }
  const credentials = await readCredentials(eks);
  const token = await signEksToken({ cluster, region, credentials, nowMs });
  const endMs = (credentials.expiration?.getTime() ?? Infinity) - EXPIRY_MARGIN_MS;
  return {
    access: { server: new URL(endpoint), ca, token, insecureSkipVerify: false },
    expiresAtMs: Math.min(nowMs + EKS_TOKEN_LIFE_MS, endMs),
  };
}

async function readCredentials(
  eks: EksDocument,
): Promise<AwsCredentials & { readonly expiration?: Date | undefined }> {
  if (eks.roleArn !== undefined) {
    const { assumeRole } = await import("./assume-role.ts");
    return assumeRole(eks.roleArn, eks.region);
  }
  try {
    return await defaultProvider()();
  } catch (error) {
    throw toCredentialError(error, {
      about: `AWS credentials for EKS cluster ${eks.name}`,
      right: "credentials of its own",
      endpointVariable: "the credentials chain",
    });
  }
}
