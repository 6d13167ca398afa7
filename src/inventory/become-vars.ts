import type { Secret } from '../shared/secret.ts'
import { didYouMean } from '../shared/text.ts'
import type { VariableReader } from './variable-reader.ts'

/** What a host's variables say of becoming another user; null: nothing. */
export interface BecomeVars {
  readonly wanted: boolean | null
  readonly method: 'sudo' | 'su' | null
  readonly user: string | null
  readonly password: Secret | null
}

/** The variables that {@link readBecome} reads, Ansible's older names among them. */
export const becomeVarNames: readonly string[] = [
  'ansible_become',
  'ansible_become_method',
  'ansible_become_user',
  'ansible_sudo_user',
  'ansible_become_password',
  'ansible_become_pass',
  'ansible_sudo_pass',
]

/** Reads `ansible_become` and its companions; the reader collects what is wrong with them. */
export function readBecome(read: VariableReader): BecomeVars {
  return {
    wanted: read.flag('ansible_become'),
    method: methodOf(read),
    user: read.text('ansible_become_user', 'ansible_sudo_user') ?? null,
    password: read.secret('ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass'),
  }
}

function methodOf(read: VariableReader): BecomeVars['method'] {
  const word = read.text('ansible_become_method')
  if (word === undefined) return null
  if (word === 'sudo' || word === 'su') return word
  read.refuse('ansible_become_method', `is "${word}", but must be sudo or su`, didYouMean(word, ['sudo', 'su']))
  return null
}
