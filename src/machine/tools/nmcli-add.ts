import { strerror } from '../errno.ts'
import { stableUuid } from '../identity.ts'
import type { Machine, ProgramResult } from '../machine.ts'
import { IFCFG_FOLDER } from '../network/ifcfg.ts'
import { activate, addProfile } from '../network/manager.ts'
import { done, failed } from './program.ts'

/**
 * `nmcli connection add type bond|ethernet ...`: writes the profile as the ifcfg-rh plugin does and, unless told otherwise,
 * activates it when its device is there. Bonds and their ports, addresses and hw-tc-offload; other properties are refused.
 */
export async function addConnection(machine: Machine, words: readonly string[]): Promise<ProgramResult> {
  const given = properties(words)
  if ('error' in given) return failed(2, `Error: ${given.error}\n`)
  const { values } = given
  const type = values['type'] === 'bond-slave' ? 'ethernet' : values['type']
  if (type === undefined) return failed(2, "Error: 'type' argument is required.\n")
  if (type !== 'bond' && type !== 'ethernet') return failed(2, `Error: invalid connection type; '${type}'.\n`)
  const device = values['ifname']
  if (device === undefined) return failed(2, "Error: 'ifname' argument is required.\n")
  const master = values['master']
  const name = values['con-name'] ?? `${master === undefined ? type : 'bond-slave'}-${device}`
  const uuid = stableUuid(machine.state.name, `${name}/${machine.time.now()}`)
  const onBoot = !/^(no|false|off|0)$/i.test(values['autoconnect'] ?? 'yes')
  const lines = [
    ...(type === 'bond'
      ? [`BONDING_OPTS="${bondOptions(values)}"`, 'TYPE=Bond', 'BONDING_MASTER=yes']
      : ['TYPE=Ethernet']),
    ...(master === undefined ? addressLines(values) : []),
    `NAME=${/\s/.test(name) ? `"${name}"` : name}`,
    `UUID=${uuid}`,
    `DEVICE=${device}`,
    `ONBOOT=${onBoot ? 'yes' : 'no'}`,
    ...(master === undefined ? [] : [`MASTER=${master}`, 'SLAVE=yes']),
    ...(values['offload'] === undefined ? [] : [`ETHTOOL_OPTS="-K ${device} hw-tc-offload ${values['offload']}"`]),
  ]
  const added = await addProfile(machine, pathFor(machine, name), `${lines.join('\n')}\n`)
  if (!added.ok) return failed(1, `Error: Failed to add '${name}' connection: ${strerror(added.errno)}\n`)
  // What starts by itself does so in the background; that it cannot is no failure of adding it.
  if (onBoot && (type === 'bond' || machine.kernel.link(device))) await activate(machine, added.value)
  return done(`Connection '${name}' (${uuid}) successfully added.\n`)
}

/** The words that nmcli takes for one and the same, by the name used here. */
const spellings: Readonly<Record<string, string>> = {
  type: 'type',
  'connection.type': 'type',
  'con-name': 'con-name',
  'connection.id': 'con-name',
  ifname: 'ifname',
  'connection.interface-name': 'ifname',
  master: 'master',
  controller: 'master',
  'connection.master': 'master',
  'connection.controller': 'master',
  'slave-type': 'port-type',
  'port-type': 'port-type',
  'connection.slave-type': 'port-type',
  'connection.port-type': 'port-type',
  autoconnect: 'autoconnect',
  'connection.autoconnect': 'autoconnect',
  'bond.options': 'options',
  '+bond.options': 'options',
  mode: 'mode',
  miimon: 'miimon',
  'ipv4.method': 'method',
  'ipv4.addresses': 'address',
  ip4: 'address',
  'ipv6.method': 'method6',
  'ethtool.feature-hw-tc-offload': 'offload',
}

function properties(
  words: readonly string[],
): { readonly values: Readonly<Record<string, string>> } | { readonly error: string } {
  const values: Record<string, string> = {}
  for (let at = 0; at < words.length; at += 2) {
    const [word = '', value] = [words[at], words[at + 1]]
    const name = spellings[word]
    if (name === undefined) return { error: `invalid or not allowed setting '${word}'.` }
    if (value === undefined) return { error: `value for '${word}' is missing.` }
    values[name] = name === 'options' && values[name] !== undefined ? `${values[name]},${value}` : value
  }
  return { values }
}

function bondOptions(values: Readonly<Record<string, string>>): string {
  const options = Object.fromEntries(
    (values['options'] ?? '').split(/[,\s]+/).flatMap((each) => {
      const [name = '', value] = each.split('=')
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const all = {
    mode: values['mode'] ?? 'balance-rr',
    ...(values['miimon'] && { miimon: values['miimon'] }),
    ...options,
  }
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

function addressLines(values: Readonly<Record<string, string>>): readonly string[] {
  const [address, prefix = '32'] = (values['address'] ?? '').split('/')
  const method = values['method'] ?? (address ? 'manual' : 'auto')
  return [
    `BOOTPROTO=${method === 'auto' ? 'dhcp' : 'none'}`,
    ...(address ? [`IPADDR=${address}`, `PREFIX=${prefix}`] : []),
    ...(/^(disabled|ignore)$/.test(values['method6'] ?? '') ? ['IPV6INIT=no'] : []),
  ]
}

/** A file that is not there yet: a second profile of a name gets a number, as the plugin gives it. */
function pathFor(machine: Machine, name: string): string {
  const path = `${IFCFG_FOLDER}/ifcfg-${name.replaceAll(/[\s/]/g, '_')}`
  for (let number = 0; ; number++) {
    const wanted = number === 0 ? path : `${path}-${number}`
    if (!machine.files.stat(wanted, false).ok) return wanted
  }
}
