import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { applyJobCommand } from "../../../cli/apply-job/command.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

/** Runs the command with a kubeconfig that no cluster is behind. */
async function run(flags: readonly string[], text = "kind: ConfigMap\napiVersion: v1\n") {
  using folder = temporaryFolder();
  const file = join(folder.path, "job.yaml");
  writeFileSync(file, text);
  const kubeconfig = join(folder.path, "kubeconfig");
  writeFileSync(kubeconfig, "apiVersion: v1\nkind: Config\n");
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const command = applyJobCommand().exitOverride();
  const all = ["--kubeconfig", kubeconfig, "-n", "shop", ...flags];
  try {
    await command.parseAsync(
      all.map((flag) => (flag === "FILE" ? file : flag)),
      { from: "user" },
    );
  } finally {
    vi.restoreAllMocks();
  }
}

test("what to do about a running Job is refused with a policy that never replaces one", async () => {
  await expect(run(["--policy", "skip", "--running", "replace", "FILE"])).rejects.toThrow(
    /--running has an effect only with --policy recreate/,
  );
});

test("files may be named as in kubectl", async () => {
  await expect(run(["--policy", "skip", "-f", "FILE"])).rejects.toThrow(/job\.yaml is ConfigMap/);
});

test("without a file it says what is missing", async () => {
  await expect(run(["--policy", "skip"])).rejects.toThrow(/name the files that have the Jobs/);
});

test.each(["5m", "1h30m", "90"])("--timeout %s is a time", async (time) => {
  await expect(run(["--policy", "skip", "--timeout", time, "FILE"])).rejects.toThrow(/ConfigMap/);
});

test("--timeout soon is none", async () => {
  await expect(run(["--policy", "skip", "--timeout", "soon", "FILE"])).rejects.toThrow(
    /expected seconds above 0, or a duration such as 5m/,
  );
});

test("a template of Helm has to be rendered before", async () => {
  const text = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ .Release.Name }}-migrate\n";
  await expect(run(["--policy", "skip", "FILE"], text)).rejects.toThrow(/helm template/);
});
