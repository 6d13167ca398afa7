import { strerror } from '../errno.ts'
import { stableUuid } from '../identity.ts'
import type { Machine, ProgramResult } from '../machine.ts'
import { IFCFG_FOLDER } from '../network/ifcfg.ts'
import { KEYFILE_FOLDER, keyfileText } from '../network/keyfile.ts'
import { activate, addProfile } from '../network/manager.ts'
import { done, failed } from './program.ts'

/**
 * `nmcli connection add type bond|ethernet ...`: writes the profile as the ifcfg-rh plugin or the keyfile plugin does and, unless told otherwise,
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
  const profile = { type, name, uuid, device, master: master ?? null, onBoot, values } as const
  // Red Hat's 8 writes ifcfg files, later ones keyfiles (NetworkManager's `[main] plugins`).
  const [path, text] =
    machine.state.profile.os === 'el8.4'
      ? [pathFor(machine, `${IFCFG_FOLDER}/ifcfg-${fileName(name)}`, ''), ifcfgText(profile)]
      : [pathFor(machine, `${KEYFILE_FOLDER}/${fileName(name)}`, '.nmconnection'), keyfileTextOf(profile)]
  const added = await addProfile(machine, path, text)
  if (!added.ok) return failed(1, `Error: Failed to add '${name}' connection: ${strerror(added.errno)}\n`)
  // What starts by itself does so in the background; that it cannot is no failure of adding it.
  if (onBoot && (type === 'bond' || machine.kernel.link(device))) await activate(machine, added.value)
  return done(`Connection '${name}' (${uuid}) successfully added.\n`)
}

interface NewProfile {
  readonly type: 'bond' | 'ethernet'
  readonly name: string
  readonly uuid: string
  readonly device: string
  readonly master: string | null
  readonly onBoot: boolean
  readonly values: Readonly<Record<string, string>>
}

function ifcfgText({ type, name, uuid, device, master, onBoot, values }: NewProfile): string {
  const options = Object.entries(bondOptions(values)).map(([option, value]) => `${option}=${value}`)
  const lines = [
    ...(type === 'bond'
      ? [`BONDING_OPTS="${options.join(' ')}"`, 'TYPE=Bond', 'BONDING_MASTER=yes']
      : ['TYPE=Ethernet']),
    ...(master === null ? addressLines(values) : []),
    `NAME=${/\s/.test(name) ? `"${name}"` : name}`,
    `UUID=${uuid}`,
    `DEVICE=${device}`,
    `ONBOOT=${onBoot ? 'yes' : 'no'}`,
    ...(master === null ? [] : [`MASTER=${master}`, 'SLAVE=yes']),
    ...(values['offload'] === undefined ? [] : [`ETHTOOL_OPTS="-K ${device} hw-tc-offload ${values['offload']}"`]),
  ]
  return `${lines.join('\n')}\n`
}

function keyfileTextOf({ type, name, uuid, device, master, onBoot, values }: NewProfile): string {
  const address = values['address']
  const method = values['method'] ?? (address ? 'manual' : 'auto')
  const offload = values['offload']
  return keyfileText([
    [
      'connection',
      [
        ['id', name],
        ['uuid', uuid],
        ['type', type],
        ...(onBoot ? [] : ([['autoconnect', 'false']] as const)),
        ...(master === null ? [] : ([['controller', master]] as const)),
        ['interface-name', device],
        ...(master === null ? [] : ([['port-type', 'bond']] as const)),
      ],
    ],
    ...(type === 'bond' ? [['bond', Object.entries(bondOptions(values))] as const] : []),
    ...(offload === undefined
      ? []
      : [['ethtool', [['feature-hw-tc-offload', offload === 'on' ? 'true' : 'false']]] as const]),
    ...(master === null
      ? ([
          ['ipv4', [...(address ? ([['address1', address]] as const) : []), ['method', method]]],
          ['ipv6', [['method', values['method6'] ?? 'auto']]],
        ] as const)
      : []),
  ])
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

function bondOptions(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const options = Object.fromEntries(
    (values['options'] ?? '').split(/[,\s]+/).flatMap((each) => {
      const [name = '', value] = each.split('=')
      return value === undefined ? [] : [[name, value]]
    }),
  )
  return {
    mode: values['mode'] ?? 'balance-rr',
    ...(values['miimon'] && { miimon: values['miimon'] }),
    ...options,
  }
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

const fileName = (name: string): string => name.replaceAll(/[\s/]/g, '_')

/** A file that is not there yet: a second profile of a name gets a number, as the plugins give it. */
function pathFor(machine: Machine, path: string, suffix: string): string {
  for (let number = 0; ; number++) {
    const wanted = `${number === 0 ? path : `${path}-${number}`}${suffix}`
    if (!machine.files.stat(wanted, false).ok) return wanted
  }
}
