import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { kubemend } from "../support/host/kubemend.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the kubemend command", () => {
  test.each([
    [["--help"]],
    [["start", "--help"]],
    [["sandbox", "up", "--help"]],
    [["relay", "--help"]],
  ])("prints its help and exits with 0: %j", async (args) => {
    const { code, stdout } = await kubemend(args).ended;
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: kubemend");
  });

  test.each([
    [["mend"]],
    [["start", "--twice"]],
    [["validate"]],
    [["relay", "--lease", "kubemend/x"]],
  ])("exits with 2 on wrong usage and says what is wrong: %j", async (args) => {
    const { code, stderr } = await kubemend(args).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: /);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test.each([
    ["no option that is needed", ["diff", "--json"], "required option '--config <file>' not"],
    ["an option that there is not", ["guards", "--json", "--twice"], "unknown option '--twice'"],
    [
      "no file",
      ["diff", "--json", "--config", "no.yaml", "--from", "a", "--to", "b"],
      "no.yaml: there is no such file",
    ],
    ["a pipeline that is not there", ["validate", "no.yaml", "--json"], "there is no such file"],
    [
      "a format of another name",
      ["move", "--plan", "--output=json", "--from", "a", "pods"],
      "--to",
    ],
  ])("with --json prints one JSON document with the error: %s", async (_what, args, message) => {
    const { code, stdout, stderr } = await kubemend(args).ended;
    expect(code).toBe(2);
    const { error, ...others } = JSON.parse(stdout) as { readonly error: string };
    expect(error).toContain(message);
    expect(error).not.toMatch(/^error: /);
    expect(others).toEqual({});
    expect(stderr).toContain(message);
  });

  test("without --json prints an error to stderr alone", async () => {
    const { stdout } = await kubemend(["validate", "no.yaml", "--", "--json"]).ended;
    expect(stdout).toBe("");
  });

  test("does not show its internal processes in the help", async () => {
    const { stdout } = await kubemend(["--help"]).ended;
    expect(stdout).not.toContain("internal");
  });
});

describe("an output that cannot be written", () => {
  const valid = join(findProjectRoot(), "sandbox", "pipeline.yaml");
  const script = join(findProjectRoot(), "dist", "kubemend.mjs");

  /** Runs it in a shell that redirects the output. */
  function shell(args: string, redirection: string): Promise<{ code: number; stderr: string }> {
    const command = `"${process.execPath}" "${script}" ${args} ${redirection}`;
    return new Promise((resolve) => {
      execFile("bash", ["-c", command], (error, _, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stderr }),
      );
    });
  }

  test.each([
    [`validate "${valid}"`],
    [`validate "${valid}" --json`],
    [`validate "${valid}" --rbac`],
    ["--help"],
    ["--version"],
  ])("%s exits 1 on a full disk, and says so in one line", async (args) => {
    const { code, stderr } = await shell(args, "> /dev/full");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^kubemend: standard output cannot be written: .*ENOSPC.*\n$/);
  });

  test("a reader that has closed it ends the command silently, with the exit code so far", async () => {
    const closed = '| true; exit "${PIPESTATUS[0]}"';
    expect(await shell(`validate "${valid}"`, closed)).toEqual({ code: 0, stderr: "" });
    const invalid = join(folder, "invalid.json");
    writeFileSync(invalid, "{}");
    expect(await shell(`validate "${invalid}" --json`, closed)).toEqual({ code: 1, stderr: "" });
  });

  test("an error that nobody can read keeps its exit code", async () => {
    const { code } = await shell(`validate "${join(folder, "absent.yaml")}"`, "2> /dev/full");
    expect(code).toBe(2);
  });
});

describe("a folder or an address that cannot be used", () => {
  const pipeline = join(findProjectRoot(), "sandbox", "pipeline.yaml");

  test.each([
    [["sandbox", "up", "--data-dir", "/proc/x"], "--data-dir /proc/x"],
    [["sandbox", "up", "--detach", "--data-dir", "/proc/x/y"], "--data-dir /proc/x/y"],
    [["sandbox", "up", "--data-dir", "/dev/null"], "--data-dir /dev/null"],
    [["relay", "--config", pipeline, "--state-dir", "/proc/x"], "--state-dir /proc/x"],
    [["relay", "--config", pipeline, "--state-dir", "/dev/null/x"], "--state-dir /dev/null/x"],
    [["relay", "--config", pipeline, "--listen", "127.0.0.1:99999"], "--listen"],
  ])("%j exits 2 and names the option", async (args, option) => {
    const environment = { KUBEMEND_CHANGES_QUEUE_URL: "http://127.0.0.1:1/0/changes.fifo" };
    const { code, stderr } = await kubemend(args, environment).ended;
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain(option);
    expect(stderr).not.toMatch(/\n\s+at |bug in Kubemend/);
  });

  test("start names the variable of its folder", async () => {
    const { code, stderr } = await kubemend(["start"], { XDG_CACHE_HOME: "/proc/x" }).ended;
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain("XDG_CACHE_HOME");
  });
});

describe("a command that is stopped while it starts", () => {
  /** Accepts connections and never answers. */
  async function startSilence(): Promise<{ readonly server: Server; readonly kubeconfig: string }> {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const kubeconfig = join(folder, "silent");
    const config = {
      "current-context": "c",
      clusters: [{ name: "c", cluster: { server: address } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      users: [{ name: "u", user: {} }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    return { server, kubeconfig };
  }

  test.each([
    ["SIGINT", 130, ["remediations"]],
    ["SIGINT", 130, ["remediations", "--watch"]],
    ["SIGINT", 130, ["approve", "name"]],
    ["SIGINT", 130, ["trigger", "rerun-failed-job", "jobs.batch/a/b"]],
    ["SIGINT", 130, ["validate", "sandbox/pipeline.yaml", "--context", "c"]],
    ["SIGINT", 130, ["relay", "--config", "sandbox/pipeline.yaml", "--state-dir", folder]],
    ["SIGTERM", 143, ["remediations"]],
  ] as const)("by %s exits %i, and says so: %j", async (signal, expected, args) => {
    const { server, kubeconfig } = await startSilence();
    const asked = once(server, "connection");
    const queue = `http://127.0.0.1:${(server.address() as AddressInfo).port}/0/changes.fifo`;
    const run = kubemend(args, {
      KUBECONFIG: kubeconfig,
      KUBEMEND_CHANGES_QUEUE_URL: queue,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "any",
      AWS_SECRET_ACCESS_KEY: "any",
    });
    await asked;
    run.process.kill(signal);
    const { code, stderr } = await run.ended;
    server.close();
    expect(stderr).toBe("Stopped.\n");
    expect(code).toBe(expected);
  });
});

describe("kubemend remediations without the right to list records", () => {
  test("names the right that the command needs, and forges no line with what the server says", async () => {
    const server = createHttpServer((_, response) =>
      response.writeHead(403).end(
        JSON.stringify({
          kind: "Status",
          reason: "Forbidden",
          message: "remediations.kubemend.dev is forbidden: \u001B[2J\nSucceeded forged",
        }),
      ),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const kubeconfig = join(folder, "forbidden");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        "current-context": "c",
        clusters: [{ name: "c", cluster: { server: address } }],
        contexts: [{ name: "c", context: { cluster: "c" } }],
      }),
    );
    const { code, stderr } = await kubemend(["remediations"], { KUBECONFIG: kubeconfig }).ended;
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain(
      'kubemend remediations needs this right in the namespace kubemend: {apiGroups: ["kubemend.dev"], resources: ["remediations"], verbs: ["list"]}',
    );
    expect(stderr).not.toContain("remove the rule");
    expect(stderr.trimEnd()).toMatch(/^[^\p{Cc}]*$/u);
  });
});

describe("kubemend validate", () => {
  test("accepts the sandbox's own pipeline and prints what it means", async () => {
    const file = join(findProjectRoot(), "sandbox", "pipeline.yaml");
    const { code, stdout } = await kubemend(["validate", file]).ended;
    expect(code).toBe(0);
    expect(stdout).toContain(
      "Acts once each time that the condition Failed of an object changes, by its lastTransitionTime",
    );
  });

  test("prints each issue with line, column and a hint, and exits with 1", async () => {
    const file = join(folder, "faulty.yaml");
    writeFileSync(
      file,
      [
        "apiVersion: kubemend.dev/v1alpha1",
        "kind: Pipeline",
        "cluster: { name: c }",
        "rules:",
        "  - id: a-rule",
        "    on: { resource: job.batch }",
        "    wher: 'true'",
        "    where: object.status.(",
        "    then: [ { alert: { to: x, summary: \"'s'\" } } ]",
        "",
      ].join("\n"),
    );
    const { code, stderr } = await kubemend(["validate", file]).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`${file}:6:21`);
    expect(stderr).toContain("jobs.batch");
    expect(stderr).toContain(`${file}:7:5`);
    expect(stderr).toContain("where");
    expect(stderr).toMatch(/faulty\.yaml:8:\d+/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test("says that a file does not exist", async () => {
    const { code, stderr } = await kubemend(["validate", join(folder, "absent.yaml")]).ended;
    expect(code).toBe(2);
    expect(stderr).toContain("absent.yaml");
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
