import type { Machine, ProgramResult, ToolCall } from '../machine.ts'
import type { Domain } from '../state.ts'

/** What a command says. */
export interface Said extends ProgramResult {
  /** What `-q` leaves out. */
  readonly chat?: string
}

/** A command with what it was given. */
export interface Request {
  readonly call: ToolCall
  readonly machine: Machine
  /** The domain that the command names, where it takes one. */
  readonly domain: Domain | null
  readonly words: readonly string[]
  readonly has: (flag: string) => boolean
  readonly value: (option: string) => string | undefined
}

/** Says this on stdout. */
export const print = (stdout: string): Said => ({ status: 0, stdout, stderr: '' })
/** Says this on stdout unless `-q` asks for silence. */
export const chat = (text: string): Said => ({ status: 0, stdout: '', stderr: '', chat: text })
