// Runs before the scripts in TypeScript: explains what to do if Node is too old. Plain JavaScript for any Node.
const REQUIRED_MAJOR = 24;

if (Number(process.versions.node.split(".")[0]) < REQUIRED_MAJOR) {
  console.error(
    `Kubemend needs Node ${REQUIRED_MAJOR} or later, but this is Node ${process.versions.node}.\n` +
      'Run "npm ci" (without --ignore-scripts), which installs the right Node for all npm scripts.',
  );
  process.exit(1);
}
