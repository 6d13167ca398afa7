import type { Machine, ProgramResult } from '../machine.ts'
import type { Link } from '../state.ts'
import { addressJson, linkJson } from './ip-json.ts'
import { broadcastOf } from './ip-network.ts'
import { briefLine, headLine, linkLines } from './ip-text.ts'
import { done, failed } from './program.ts'

/** How ip is to show things. */
export interface Flags {
  readonly json: boolean
  readonly details: boolean
  readonly oneline: boolean
  readonly brief: boolean
  readonly family: 'inet' | 'inet6' | null
}

/** `ip link show` and `ip address show`, with the filters after them. */
export function show(machine: Machine, args: readonly string[], flags: Flags, what: 'link' | 'address'): ProgramResult {
  let name: string | null = null
  let master: string | null = null
  let upOnly = false
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    if (word === 'dev') name = args[++at] ?? ''
    else if (word === 'master') master = args[++at] ?? ''
    else if (word === 'up') upOnly = true
    else if (word === 'type') at++
    else name = word
  }
  for (const each of [name, master]) {
    if (each !== null && !machine.kernel.link(each)) return failed(1, `Device "${each}" does not exist.\n`)
  }
  const type = args[args.indexOf('type') + 1]
  const links = machine.kernel
    .links()
    .filter((each) => name === null || each.name === name)
    .filter((each) => master === null || each.master === master)
    .filter((each) => !upOnly || each.up)
    .filter((each) => !args.includes('type') || (type === 'bond' && each.bond !== null))
  if (what === 'link') return done(linkOutput(machine, links, flags))
  return done(addressOutput(machine, links, flags))
}

function linkOutput(machine: Machine, links: readonly Link[], flags: Flags): string {
  if (flags.json) return `${JSON.stringify(links.map((each) => linkJson(machine, each, flags.details)))}\n`
  if (flags.brief) return links.map((each) => `${briefLine(machine, each)}\n`).join('')
  return links
    .map((each) => joined([headLine(machine, each), ...linkLines(machine, each, flags.details)], flags))
    .join('')
}

function addressOutput(machine: Machine, links: readonly Link[], flags: Flags): string {
  const wanted = links.map((each) => ({
    ...each,
    addresses: each.addresses.filter(
      (one) => flags.family === null || one.includes(':') === (flags.family === 'inet6'),
    ),
  }))
  if (flags.json) return `${JSON.stringify(wanted.map((each) => addressJson(machine, each, flags.details)))}\n`
  if (flags.brief)
    return wanted
      .map((each) => `${briefLine(machine, each).slice(0, 32)}${each.addresses.map((one) => `${one} `).join('')}\n`)
      .join('')
  if (flags.oneline)
    return wanted
      .flatMap((each) => addressLines(each).map((lines) => `${each.ifindex}: ${each.name}${lines.join('\\')}\n`))
      .join('')
  return wanted
    .filter((each) => flags.family === null || each.addresses.length > 0)
    .map((each) => {
      const head = headLine(machine, each).replace(' mode DEFAULT', '')
      const [hardware = ''] = linkLines(machine, each, flags.details)
      return joined([head, ...(flags.family === null ? [hardware] : []), ...addressLines(each).flat()], flags)
    })
    .join('')
}

/** Two lines for each address. */
function addressLines(link: Link): readonly (readonly string[])[] {
  return link.addresses.map((each) => {
    const [local = '', prefix = ''] = each.split('/')
    const six = local.includes(':')
    const scope = link.kind === 'loopback' ? 'host' : local.startsWith('fe80:') ? 'link' : 'global'
    const broadcast = six || link.kind === 'loopback' ? '' : ` brd ${broadcastOf(local, Number(prefix))}`
    const label = six ? ' ' : ` ${link.name}`
    return [
      `    ${six ? 'inet6' : 'inet'} ${each}${broadcast} scope ${scope}${label}`,
      '       valid_lft forever preferred_lft forever',
    ]
  })
}

const joined = (lines: readonly string[], flags: Flags): string => `${lines.join(flags.oneline ? '\\' : '\n')}\n`
