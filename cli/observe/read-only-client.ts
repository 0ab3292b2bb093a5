import { KubemendError } from "../../core/errors.ts";
import type { KubernetesClient, KubernetesRequest } from "../../adapters/kubernetes/http/client.ts";

/** The same client for reading only: whatever asks it to write is refused before anything is sent. */
export function toReadOnly(client: KubernetesClient): KubernetesClient {
  return {
    server: client.server,
    request: (request) => client.request(onlyRead(request)),
    stream: (request) => client.stream(onlyRead(request)),
    close: () => client.close(),
  };
}

function onlyRead(request: KubernetesRequest): KubernetesRequest {
  if (request.method === "GET") return request;
  const message = `this command writes nothing: ${request.method} ${request.path} was not sent`;
  throw new KubemendError("Internal", message, { retryable: false });
}
