import { tryLock } from "../../../../sandbox/host/file-lock.ts";

// Holds the lock until it is killed. Its parent reads "held" or "refused".
const lock = tryLock(process.argv[2] ?? "");
process.stdout.write(lock === undefined ? "refused" : "held");
if (lock !== undefined) setInterval(() => {}, 60_000);
