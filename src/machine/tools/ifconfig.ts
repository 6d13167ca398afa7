import { errorTexts } from '../errno.ts'
import { carrierOf } from '../kernel/carrier.ts'
import type { Machine, ProgramResult, Tool } from '../machine.ts'
import type { Link } from '../state.ts'
import { absent, done, failed, installed } from './program.ts'

/** ifconfig(8) of net-tools 2: shows interfaces, and sets `up`, `down`, `mtu`, an address with its netmask. */
export const ifconfig: Tool = ({ machine, args }) => {
  if (!installed(machine, 'net-tools')) return absent('ifconfig')
  const [name, ...words] = args.filter((arg) => arg !== '-a')
  if (name?.startsWith('-')) {
    return failed(1, `ifconfig: option \`${name}' not recognised.\nifconfig: \`--help' gives usage information.\n`)
  }
  const all = machine.kernel.links()
  if (name === undefined) {
    const links = args.includes('-a') ? all : all.filter((link) => link.up)
    return done(
      [...links]
        .sort(byName)
        .map((link) => shown(machine, link))
        .join(''),
    )
  }
  const link = all.find((each) => each.name === name)
  if (words.length > 0) return set(machine, name, words)
  return link
    ? done(shown(machine, link))
    : failed(1, `${name}: error fetching interface information: Device not found\n`)
}

function set(machine: Machine, name: string, words: readonly string[]): ProgramResult {
  const link = machine.kernel.link(name)
  if (!link) return failed(255, `${name}: ERROR while getting interface flags: No such device\n`)
  const queue = [...words]
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === 'up' || word === 'down') {
      const result = machine.kernel.setLinkUp(name, word === 'up')
      if (!result.ok) return failed(255, `SIOCSIFFLAGS: ${errorTexts[result.errno]}\n`)
    } else if (word === 'mtu') {
      const mtu = Number(queue.shift())
      if (!(mtu >= 68 && mtu <= 65536)) return failed(1, 'SIOCSIFMTU: Invalid argument\n')
      link.mtu = mtu
    } else if (word === 'netmask') {
      const [address] = link.addresses
      if (address !== undefined) link.addresses = [`${address.split('/')[0]}/${prefixOf(queue.shift() ?? '')}`]
    } else if (/^\d+(\.\d+){3}(\/\d+)?$/.test(word)) {
      // An address takes the interface up, as SIOCSIFADDR does.
      link.addresses = [word.includes('/') ? word : `${word}/24`]
      machine.kernel.setLinkUp(name, true)
    } else return failed(1, `${word}: Unknown host\nifconfig: \`--help' gives usage information.\n`)
  }
  return done()
}

function shown(machine: Machine, link: Link): string {
  const loopback = link.kind === 'loopback'
  const flags = flagsOf(machine, link)
  const number = flags.reduce((sum, [, bit]) => sum + bit, 0)
  const { counters: count } = link
  const lines = [
    `${link.name}: flags=${number}<${flags.map(([name]) => name).join(',')}>  mtu ${link.mtu}`,
    ...link.addresses.map((address) => addressLine(link, address)),
    loopback ? 'loop  txqueuelen 1000  (Local Loopback)' : `ether ${link.mac}  txqueuelen 1000  (Ethernet)`,
    `RX packets ${count.rx_packets}  bytes ${count.rx_bytes} (${readable(count.rx_bytes)})`,
    'RX errors 0  dropped 0  overruns 0  frame 0',
    `TX packets ${count.tx_packets}  bytes ${count.tx_bytes} (${readable(count.tx_bytes)})`,
    'TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0',
  ]
  return `${lines.join('\n        ')}\n\n`
}

function flagsOf(machine: Machine, link: Link): readonly (readonly [string, number])[] {
  const loopback = link.kind === 'loopback'
  const slave = link.master !== null && machine.state.links[link.master]?.bond != null
  // In the order and with the numbers of net-tools' lib/interface.c and linux/if.h.
  const every: readonly (readonly [string, number, boolean])[] = [
    ['UP', 1, link.up],
    ['BROADCAST', 2, !loopback],
    ['LOOPBACK', 8, loopback],
    ['RUNNING', 0x40, carrierOf(machine.state, link)],
    ['PROMISC', 0x100, link.master === 'ovs-system'],
    ['SLAVE', 0x800, slave],
    ['MASTER', 0x400, link.bond !== null],
    ['MULTICAST', 0x1000, !loopback],
  ]
  return every.flatMap(([name, bit, has]): (readonly [string, number])[] => (has ? [[name, bit]] : []))
}

function addressLine(link: Link, address: string): string {
  const [local = '', prefix = '32'] = address.split('/')
  if (local.includes(':')) {
    const scope = link.kind === 'loopback' ? '0x10<host>' : local.startsWith('fe80:') ? '0x20<link>' : '0x0<global>'
    return `inet6 ${local}  prefixlen ${prefix}  scopeid ${scope}`
  }
  const mask = 2 ** 32 - 2 ** (32 - Number(prefix))
  const broadcast = (toNumber(local) - (toNumber(local) % (2 ** 32 - mask)) + (2 ** 32 - mask) - 1) % 2 ** 32
  return `inet ${local}  netmask ${dotted(mask)}${link.kind === 'loopback' ? '' : `  broadcast ${dotted(broadcast)}`}`
}

/** `926453922` is `883.5 MiB`. */
function readable(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let [value, at] = [bytes, 0]
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024
    at++
  }
  return `${value.toFixed(1)} ${units[at]}`
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
const prefixOf = (mask: string): number => [...toNumber(mask).toString(2)].filter((bit) => bit === '1').length
const byName = (a: Link, b: Link): number => (a.name < b.name ? -1 : 1)
