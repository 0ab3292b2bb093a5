import { KubemendError } from "../../core/errors.ts";
import { toCredentialError, type AwsCall } from "./errors.ts";

/**
 * Makes one call with a client that is closed afterwards. Throws `CredentialNotFound`, `CredentialDenied`,
 * `CredentialThrottled` or `CredentialUnreachable`, all temporary.
 */
export async function callAws<Client extends { readonly destroy: () => void }, T>(
  client: Client,
  call: AwsCall,
  ask: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    return await ask(client);
  } catch (error) {
    throw toCredentialError(error, call);
  } finally {
    client.destroy();
  }
}

/** The text that a secret or a parameter contains; an empty one is an error for the operator to fix. `content` says what belongs there. */
export function toHeldText(text: string | undefined, about: string, content: string): string {
  if (text !== undefined && text !== "") return text;
  throw new KubemendError("CredentialNotFound", `${about} is empty: put ${content} into it`, {
    retryable: true,
  });
}
