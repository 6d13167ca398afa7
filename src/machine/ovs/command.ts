import type { Database } from './tables.ts'

/** One command of an ovs-vsctl call (`--` separates them) with its own options: `--may-exist add-port br0 eth0`. */
export interface Command {
  readonly name: string
  readonly words: readonly string[]
  /** Options without a value are entered with an empty one. */
  readonly options: ReadonlyMap<string, string>
}

/** How a command prints records: `-f`, `--no-headings`. */
export interface Style {
  readonly format: 'list' | 'table' | 'json' | 'csv'
  readonly headings: boolean
}

/** What a command gave: output, or the message that ends the whole call (nothing of it is done then). `status` is 2 for br-exists. */
export type Answer =
  | { readonly ok: true; readonly out: string; readonly added?: readonly string[] }
  | { readonly ok: false; readonly message: string; readonly status?: number }

/** Carries out a command on the state of its transaction. */
export type Perform = (db: Database, command: Command, style: Style) => Answer

/** The words that a command takes, at least and at most, and the options that it knows. */
export interface CommandSpec {
  readonly least: number
  readonly most: number
  readonly options: readonly string[]
  readonly perform: Perform
}

/** A command that printed something, or nothing. */
export const said = (out = ''): Answer => ({ ok: true, out })
/** A command that failed. */
export const refused = (message: string, status?: number): Answer =>
  status === undefined ? { ok: false, message } : { ok: false, message, status }
