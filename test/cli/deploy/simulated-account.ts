import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { writePipelineFile, writeStageFile } from "../setup/stage-file.ts";

const run = promisify(execFile);

/** An account and a cluster in a folder: each thing that a deployment makes is a file, and what is done twice fails as it does there. */
export type SimulatedAccount = Disposable & {
  /** The settings of the stage. */
  readonly settings: string;
  /** The file of the signing keys. */
  readonly keys: string;
  /** With `aws`, `kubectl`, `helm`, `npm` and `node` that work on it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The things that exist. */
  readonly things: () => readonly string[];
  readonly make: (thing: string) => void;
  readonly take: (thing: string) => void;
  /** Runs a shell script there. */
  readonly runScript: (text: string) => Promise<void>;
};

/** Everything that a deployment makes, sorted. */
export const DEPLOYED: readonly string[] = [
  "association",
  "entry-Normalize",
  "entry-Remediate",
  "entry-Sweep",
  "entry-Transfer",
  "keys",
  "namespace",
  "release",
  "secret",
  "stack",
];

export function simulateAccount(): SimulatedAccount {
  const folder = temporaryFolder();
  const [bin, state] = [join(folder.path, "bin"), join(folder.path, "state")];
  mkdirSync(bin);
  mkdirSync(state);
  const settings = writeStageFile(folder.path);
  writePipelineFile(folder.path);
  writeFileSync(
    join(folder.path, "values.yaml"),
    "image: { repository: registry.invalid/relay }\n",
  );
  const keys = join(folder.path, "signing-keys");
  writeFileSync(keys, `${"k".repeat(64)}\n`);
  for (const name of ["npm", "aws", "kubectl", "helm", "node"]) {
    writeFileSync(join(bin, name), `#!/bin/sh\ncd '${state}'\nline="${name} $*"\n${ANSWERS}`);
    chmodSync(join(bin, name), 0o755);
  }
  const environment = { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
  return {
    settings,
    keys,
    environment,
    things: () => readdirSync(state).toSorted(),
    make: (thing) => writeFileSync(join(state, thing), ""),
    take: (thing) => rmSync(join(state, thing)),
    async runScript(text) {
      const script = join(folder.path, "script.sh");
      writeFileSync(script, text);
      await run("sh", [script], { env: { ...process.env, ...environment } });
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Shell functions: `make` fails if the thing exists already, `take` if it does not, and `has` says whether it does. */
const ANSWERS = `
case " $* " in *" - "*) cat >/dev/null;; esac
fail() { printf '%s\\n' "$1: $line" >&2; exit 254; }
has() { [ -e "$1" ]; }
make() { has "$1" && fail "exists already"; : > "$1"; }
take() { has "$1" || fail "does not exist"; rm "$1"; }
find() { if has "$1"; then echo "$2"; fi; }
role() { case "$line" in *Normalize*) r=Normalize;; *Remediate*) r=Remediate;; *Transfer*) r=Transfer;; *Sweep*) r=Sweep;; *) r=Relay;; esac; }
role
arn="arn:aws:iam::111122223333:role/kubemend-prod-\${r}Role-1"
case "$line" in
  "kubectl config view"*) echo https://shop.invalid;;
  "kubectl get statefulset "*) find release https://sqs.eu-central-1.amazonaws.com/1/kubemend-prod-changes.fifo;;
  "kubectl get secret "*) find secret secret/kubemend-signing-keys;;
  "aws "*describe-cluster*endpoint*) echo https://shop.invalid;;
  "aws "*describe-cluster*authenticationMode*) echo API;;
  "aws "*get-secret-value*) has keys || fail "does not exist"; echo the-stored-keys;;
  "npm "*"run deploy"*) : > stack;;
  "npm "*"run remove"*) take stack;;
  "aws "*describe-stacks*--stack-name*) has stack || fail "does not exist"; echo "$arn";;
  "aws "*describe-stacks*".StackName"*) find stack kubemend-prod;;
  "aws "*describe-stacks*) find stack "$arn";;
  "aws "*list-access-entries*) find "entry-$r" "$arn";;
  "aws "*create-access-entry*) make "entry-$r";;
  "aws "*update-access-entry*) has "entry-$r" || fail "does not exist";;
  "aws "*delete-access-entry*) take "entry-$r";;
  "aws "*list-pod-identity-associations*) find association a-1;;
  "aws "*create-pod-identity-association*) make association;;
  "aws "*update-pod-identity-association*) has association || fail "does not exist";;
  "aws "*delete-pod-identity-association*) take association;;
  "aws "*list-secrets*) find keys kubemend-prod/signing-keys;;
  "aws "*put-secret-value*) has keys || fail "does not exist";;
  "aws "*create-secret*) make keys;;
  "aws "*delete-secret*) take keys;;
  "kubectl create namespace"*) : > namespace;;
  "kubectl create secret"*) has namespace || fail "no namespace"; : > secret;;
  "kubectl delete secrets"*pending*) rm -f pending;;
  "kubectl get secrets"*pending*) find pending secret/sh.helm.release.v1.kubemend.v1;;
  "kubectl wait"*) fail "timed out";;
  "kubectl delete secret "*) rm -f secret;;
  "kubectl delete namespace"*) rm -f namespace secret;;
  "helm upgrade"*) has pending && fail "another operation is in progress"; has secret || fail "no Secret"; : > release;;
  "helm uninstall"*) rm -f release pending;;
esac
`;
