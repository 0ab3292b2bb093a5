import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import {
  applyCopyStatus,
  createCopy,
  deleteCopy,
  updateCopy,
  type AppliedObject,
} from "../../../adapters/kubernetes/mirror/write-copy.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { ObjectAddress } from "../../../core/operations/operation.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { API_SERVERS, startApiServer } from "../../support/kubernetes/api-server.ts";
import { installThings } from "../../support/mirror/things.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

type Metadata = { readonly uid: string; readonly resourceVersion: string };
type Case = {
  readonly target: Omit<ObjectAddress, "name">;
  readonly toFields: (value: string) => Readonly<Record<string, unknown>>;
};

const CASES: readonly Case[] = [
  {
    target: {
      group: "",
      version: "v1",
      resource: "configmaps",
      kind: "ConfigMap",
      namespace: "default",
    },
    toFields: (value) => ({ data: { value } }),
  },
  {
    target: {
      group: "example.com",
      version: "v1",
      resource: "things",
      kind: "Thing",
      namespace: "default",
    },
    toFields: (value) => ({ spec: { value } }),
  },
];

describe.each(API_SERVERS)("the writes of a mirror on Kubernetes %s", (version) => {
  const folder = temporaryFolder();
  let controlPlane: ControlPlane;
  let client: KubernetesClient;

  beforeAll(async () => {
    controlPlane = await startApiServer(version, folder.path);
    client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
    await installThings(client, ["v1"]);
  });

  afterAll(async () => {
    await client?.close();
    await controlPlane?.stop();
    folder[Symbol.dispose]();
  });

  const read = async (target: ObjectAddress): Promise<Record<string, unknown> | undefined> => {
    try {
      return await client.request({ method: "GET", path: toResourcePath(target) });
    } catch (error) {
      if (isKubemendError(error, "NotFound")) return undefined;
      throw error;
    }
  };

  for (const { target: collection, toFields } of CASES) {
    describe(`of ${collection.resource}`, () => {
      const at = (name: string): ObjectAddress => ({ ...collection, name });
      const toManifest = (name: string, value: string): AppliedObject => ({
        apiVersion:
          collection.group === ""
            ? collection.version
            : `${collection.group}/${collection.version}`,
        kind: collection.kind,
        metadata: { name, namespace: "default" },
        ...toFields(value),
      });
      const create = async (name: string, value = "1"): Promise<Metadata> => {
        const written = await createCopy({ client, target: at(name) }, toManifest(name, value));
        if (written.outcome !== "written") throw new Error(written.outcome);
        return written.object.metadata as unknown as Metadata;
      };

      it("create an object only if there is none of its name, even with the same content", async () => {
        const { uid } = await create("only-once");
        for (const value of ["1", "2"]) {
          const again = createCopy(
            { client, target: at("only-once") },
            toManifest("only-once", value),
          );
          expect(await again).toEqual({ outcome: "lost" });
        }
        expect(await read(at("only-once"))).toMatchObject({ metadata: { uid }, ...toFields("1") });
      });

      it("update the state that was read, and no newer one", async () => {
        const first = await create("newer");
        const update = (live: Metadata, value: string) =>
          updateCopy(
            { client, target: at("newer") },
            { manifest: toManifest("newer", value), live, force: true },
          );
        expect(await update(first, "2")).toMatchObject({ outcome: "written" });
        expect(await update(first, "3")).toEqual({ outcome: "lost" });
        expect(await read(at("newer"))).toMatchObject(toFields("2"));
      });

      it("neither create again an object that is gone nor touch its successor", async () => {
        const first = await create("gone");
        expect(await deleteCopy({ client, target: at("gone") }, first)).toBe(true);
        const update = () =>
          updateCopy(
            { client, target: at("gone") },
            { manifest: toManifest("gone", "2"), live: first, force: true },
          );
        expect(await update()).toEqual({ outcome: "lost" });
        expect(await read(at("gone"))).toBeUndefined();
        const next = await create("gone", "3");
        expect(await update()).toEqual({ outcome: "lost" });
        expect(await deleteCopy({ client, target: at("gone") }, first)).toBe(false);
        expect(await read(at("gone"))).toMatchObject({
          metadata: { uid: next.uid },
          ...toFields("3"),
        });
      });

      it("leave fields of other managers alone unless they are to be taken over", async () => {
        await create("contested");
        const path = toResourcePath(at("contested"));
        const body = toFields("theirs");
        await client.request({
          method: "PATCH",
          path,
          query: { fieldManager: "somebody" },
          contentType: "application/merge-patch+json",
          body,
        });
        const update = async (force: boolean) => {
          const live = (await read(at("contested")))?.["metadata"] as Metadata;
          const manifest = toManifest("contested", "ours");
          return updateCopy({ client, target: at("contested") }, { manifest, live, force });
        };
        expect(await update(false)).toMatchObject({ outcome: "contested" });
        expect(await read(at("contested"))).toMatchObject(toFields("theirs"));
        expect(await update(true)).toMatchObject({ outcome: "written" });
        expect(await read(at("contested"))).toMatchObject(toFields("ours"));
      });

      it("refuse fields that the kind does not have, for good", async () => {
        const manifest = { ...toManifest("unknown", "1"), nope: { a: 1 } };
        await expect(createCopy({ client, target: at("unknown") }, manifest)).rejects.toMatchObject(
          {
            code: "UnknownField",
            retryable: false,
          },
        );
        expect(await read(at("unknown"))).toBeUndefined();
      });

      it("say that the namespace does not exist", async () => {
        const target = { ...at("homeless"), namespace: "nowhere" };
        const manifest = {
          ...toManifest("homeless", "1"),
          metadata: { name: "homeless", namespace: "nowhere" },
        };
        await expect(createCopy({ client, target }, manifest)).rejects.toMatchObject({
          code: "NotFound",
        });
      });
    });
  }

  it("write the status through its subresource", async () => {
    const [, things] = CASES;
    if (things === undefined) throw new Error("there are no things");
    const target = { ...things.target, name: "status" };
    const manifest = {
      apiVersion: "example.com/v1",
      kind: "Thing",
      metadata: { name: "status", namespace: "default" },
      spec: { value: "1" },
    };
    const created = await createCopy({ client, target }, manifest);
    if (created.outcome !== "written") throw new Error(created.outcome);
    const live = created.object.metadata as unknown as Metadata;
    const status = { ready: "yes" };
    const written = await applyCopyStatus({ client, target }, { status, live });
    expect(written).toMatchObject({ outcome: "written", object: { status, spec: { value: "1" } } });
    expect(await applyCopyStatus({ client, target }, { status, live })).toEqual({
      outcome: "lost",
    });
  });
});
