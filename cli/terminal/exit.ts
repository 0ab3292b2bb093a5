/** Exit codes that scripts rely on. */
export const EXIT_OK = 0;
/** The command ran and the answer is no, or something that it depends on failed. */
export const EXIT_FAILED = 1;
/** The command was used wrongly: flags, files, configuration. */
export const EXIT_MISUSE = 2;
