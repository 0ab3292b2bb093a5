/**
 * Writes protobuf exactly as an API server does: empty strings too, and the fields in the order of their numbers. For
 * scripted servers; test/e2e/relay/metadata-watches.test.ts covers the output of a real one.
 */
type Fields = Readonly<Record<string, unknown>>;

/** A length-prefixed frame of a watch. */
export function toFrame(type: string, object: Buffer): Buffer {
  return withLength(Buffer.concat([bytes(1, type), bytes(2, bytes(1, object))]));
}

export function withLength(content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

/** Encodes this object as PartialObjectMetadata. */
export function toPartialObject(object: { readonly metadata: Fields }): Buffer {
  return toEnvelope("meta.k8s.io/v1", "PartialObjectMetadata", toItem(object));
}

export function toPartialList(
  metadata: { readonly resourceVersion: string; readonly continue?: string },
  items: readonly { readonly metadata: Fields }[],
): Buffer {
  const listMeta = [bytes(1, ""), bytes(2, metadata.resourceVersion), bytes(3, metadata.continue)];
  const content = [
    bytes(1, Buffer.concat(listMeta)),
    ...items.map((item) => bytes(2, toItem(item))),
  ];
  return toEnvelope("meta.k8s.io/v1", "PartialObjectMetadataList", Buffer.concat(content));
}

export function toStatus(status: {
  readonly code: number;
  readonly message?: string;
  readonly reason?: string;
  readonly retryAfterSeconds?: number;
}): Buffer {
  const details = Buffer.concat([bytes(1, ""), varint(5, status.retryAfterSeconds ?? 0)]);
  const content = [
    bytes(1, Buffer.alloc(0)),
    bytes(2, "Failure"),
    bytes(3, status.message),
    bytes(4, status.reason),
    ...(status.retryAfterSeconds === undefined ? [] : [bytes(5, details)]),
    varint(6, status.code),
  ];
  return toEnvelope("v1", "Status", Buffer.concat(content));
}

export function toEnvelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const type = Buffer.concat([bytes(1, apiVersion), bytes(2, kind)]);
  const unknown = [bytes(1, type), bytes(2, raw), bytes(3, ""), bytes(4, "")];
  return Buffer.concat([Buffer.from("k8s\0"), ...unknown]);
}

function toItem({ metadata }: { readonly metadata: Fields }): Buffer {
  return bytes(1, toObjectMeta(metadata));
}

function toObjectMeta(metadata: Fields): Buffer {
  const text = (name: string): string => (metadata[name] ?? "") as string;
  const grace = metadata["deletionGracePeriodSeconds"];
  return Buffer.concat([
    bytes(1, text("name")),
    bytes(2, text("generateName")),
    bytes(3, text("namespace")),
    bytes(4, text("selfLink")),
    bytes(5, text("uid")),
    bytes(6, text("resourceVersion")),
    varint(7, Number(metadata["generation"] ?? 0)),
    bytes(8, toTime(metadata["creationTimestamp"]) ?? ""),
    bytes(9, toTime(metadata["deletionTimestamp"])),
    ...(grace === undefined ? [] : [varint(10, Number(grace))]),
    ...toEntries(11, metadata["labels"]),
    ...toEntries(12, metadata["annotations"]),
    ...toList(metadata["ownerReferences"]).map((owner) => bytes(13, toOwner(owner))),
    ...toList(metadata["finalizers"]).map((finalizer) => bytes(14, String(finalizer))),
    ...toList(metadata["managedFields"]).map((entry) => bytes(17, toManaged(entry))),
  ]);
}

function toOwner(owner: unknown): Buffer {
  const { kind, name, uid, apiVersion, controller, blockOwnerDeletion } = owner as Fields;
  return Buffer.concat([
    bytes(1, kind as string),
    bytes(3, name as string),
    bytes(4, uid as string),
    bytes(5, apiVersion as string),
    ...(controller === undefined ? [] : [varint(6, Number(controller))]),
    ...(blockOwnerDeletion === undefined ? [] : [varint(7, Number(blockOwnerDeletion))]),
  ]);
}

function toManaged(entry: unknown): Buffer {
  const { manager, operation, apiVersion, time, fieldsV1 } = entry as Fields;
  return Buffer.concat([
    bytes(1, manager as string),
    bytes(2, operation as string),
    bytes(3, apiVersion as string),
    bytes(4, toTime(time)),
    bytes(6, "FieldsV1"),
    bytes(7, bytes(1, JSON.stringify(fieldsV1 ?? {}))),
    bytes(8, ""),
  ]);
}

function toEntries(field: number, texts: unknown): readonly Buffer[] {
  return Object.entries((texts ?? {}) as Record<string, string>).map(([key, value]) =>
    bytes(field, Buffer.concat([bytes(1, key), bytes(2, value)])),
  );
}

function toTime(time: unknown): Buffer | undefined {
  if (typeof time !== "string") return undefined;
  return Buffer.concat([varint(1, Date.parse(time) / 1000), varint(2, 0)]);
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Writes nothing for an absent value. */
function bytes(field: number, value: string | Buffer | undefined): Buffer {
  if (value === undefined) return Buffer.alloc(0);
  const content = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([toVarint(field * 8 + 2), toVarint(content.length), content]);
}

function varint(field: number, value: number): Buffer {
  return Buffer.concat([toVarint(field * 8), toVarint(value)]);
}

function toVarint(value: number): Buffer {
  const written: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    written.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(written);
}
