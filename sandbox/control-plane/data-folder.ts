import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFolder } from "../../adapters/create-folder.ts";
import { KubemendError } from "../../core/errors.ts";

/** The files of one control plane. Only the user may read them (the folder has mode 0700). */
export type DataFolder = {
  readonly root: string;
  readonly lock: string;
  readonly etcdData: string;
  /** The API server's serving certificate (apiserver.crt, with the CA that signed it) and key. */
  readonly certificates: string;
  readonly caFile: string;
  readonly credentials: string;
  readonly logs: string;
  readonly processes: string;
  readonly port: string;
};

/** Creates the folder and returns the paths in it. Idempotent. Throws StateFolder if it cannot be written. */
export function openDataFolder(root: string): DataFolder {
  const folder: DataFolder = {
    root,
    lock: join(root, "owner.lock"),
    etcdData: join(root, "etcd"),
    certificates: join(root, "certificates"),
    caFile: join(root, "certificates", "apiserver.crt"),
    credentials: join(root, "credentials"),
    logs: join(root, "logs"),
    processes: join(root, "processes.json"),
    port: join(root, "port"),
  };
  try {
    createFolder(root, 0o700);
    for (const sub of [folder.etcdData, folder.certificates, folder.credentials, folder.logs]) {
      createFolder(sub, 0o700);
    }
  } catch (cause) {
    throw new KubemendError(
      "StateFolder",
      `The sandbox's folder ${root} is not writable (${(cause as Error).message}). Choose another folder, or change its owner or mode.`,
      { retryable: false, cause },
    );
  }
  return folder;
}

/** sun_path: 108 bytes on Linux, 104 on macOS, with the final zero. */
const SOCKET_PATH_BYTES = 100;

/** A folder for etcd's sockets: in the data folder, or, if that path is too long for a socket, a private temporary folder. */
export function createSocketFolder(folder: DataFolder): { readonly path: string } & Disposable {
  const inside = join(folder.root, "run");
  if (Buffer.byteLength(join(inside, "client")) <= SOCKET_PATH_BYTES) {
    rmSync(inside, { recursive: true, force: true });
    mkdirSync(inside, { mode: 0o700 });
    return {
      path: inside,
      [Symbol.dispose]: () => rmSync(inside, { recursive: true, force: true }),
    };
  }
  const outside = mkdtempSync(join(tmpdir(), "kubemend-"));
  return {
    path: outside,
    [Symbol.dispose]: () => rmSync(outside, { recursive: true, force: true }),
  };
}

/** The port of the previous start. Reusing it keeps a kubeconfig that is in use in a shell valid. */
export function readLastPort(folder: DataFolder): number | undefined {
  if (!existsSync(folder.port)) return undefined;
  const port = Number(readFileSync(folder.port, "utf8"));
  return Number.isInteger(port) && port > 1023 && port < 65_536 ? port : undefined;
}

export function writePort(folder: DataFolder, port: number): void {
  writeFileSync(folder.port, `${port}\n`);
}
