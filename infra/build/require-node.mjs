// Before the scripts that run TypeScript: says clearly what is wrong where Node is too old. Plain JavaScript for any Node.
const REQUIRED_MAJOR = 24;

if (Number(process.versions.node.split(".")[0]) < REQUIRED_MAJOR) {
  console.error(
    `Kubemend needs Node ${REQUIRED_MAJOR} or later, and this is Node ${process.versions.node}.\n` +
      'Run "npm ci" (without --ignore-scripts): it brings the right Node along for all npm scripts.',
  );
  process.exit(1);
}
