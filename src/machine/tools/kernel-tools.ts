import type { ProgramResult, Tool } from '../machine.ts'
import { releases } from '../profiles/releases.ts'
import { done, failed } from './program.ts'

/** dmesg(1): the log with seconds since boot; -T shows the time of day, -c and -C clear. */
export const dmesg: Tool = ({ machine, args }) => {
  const { state } = machine
  const stamp = (at: number): string => {
    if (args.includes('-t') || args.includes('--notime')) return ''
    if (args.includes('-T') || args.includes('--ctime')) return `[${ctime(state.boot.at + at)}] `
    return `[${at.toFixed(6).padStart(12)}] `
  }
  const text = state.dmesg.map((line) => `${stamp(line.at)}${line.text}\n`).join('')
  if (args.includes('-C') || args.includes('--clear') || args.includes('-c')) state.dmesg = []
  return done(args.includes('-C') || args.includes('--clear') ? '' : text)
}

/** `Thu Jan  1 00:00:00 2026` */
function ctime(seconds: number): string {
  const date = new Date(seconds * 1000)
  const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  const time = date.toISOString().slice(11, 19)
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${time} ${date.getUTCFullYear()}`
}

/** uname(1). */
export const uname: Tool = ({ machine, args }) => {
  const { kernel, build } = releases[machine.state.profile.os]
  const letters = new Set(args.length === 0 ? ['s'] : args.flatMap((arg) => [...arg.replace(/^-/, '')]))
  const all = letters.has('a')
  const parts: readonly (readonly [string, string])[] = [
    ['s', 'Linux'],
    ['n', hostnameOf(machine)],
    ['r', kernel],
    ['v', build],
    ['m', 'x86_64'],
    ['p', 'x86_64'],
    ['i', 'x86_64'],
    ['o', 'GNU/Linux'],
  ]
  return done(
    `${parts
      .filter(([letter]) => all || letters.has(letter))
      .map(([, text]) => text)
      .join(' ')}\n`,
  )
}

/** hostname(1): the short and the full name are the same here. */
export const hostname: Tool = ({ machine, args }) => {
  if (args[0] === '-I' || args[0] === '-i') {
    const addresses = machine.kernel
      .links()
      .filter((link) => link.kind !== 'loopback')
      .flatMap((link) => link.addresses)
    return done(`${addresses.map((each) => `${each.split('/')[0]} `).join('')}\n`)
  }
  return done(`${args[0] === '-s' ? hostnameOf(machine).split('.', 1)[0] : hostnameOf(machine)}\n`)
}

const hostnameOf = (machine: Parameters<Tool>[0]['machine']): string => {
  const content = machine.files.read('/proc/sys/kernel/hostname')
  return content.ok ? Buffer.from(content.value).toString('utf8').trim() : machine.state.name
}

/** Modules of the model that can be loaded; loading one that is there changes nothing. */
const loadable =
  /^(mlx5_core|mlx5_ib|vfio|vfio[-_]pci|vfio[-_]iommu[-_]type1|bonding|openvswitch|8021q|sch_ingress|cls_flower|act_mirred)$/

/** modprobe(8). Removing a driver that is in use is refused. */
export const modprobe: Tool = ({ machine, args }) => {
  const remove = args.some((arg) => arg === '-r' || arg === '--remove')
  const names = args.filter((arg) => !arg.startsWith('-') && !arg.includes('='))
  const { kernel } = releases[machine.state.profile.os]
  const [name = ''] = names
  const unknown = names.find((each) => !loadable.test(each))
  if (unknown !== undefined)
    return failed(1, `modprobe: FATAL: Module ${unknown} not found in directory /lib/modules/${kernel}\n`)
  return remove ? failed(1, `modprobe: FATAL: Module ${name.replaceAll('-', '_')} is in use.\n`) : done()
}

/** lsmod(8). */
export const lsmod: Tool = ({ machine }) => {
  const content = machine.files.read('/proc/modules')
  const names = content.ok
    ? Buffer.from(content.value)
        .toString('utf8')
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ', 1)[0] ?? '')
    : []
  return done(
    `Module                  Size  Used by\n${names.map((name) => `${name.padEnd(19)} ${'65536'.padStart(8)}  0\n`).join('')}`,
  )
}

/** udevadm(8): settle waits for the names of new interfaces, trigger --action=add has them named anew, info shows what rules set; rules are read whenever they are used, so control has nothing to do. */
export const udevadm: Tool = async ({ machine, args }): Promise<ProgramResult> => {
  const [command = '', ...rest] = args
  switch (command) {
    case 'settle': {
      const given = /^(?:--timeout=|-t)(\d+)$/.exec(rest.join('').replace('--timeout', '--timeout=').replace('==', '='))
      const limit = machine.time.now() + Number(given?.[1] ?? 120)
      await machine.time.sleep(0.5)
      while (machine.kernel.unnamed() > 0 && machine.time.now() < limit) await machine.time.sleep(0.1)
      return machine.kernel.unnamed() > 0 ? failed(1, '') : done()
    }
    case 'trigger':
      if (rest.some((word) => /^(--action=|-c)add$/.test(word)) || rest.join(' ').includes('-c add'))
        machine.kernel.triggerNames()
      return done()
    case 'info': {
      const name = rest.find((word) => word.startsWith('/sys/class/net/'))?.slice('/sys/class/net/'.length)
      const link = name === undefined ? undefined : machine.kernel.link(name)
      if (name === undefined) return done()
      if (!link) return failed(1, `Unknown device "/sys/class/net/${name}": No such device\n`)
      const lines = [
        ['INTERFACE', link.name],
        ['IFINDEX', String(link.ifindex)],
        ['SUBSYSTEM', 'net'],
      ]
      return done(
        [...lines, ...Object.entries(link.properties ?? {})].map(([key, text]) => `${key}=${text}\n`).join(''),
      )
    }
    case 'control':
      return done()
    default:
      return failed(1, `${command}: unknown command\n`)
  }
}
