import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SHARD_LABEL, toShard } from "../../../core/records/select-records.ts";
import { toRecord } from "../../core/records/record.ts";
import { isOpen, toSynthetic } from "./records.ts";

/*
 * An API server that has any number of records and keeps none of them: pages are made when they are asked for. Reports its port, and on
 * each message of its parent the requests and bytes since the last one.
 */
const total = Number(process.argv[2]);
const nowMs = Number(process.argv[3]);

const { spec } = toRecord();
const shards = Array.from({ length: total }, (_, index) => {
  const uid = `00000000-0000-4000-8000-${index.toString().padStart(12, "0")}`;
  return toShard({ rule: spec.rule, trigger: { ...spec.trigger, uid } });
});

let requests = 0;
let bytes = 0;

function toPage(query: URLSearchParams): object {
  const limit = Number(query.get("limit") ?? total);
  const label = query.get("labelSelector");
  const isOnlyOpen = query.get("fieldSelector") !== null;
  const items: unknown[] = [];
  let at = Number(query.get("continue") ?? 0);
  for (; at < total && items.length < limit; at += 1) {
    if (label !== null && label !== `${SHARD_LABEL}=${shards[at]}`) continue;
    if (isOnlyOpen && at % 100 !== 0) continue;
    const record = toSynthetic(at, nowMs);
    if (!isOnlyOpen || isOpen(record)) items.push(record);
  }
  const rest = total - at;
  const remaining = label === null && !isOnlyOpen ? { remainingItemCount: rest } : {};
  return { metadata: rest > 0 ? { continue: String(at), ...remaining } : {}, items };
}

const server = createServer((request, response) => {
  const text = JSON.stringify(toPage(new URL(request.url ?? "/", "http://localhost").searchParams));
  requests += 1;
  bytes += Buffer.byteLength(text);
  response.writeHead(200, { "content-type": "application/json" }).end(text);
});
server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on("message", () => {
  process.send?.({ requests, bytes });
  requests = 0;
  bytes = 0;
});
process.on("disconnect", () => process.exit(0));
