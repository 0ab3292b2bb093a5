// Reads vitest's JSON report, refuses skips that nobody gave a reason for, and prints the closing line.
import { readFileSync } from "node:fs";

const status = Number(process.argv[2]);
// By test name: {reason, inCi}. What CI has installed may not be skipped there.
const allowed = JSON.parse(readFileSync("test/skips.json", "utf8"));
const isAllowed = (name) =>
  Object.hasOwn(allowed, name) && (allowed[name].inCi || process.env.CI !== "true");

let report;
try {
  report = JSON.parse(readFileSync("dist/test-report.json", "utf8"));
} catch (error) {
  console.error(`No test report: ${error.message}. The tests did not run to their end.`);
  process.exit(1);
}

const tests = report.testResults.flatMap((file) =>
  file.assertionResults.map((test) => ({ name: test.fullName.trim(), status: test.status })),
);
const count = (wanted) => tests.filter((test) => test.status === wanted).length;
const skipped = tests.filter((test) => test.status !== "passed" && test.status !== "failed");
const unexplained = skipped.filter((test) => !isAllowed(test.name));
const broken = report.testResults.filter(
  (file) =>
    file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
);

for (const test of skipped) {
  console.log(
    `skipped: ${test.name}: ${allowed[test.name]?.reason ?? "no reason in test/skips.json"}`,
  );
}
for (const file of broken) console.error(`failed to run: ${file.name}: ${file.message}`);

const passed = count("passed");
const failed = count("failed") + broken.length;
if (passed === 0) console.error("No test has passed, so nothing is shown.");
if (unexplained.length > 0)
  console.error(`${unexplained.length} skipped without a reason in test/skips.json.`);
// Such as the coverage being below its floor, which vitest reports above.
if (status !== 0 && failed === 0)
  console.error(`npm test failed with exit code ${status} although no test did: see above.`);
console.log(
  `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`,
);
process.exit(status !== 0 || failed > 0 || passed === 0 || unexplained.length > 0 ? 1 : 0);
