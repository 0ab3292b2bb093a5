import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { toClientOptions } from "./aws-client-options.ts";
import { toCredentialError } from "./errors.ts";
import type { AwsCredentials } from "./sign-eks-token.ts";

/** The shortest that STS gives; a token signed with them lives no longer, so each token gets credentials of its own. */
const DURATION_SECONDS = 900;

/**
 * Credentials of another role. Throws `CredentialDenied`, `CredentialThrottled` or `CredentialUnreachable`, all temporary.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export async function assumeRole(
  roleArn: string,
  region: string,
): Promise<AwsCredentials & { readonly expiration: Date }> {
  const client = new STSClient({ ...toClientOptions(""), region });
  try {
    const { Credentials: credentials } = await client.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: "kubemend",
        DurationSeconds: DURATION_SECONDS,
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
      throw new Error("the answer holds no credentials");
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  } catch (error) {
    throw toCredentialError(error, {
      about: `role ${roleArn}`,
      right: "sts:AssumeRole on it, and let its trust policy name that role",
      endpointVariable: "AWS_ENDPOINT_URL_STS",
    });
  } finally {
    client.destroy();
  }
}
