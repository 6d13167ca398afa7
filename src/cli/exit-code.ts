/** What the program's exit status means. Runs compute 0, 2, 3, 4 and 130 (src/run/recap.ts). */
export const exitCode = {
  ok: 0,
  bug: 1,
  hostFailed: 2,
  changesPending: 3,
  hostUnreachable: 4,
  /** Usage, playbook, inventory, template or config is wrong; no host was contacted. */
  wrongInput: 5,
  interrupted: 130,
} as const
