// Keeps invocations apart that run at once in one process. Functions here run one at a time, and the logger then asks the
// environment for the trace id.
export {};
