/** What became of a task on a host. `lost`: the link died and what the host did is unknown until looked at. */
export type Outcome =
  | 'ok'
  | 'changed'
  | 'skipped'
  | 'failed'
  | 'unreachable'
  | 'lost'
  | 'ignored'
  | 'rescued'
  | 'unpredicted'

/** The counters of one host in the recap; as in Ansible's, `ok` includes `changed` and `ignored` ones. `lost` counts as unreachable. */
export interface Counters {
  readonly ok: number
  readonly changed: number
  readonly unreachable: number
  readonly failed: number
  readonly skipped: number
  readonly rescued: number
  readonly ignored: number
  readonly unpredicted: number
}

/** Wrong on a host: what happened there, for people and for machines. */
export interface Failure {
  /** One sentence. */
  readonly message: string
  /** The next move, when one is known. */
  readonly hint?: string
  /** The step or command that failed, as text. */
  readonly command?: string
  readonly exit_status?: number
  readonly stdout?: string
  readonly stderr?: string
  /** Where the task stands: `playbooks/vflag-lacp.yaml:41:7`. */
  readonly path?: string
}
