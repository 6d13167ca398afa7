import type { Become } from '../host/host.ts'
import { readBecome } from '../inventory/become-vars.ts'
import { VariableReader } from '../inventory/variable-reader.ts'
import type { BecomeDefaults } from '../run/context.ts'
import { exitCode } from './exit-code.ts'
import type { RunFlags } from './options.ts'
import { askPassword } from './screen.ts'
import { Stop, stop } from './stop.ts'
import { connectionVars, type World } from './world.ts'

/** `-b`, `--become-user`, `--become-method`, `-K`: the password is asked for also when only the playbook wants to become somebody. */
export async function becomeOf(flags: RunFlags): Promise<BecomeDefaults> {
  const given = {
    wanted: flags.become,
    ...(flags.becomeUser !== undefined && { user: flags.becomeUser }),
    ...(flags.becomeMethod !== undefined && { method: flags.becomeMethod }),
  }
  if (!flags.askBecomePass) return given
  const password = await askPassword('Password to become another user: ')
  if (password === null)
    throw stop('--ask-become-pass needs a terminal to ask on', 'set ansible_become_password in the inventory instead')
  if (password === 'interrupted') throw new Stop([], exitCode.interrupted)
  return { ...given, password }
}

/** As whom a host is looked at without a playbook: what the inventory says of it, else the command line; null for the login user. */
export function becomeOn(world: World, host: string, defaults: BecomeDefaults): Become | null {
  // What is wrong with these variables was said when the way to the host was checked (openHosts).
  const said = readBecome(new VariableReader(connectionVars(world, host)))
  if (!(said.wanted ?? defaults.wanted)) return null
  const password = said.password ?? defaults.password
  return {
    method: said.method ?? defaults.method ?? 'sudo',
    user: said.user ?? defaults.user ?? 'root',
    ...(password && { password }),
  }
}
