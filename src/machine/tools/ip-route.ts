import type { Machine, ProgramResult } from '../machine.ts'
import { contains } from './ip-network.ts'
import { done, failed } from './program.ts'

/** `ip route` and `ip route get`: over the interface in whose network the address is, else over the management port's gateway. */
export function routes(machine: Machine, args: readonly string[], json: boolean): ProgramResult {
  const links = machine.kernel.links().filter((link) => link.up && link.kind !== 'loopback')
  const addressed = links.filter((link) => link.addresses.length > 0)
  const management = addressed.find((link) => link.kind === 'management') ?? addressed[0]
  const source = management?.addresses[0]?.split('/')[0] ?? ''
  if (args[0] !== 'get') {
    const gateway = source.replace(/\d+$/, '254')
    return done(management ? `default via ${gateway} dev ${management.name} proto static metric 100 \n` : '')
  }
  const wanted = args[1] ?? ''
  const near = links.find((link) => link.addresses.some((each) => contains(each, wanted)))
  const via = near ?? management
  const own = via?.addresses.find((each) => !each.includes(':'))?.split('/')[0] ?? ''
  if (!via) return failed(2, 'RTNETLINK answers: Network is unreachable\n')
  const gateway = near ? null : own.replace(/\d+$/, '254')
  if (json) {
    const answer = {
      dst: wanted,
      ...(gateway !== null && { gateway }),
      dev: via.name,
      prefsrc: own,
      flags: [],
      uid: 0,
      cache: [],
    }
    return done(`${JSON.stringify([answer])}\n`)
  }
  return done(`${wanted}${gateway === null ? '' : ` via ${gateway}`} dev ${via.name} src ${own} uid 0 \n    cache \n`)
}
