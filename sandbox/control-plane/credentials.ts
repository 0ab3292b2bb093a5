import { generateKeyPairSync, randomBytes, X509Certificate } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DataFolder } from "./data-folder.ts";

export type Credentials = {
  /** Belongs to a user in system:masters. */
  readonly adminToken: string;
  readonly controllerManagerToken: string;
  readonly schedulerToken: string;
  readonly kwokToken: string;
  /** For --token-auth-file. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file */
  readonly tokenFile: string;
  /** Signs and verifies ServiceAccount tokens. */
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
};

const newToken = (): string => randomBytes(32).toString("base64url");

/** New random tokens at each start. The ServiceAccount key pair is kept, so that the tokens of pods and functions stay valid. */
export function writeCredentials(folder: DataFolder): Credentials {
  const credentials: Credentials = {
    adminToken: newToken(),
    controllerManagerToken: newToken(),
    schedulerToken: newToken(),
    kwokToken: newToken(),
    tokenFile: join(folder.credentials, "tokens.csv"),
    serviceAccountKey: join(folder.credentials, "service-account.key"),
    serviceAccountPublicKey: join(folder.credentials, "service-account.pub"),
  };
  // token,user,uid,"groups": the users to which the API server binds its built-in roles.
  const lines = [
    `${credentials.adminToken},sandbox-admin,sandbox-admin,"system:masters"`,
    `${credentials.controllerManagerToken},system:kube-controller-manager,kube-controller-manager,`,
    `${credentials.schedulerToken},system:kube-scheduler,kube-scheduler,`,
    `${credentials.kwokToken},sandbox-kwok,sandbox-kwok,"system:masters"`,
  ];
  writeFileSync(credentials.tokenFile, `${lines.join("\n")}\n`, { mode: 0o600 });
  ensureKeyPair(credentials);
  return credentials;
}

function ensureKeyPair({ serviceAccountKey, serviceAccountPublicKey }: Credentials): void {
  if (existsSync(serviceAccountKey) && existsSync(serviceAccountPublicKey)) return;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(serviceAccountKey, privateKey.export({ type: "sec1", format: "pem" }), {
    mode: 0o600,
  });
  writeFileSync(serviceAccountPublicKey, publicKey.export({ type: "spki", format: "pem" }), {
    mode: 0o600,
  });
}

const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;

/** The API server signs its own certificate for a year and never renews it: removes one that expires soon or cannot be read. */
export function dropOldCertificate(folder: DataFolder, nowMs: number): void {
  if (!existsSync(folder.caFile)) return;
  if (endsAfter(folder.caFile, nowMs + RENEW_BEFORE_MS)) return;
  rmSync(folder.caFile);
  rmSync(folder.caFile.replace(/\.crt$/, ".key"), { force: true });
}

function endsAfter(file: string, atMs: number): boolean {
  try {
    return new X509Certificate(readFileSync(file)).validToDate.getTime() > atMs;
  } catch {
    return false;
  }
}
