import { KubemendError } from "../../../core/errors.ts";
import type { ObjectAddress, OperationOutcome } from "../../../core/operations/operation.ts";
import { toApiVersion } from "../../../core/references/api-version.ts";

type Done = Extract<OperationOutcome, { readonly outcome: "done" }>;

/** The operation is carried out, on the object with this uid. */
export function toDone(target: ObjectAddress, uid: string): Done {
  const { kind, namespace, name } = target;
  return {
    outcome: "done",
    object: { apiVersion: toApiVersion(target), kind, namespace, name, uid },
  };
}

/** The same refusal as one that may pass, because another writer was quicker: the operation is tried again. */
export function toTemporary(refusal: KubemendError): KubemendError {
  const { message, brief } = refusal;
  return new KubemendError("Conflict", message, { retryable: true, cause: refusal, brief });
}
