/** Exit codes that scripts rely on. */
export const EXIT_OK = 0;
/** The command ran and the answer is no, or something that it depends on failed. */
export const EXIT_FAILED = 1;
/** The command was used wrongly: flags, files, configuration. */
export const EXIT_MISUSE = 2;
/** Ctrl-C (SIGINT) stopped the command before it was done. 128 + the signal's number, as shells report it. */
export const EXIT_INTERRUPTED = 130;
/** SIGTERM stopped the command before it was done. */
export const EXIT_TERMINATED = 143;
