import { expect, it } from "vitest";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import { createRecordStore } from "../../../../adapters/kubernetes/remediation/records.ts";
import type { RecordStatus } from "../../../../events/remediation.ts";
import { toRecord } from "../../../core/records/record.ts";

async function save(before: RecordStatus, status: RecordStatus): Promise<KubernetesRequest[]> {
  const requests: KubernetesRequest[] = [];
  const request = async (asked: KubernetesRequest) => {
    requests.push(asked);
    return asked.body;
  };
  const client = { request } as unknown as KubernetesClient;
  await createRecordStore({ client, namespace: "kubemend" }).saveStatus(toRecord(before), status);
  return requests;
}

it("lets the API server refuse the number of a new question if it does not know the field", async () => {
  const ended = { phase: "Expired", reason: "Paused" } as const;
  const reopened = { phase: "Pending", question: 2 } as const;
  expect(await save(ended, reopened)).toMatchObject([{ query: { fieldValidation: "Strict" } }]);
  const [later] = await save(reopened, { ...reopened, phase: "Running" });
  expect(later?.query).toBeUndefined();
});
