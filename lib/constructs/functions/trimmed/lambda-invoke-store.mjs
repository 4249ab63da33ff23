// Separates concurrent invocations in one process. Here invocations run one at a time, and the logger then reads the
// trace id from the environment.
export {};
