import { cardOfLink, pfOf } from '../kernel/card.ts'
import { carrierOf } from '../kernel/carrier.ts'
import { hasHwTcOffload } from '../kernel/links.ts'
import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { kernelOf } from '../profiles/kernels.ts'
import { releases } from '../profiles/releases.ts'
import { userlandOf } from '../profiles/userland.ts'
import type { Link } from '../state.ts'
import { attribute } from './ip-text.ts'
import { done, failed } from './program.ts'

/** ethtool(8): settings, -i, -k, -K, -S, -l. */
export const ethtool: Tool = ({ machine, args }) => {
  const json = args[0] === '--json'
  const [option = '', ...rest] = json ? args.slice(1) : args
  if (option === '--version' || option === '-V')
    return done(`ethtool version ${releases[machine.state.profile.os].ethtool}\n`)
  const name = option.startsWith('-') ? (rest[0] ?? '') : option
  if (name === '') return failed(1, 'ethtool: bad command line argument(s)\nFor more information run ethtool -h\n')
  const link = machine.kernel.link(name)
  if (!link) return noDevice(machine, option)
  switch (option) {
    case '-i':
    case '--driver':
      return driver(machine, link)
    case '-k':
    case '--show-features':
    case '--show-offload':
      return features(machine, link, json)
    case '-K':
    case '--features':
    case '--offload':
      return setFeatures(machine, link, rest.slice(1))
    case '-S':
    case '--statistics':
      return statistics(machine, link)
    case '-l':
    case '--show-channels':
      return done(channels(link))
    default:
      return option.startsWith('-')
        ? failed(1, `ethtool: bad command line argument(s)\nFor more information run ethtool -h\n`)
        : settings(machine, link)
  }
}

const isOld = (machine: Machine): boolean => userlandOf(machine).ancient

/** The netlink ethtool ends with 92, the ioctl one with a sentence that depends on what was asked. */
function noDevice(machine: Machine, option: string): ProgramResult {
  if (!isOld(machine) && option !== '-i' && option !== '-S')
    return failed(92, 'netlink error: no device matches name (offset 24)\nnetlink error: No such device\n')
  const texts: Readonly<Record<string, [number, string]>> = {
    '-i': [71, 'Cannot get driver information: No such device'],
    '-k': [1, 'Cannot get device feature names: No such device'],
    '-K': [1, 'Cannot get device feature names: No such device'],
    '-S': [96, 'no stats available'],
  }
  const [status, text] = texts[option] ?? [75, 'Cannot get device settings: No such device\nNo data available']
  return failed(status, `${text}\n`)
}

function driver(machine: Machine, link: Link): ProgramResult {
  const { profile } = machine.state
  const pci = pfOf(machine.state, link)
  const kinds: Readonly<Record<Link['kind'], string>> = {
    loopback: '',
    management: 'e1000e',
    pf: pci?.eswitch.mode === 'switchdev' ? kernelOf(machine).uplinkDriver : 'mlx5_core',
    vf: 'mlx5_core',
    representor: 'mlx5e_rep',
    bond: 'bonding',
    vlan: '802.1Q VLAN Support',
    ovs: 'openvswitch',
  }
  const name = kinds[link.kind]
  if (name === '') return failed(71, 'Cannot get driver information: Operation not supported\n')
  const onCard = ['pf', 'vf', 'representor'].includes(link.kind)
  const bus =
    link.kind === 'pf' && name === 'mlx5_core'
      ? pci?.pci
      : link.kind === 'vf'
        ? pci?.vfs.find((vf) => vf.index === link.port?.vf)?.pci
        : link.kind === 'management'
          ? '0000:00:1f.6'
          : ''
  const yes = onCard || link.kind === 'management' ? 'yes' : 'no'
  return done(
    [
      `driver: ${name}`,
      `version: ${isOld(machine) && onCard ? '5.0-0' : releases[profile.os].kernel}`,
      `firmware-version: ${onCard ? cardOfLink(machine.state, link)?.firmwareVersion : link.kind === 'bond' ? '2' : ''}`,
      'expansion-rom-version: ',
      `bus-info: ${bus ?? ''}`,
      `supports-statistics: ${yes}`,
      `supports-test: ${link.kind === 'pf' ? 'yes' : 'no'}`,
      'supports-eeprom-access: no',
      'supports-register-dump: no',
      `supports-priv-flags: ${link.kind === 'pf' ? 'yes' : 'no'}`,
      '',
    ].join('\n'),
  )
}

/** Features in ethtool's order; subordinate ones are indented. hw-tc-offload is what matters here. */
function featureList(link: Link): readonly (readonly [string, boolean, boolean])[] {
  const onCard = hasHwTcOffload(link)
  return [
    ['rx-checksumming', true, link.kind === 'loopback'],
    ['tx-checksumming', true, false],
    ['\ttx-checksum-ipv4', false, true],
    ['\ttx-checksum-ip-generic', true, false],
    ['scatter-gather', true, false],
    ['\ttx-scatter-gather', true, false],
    ['\ttx-scatter-gather-fraglist', false, true],
    ['tcp-segmentation-offload', true, false],
    ['\ttx-tcp-segmentation', true, false],
    ['generic-segmentation-offload', true, false],
    ['generic-receive-offload', true, false],
    ['large-receive-offload', false, !onCard],
    ['rx-vlan-offload', onCard, !onCard],
    ['ntuple-filters', false, !onCard],
    ['receive-hashing', onCard, !onCard],
    ['hw-tc-offload', onCard && link.hwTcOffload, !onCard],
    ['esp-hw-offload', false, true],
    ['rx-udp_tunnel-port-offload', onCard, !onCard],
  ]
}

function features(machine: Machine, link: Link, json: boolean): ProgramResult {
  if (json && isOld(machine))
    return failed(1, 'ethtool: bad command line argument(s)\nFor more information run ethtool -h\n')
  if (json) {
    const entries = featureList(link).map(([name, active, fixed]) => [
      name.trim(),
      { active, fixed, requested: active },
    ])
    return done(`${JSON.stringify([{ ifname: link.name, ...Object.fromEntries(entries) }], null, 4)}\n`)
  }
  const lines = featureList(link).map(([name, on, fixed]) => `${name}: ${on ? 'on' : 'off'}${fixed ? ' [fixed]' : ''}`)
  return done(`Features for ${link.name}:\n${lines.join('\n')}\n`)
}

function setFeatures(machine: Machine, link: Link, words: readonly string[]): ProgramResult {
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at] ?? ''
    const value = words[at + 1]
    if (value !== 'on' && value !== 'off')
      return failed(1, 'ethtool: bad command line argument(s)\nFor more information run ethtool -h\n')
    if (name !== 'hw-tc-offload') {
      if (!featureList(link).some(([feature]) => feature.trim() === name))
        return failed(1, `ethtool: bad command line argument(s)\nFor more information run ethtool -h\n`)
      continue
    }
    const result = machine.kernel.setHwTcOffload(link.name, value === 'on')
    if (result.ok || (value === 'off' && result.errno === 'EOPNOTSUPP')) continue
    return failed(
      1,
      'Could not change any device features\n',
      `Actual changes:\nhw-tc-offload: ${value === 'on' ? 'off' : 'on'} [requested ${value}]\n`,
    )
  }
  return done()
}

function statistics(machine: Machine, link: Link): ProgramResult {
  const { rx_packets, tx_packets, rx_bytes, tx_bytes } = link.counters
  const software = { rx_packets, rx_bytes, tx_packets, tx_bytes }
  const pf = pfOf(machine.state, link)
  const lines = Object.entries(
    link.kind === 'pf' && pf
      ? {
          ...software,
          rx_vport_unicast_packets: rx_packets,
          rx_vport_unicast_bytes: rx_bytes,
          tx_vport_unicast_packets: tx_packets,
          tx_vport_unicast_bytes: tx_bytes,
          tx_packets_phy: pf.counters.tx_packets_phy,
          rx_packets_phy: pf.counters.rx_packets_phy,
          rx_crc_errors_phy: 0,
          tx_bytes_phy: pf.counters.tx_bytes_phy,
          rx_bytes_phy: pf.counters.rx_bytes_phy,
          rx_discards_phy: 0,
          tx_discards_phy: 0,
          tx_errors_phy: 0,
          rx_symbol_err_phy: 0,
          link_down_events_phy: pf.counters.link_down_events_phy,
        }
      : link.kind === 'representor'
        ? { ...software, ...vportCounters(link) }
        : link.kind === 'vf' || link.kind === 'management'
          ? software
          : {},
  )
  if (lines.length === 0) return failed(94, 'no stats available\n')
  return done(`NIC statistics:\n${lines.map(([name, count]) => `     ${name}: ${count}\n`).join('')}`)
}

/** Hardware counters of the VF's port on the switch: they count offloaded packets as well. */
function vportCounters(link: Link): Readonly<Record<string, number>> {
  const vport = link.vport ?? link.counters
  return {
    vport_rx_packets: vport.rx_packets,
    vport_rx_bytes: vport.rx_bytes,
    vport_tx_packets: vport.tx_packets,
    vport_tx_bytes: vport.tx_bytes,
  }
}

function channels(link: Link): string {
  const combined = ['pf', 'vf', 'representor'].includes(link.kind) ? 16 : 1
  const block = `RX:\t\t0\nTX:\t\t0\nOther:\t\t0\nCombined:\t${combined}\n`
  return `Channel parameters for ${link.name}:\nPre-set maximums:\n${block}Current hardware settings:\n${block}\n`
}

function settings(machine: Machine, link: Link): ProgramResult {
  const carrier = carrierOf(machine.state, link)
  const speed = attribute(machine, link, 'speed')
  const known = speed !== null && speed !== '-1'
  return done(
    [
      `Settings for ${link.name}:`,
      `\tSupported ports: [ ${link.kind === 'pf' ? 'FIBRE' : link.kind === 'management' ? 'TP' : ''} ]`,
      '\tSupported link modes:   Not reported',
      '\tSupported pause frame use: Symmetric',
      '\tSupports auto-negotiation: Yes',
      `\tSpeed: ${known ? `${speed}Mb/s` : 'Unknown!'}`,
      `\tDuplex: ${known ? 'Full' : 'Unknown! (255)'}`,
      '\tAuto-negotiation: on',
      `\tPort: ${link.kind === 'pf' ? 'FIBRE' : 'Other'}`,
      '\tPHYAD: 0',
      '\tTransceiver: internal',
      `\tLink detected: ${carrier ? 'yes' : 'no'}`,
      '',
    ].join('\n'),
  )
}
