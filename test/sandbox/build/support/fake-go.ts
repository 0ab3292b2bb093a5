import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SCRIPT = `#!/bin/sh
echo "$*" >> "$FAKE_GO_LOG"
case "$1" in
env) printf '%s\\n%s\\n%s\\n' "$FAKE_GO_VERSION" "$FAKE_GO_CACHE" "$FAKE_GO_CACHE" ;;
list) seq -f "example.com/module/package%g" "\${FAKE_GO_STALE:-0}" ;;
build)
  names=
  while [ $# -gt 0 ]; do
    case "$1" in
    -o) out=$2; shift ;;
    -ldflags) shift ;;
    *.*/*) names="$names $(basename "\${1%/v[0-9]}")" ;;
    esac
    shift
  done
  case "$out" in */) ;; *) names=$(basename "$out"); out=$(dirname "$out")/ ;; esac
  echo "go: downloading example.com/module v1.0.0" >&2
  [ -n "$FAKE_GO_PACKAGES" ] && seq -f "example.com/module/package%g" "$FAKE_GO_PACKAGES" >&2
  for name in $names; do printf half > "$out$name"; done
  [ -n "$FAKE_GO_SLEEP" ] && sh -c "sleep $FAKE_GO_SLEEP; :"
  if [ -n "$FAKE_GO_FAILURE" ]; then echo "$FAKE_GO_FAILURE" >&2; exit 1; fi
  for name in $names; do
    printf '#!/bin/sh\\n' > "$out$name"
    chmod +x "$out$name"
  done ;;
esac
`;

export type FakeGo = {
  readonly environment: NodeJS.ProcessEnv;
  /** The names of the packages that were built, for each call of `go build`. */
  readonly builds: () => readonly (readonly string[])[];
};

/**
 * A fake `go` that writes the output of a build at once; FAKE_GO_* variables make it slow or make it fail, and say how many
 * packages are stale and compiled.
 */
export function createFakeGo(folder: string, version = "go1.26.3"): FakeGo {
  const bin = join(folder, "bin");
  const cache = join(folder, "go-cache");
  const log = join(folder, "go.log");
  mkdirSync(bin, { recursive: true });
  // The modules seem to be downloaded, so that the test does not need 4.5 GiB of disk space.
  mkdirSync(join(cache, "k8s.io", "kubernetes@v1.36.3"), { recursive: true });
  writeFileSync(join(bin, "go"), SCRIPT);
  chmodSync(join(bin, "go"), 0o755);
  return {
    environment: {
      PATH: `${bin}:/usr/bin:/bin`,
      FAKE_GO_LOG: log,
      FAKE_GO_CACHE: cache,
      FAKE_GO_VERSION: version,
    },
    builds: () =>
      (existsSync(log) ? readFileSync(log, "utf8") : "")
        .split("\n")
        .filter((line) => line.startsWith("build "))
        .map((line) => line.split(" ").filter((word) => /^[\w.]+\.\w+\/[\w./-]+$/.test(word))),
  };
}
