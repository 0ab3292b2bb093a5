import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileExpression, type Bindings } from "../../core/cel/compile.ts";
import { FUNCTION_OPTIONS } from "../../infra/build/bundle-functions.ts";

/*
 * The functions' bundles leave out parts of the CEL library and of protobuf (infra/build/lean-protobuf.ts, cel-stand-ins.ts). What
 * they evaluate must not differ from what `validate` and `simulate` evaluate with the whole libraries.
 */
const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "kubemend-cel-"));
let bundled: typeof compileExpression;

beforeAll(async () => {
  await build({
    ...FUNCTION_OPTIONS,
    absWorkingDir: root,
    entryPoints: { cel: "core/cel/compile.ts" },
    outdir: folder,
    write: true,
  });
  const module = (await import(pathToFileURL(join(folder, "cel.mjs")).href)) as {
    readonly compileExpression: typeof compileExpression;
  };
  bundled = module.compileExpression;
});

afterAll(() => rmSync(folder, { recursive: true }));

const BINDINGS: Bindings = {
  object: {
    metadata: { name: "a", creationTimestamp: "2026-01-01T00:00:00.123456Z", labels: { app: "x" } },
    spec: { replicas: 3, ratio: 0.5, paused: false, none: null, list: [1, 2, 2], wait: "90s" },
  },
  change: { id: "1", kind: "modified", time: "2026-01-01T01:00:00Z", gap: false },
  references: [],
  cluster: { name: "c", uid: "u" },
  now: "2026-01-01T02:00:00.5Z",
};

const VALUES = [
  "timestamp(object.metadata.creationTimestamp)",
  "now",
  "duration(object.spec.wait)",
  'duration("-1.5s")',
  "object.spec.replicas",
  "object.spec.ratio",
  "object.spec.none",
  "object.spec.list",
  "object.spec",
  'b"bytes"',
  "7u",
  "type(now)",
  "type(object)",
  "[1, 2.0, 'x', true, null]",
  '{"a": 1, "b": [now]}',
];

const OPERATIONS = [
  "now - timestamp(object.metadata.creationTimestamp) > duration('1h')",
  "timestamp('2026-01-01T00:00:00Z') + duration('1h') == timestamp(change.time)",
  "duration('1h') == duration('60m') && duration('1h') != duration('61m')",
  "duration('1h') + duration('1m') - duration('30s')",
  "now == now && now != timestamp('2026-01-01T00:00:00Z')",
  "now in [now, timestamp('2026-01-01T00:00:00Z')]",
  "{'t': now} == {'t': now}",
  "[duration('1s')] == [duration('1000ms')]",
  "now.getHours() + now.getFullYear() + now.getDayOfWeek('Europe/Berlin')",
  "duration('90s').getMinutes()",
  "int(now) + int(duration('5s')) + int('7') + int(2.5)",
  "uint(7) == 7u && double(7) == 7.0 && double('7.5') == 7.5",
  "timestamp(0) < now",
  "'a'.size() + size(object.spec.list) + size({'x': 1})",
  "object.spec.list.filter(x, x > 1).map(x, x * 2)",
  "object.spec.list.exists_one(x, x == 1)",
  "has(object.spec.none) || has(object.spec.missing)",
  "object.spec.missing == 1",
  "object.spec.missing == 1 || true",
  "1 / 0",
  "timestamp('never')",
  "duration('1 day')",
  "'x' + 1",
  "dyn(1) == dyn('1')",
  "object == object",
  "bytes('x') == b'x'",
  "string(b'\\xff')",
  "9223372036854775807 + 1",
  "object.spec.ratio * 100.0",
  "google.protobuf.Timestamp{seconds: 1}",
  "google.protobuf.Any{}",
];

test.each([...VALUES, ...OPERATIONS, ...VALUES.map((source) => `string(${source})`)])(
  "%s has the same result in a bundle",
  (source) => {
    const evaluate = (compile: typeof compileExpression): unknown => {
      const compiled = compile(source);
      return compiled.ok ? compiled.value.evaluate(BINDINGS) : compiled.error;
    };
    expect(evaluate(bundled)).toEqual(evaluate(compileExpression));
  },
);
