import * as v from "valibot";

/** The metadata of a custom resource of Kubemend as the API server sends it. */
export type StoredMetadata = {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly [field: string]: unknown;
};

const text = v.pipe(v.string(), v.nonEmpty());

export const storedMetadataSchema: v.GenericSchema<unknown, StoredMetadata> = v.looseObject({
  name: text,
  namespace: text,
  uid: text,
  resourceVersion: text,
});

/** The name and uid of a cluster, as custom resources keep them. */
export const storedClusterSchema: v.GenericSchema<
  unknown,
  { readonly name: string; readonly uid: string }
> = v.looseObject({ name: text, uid: text });

/** A time in a custom resource: RFC 3339. */
export const storedTime: v.GenericSchema<string, string> = v.pipe(v.string(), v.isoTimestamp());
