import { startGuarded } from "../../../../sandbox/host/guarded-process.ts";

// Owns a command that has its own child process, and waits to be killed.
startGuarded({
  command: "sh",
  args: ["-c", `sleep ${process.argv[2]} & sleep ${process.argv[2]}`],
  environment: process.env,
  output: 1,
});
setInterval(() => {}, 60_000);
