import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { KubemendError } from "../../core/errors.ts";
import { toClientOptions } from "./aws-client-options.ts";
import { toCredentialError } from "./errors.ts";

/**
 * The text of a secret's current version. Throws `CredentialNotFound`, `CredentialDenied`, `CredentialThrottled` or
 * `CredentialUnreachable`, all temporary.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export async function readSecret(id: string): Promise<string> {
  const about = `secret ${id}`;
  const client = new SecretsManagerClient(toClientOptions(id));
  try {
    const { SecretString, SecretBinary } = await client.send(
      new GetSecretValueCommand({ SecretId: id }),
    );
    const text = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString("utf8"));
    if (text !== undefined && text !== "") return text;
    throw new KubemendError("CredentialNotFound", `${about} is empty: put a kubeconfig into it`, {
      retryable: true,
    });
  } catch (error) {
    throw toCredentialError(error, {
      about,
      right: "secretsmanager:GetSecretValue",
      endpointVariable: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    });
  } finally {
    client.destroy();
  }
}
