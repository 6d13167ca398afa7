import { refused } from '../errno.ts'
import { pfOf } from '../kernel/card.ts'
import { setVfAttributes, type VfRequest, vfLinkState } from '../kernel/vf-attributes.ts'
import type { Machine, ProgramResult, Sys } from '../machine.ts'
import type { Link } from '../state.ts'
import { failed } from './program.ts'

/** What follows `ip link set PF vf N`, all of it one request; or what ip itself says of a word that it does not take (iproute2, ip/iplink.c, iplink_parse_vf). */
export function parseVfWords(words: readonly string[]): VfRequest | ProgramResult {
  const request: VfRequest = {}
  for (let at = 0; at < words.length; at += 2) {
    const word = words[at] ?? ''
    const value = words[at + 1] ?? ''
    const wrong = take(request, word, value)
    if (wrong) return wrong
  }
  return request
}

function take(request: VfRequest, word: string, value: string): ProgramResult | null {
  switch (word) {
    case 'mac':
      if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(value)) return failed(1, 'Invalid "mac" value\n')
      request.mac = value.toLowerCase()
      return null
    case 'trust':
    case 'spoofchk':
      if (value !== 'on' && value !== 'off')
        return failed(1, `Error: argument of "${word}" must be "on" or "off", not "${value}"\n`)
      request[word] = value === 'on'
      return null
    case 'state':
      if (value !== 'auto' && value !== 'enable' && value !== 'disable') return invalid(word, value)
      request.linkState = value
      return null
    case 'vlan':
    case 'qos':
    case 'rate':
    case 'max_tx_rate':
    case 'min_tx_rate':
      if (!/^\d{1,9}$/.test(value)) return invalid(word, value)
      request[numbers[word]] = Number(value)
      return null
    default:
      return failed(255, `Error: either "vf" is duplicate, or "${word}" is a garbage.\n`)
  }
}

/** `rate` is the older word for the upper limit. */
const numbers = {
  vlan: 'vlan',
  qos: 'qos',
  rate: 'maxTxRate',
  max_tx_rate: 'maxTxRate',
  min_tx_rate: 'minTxRate',
} as const

const invalid = (word: string, value: string): ProgramResult =>
  failed(255, `Error: argument "${value}" is wrong: Invalid "${word}" value\n\n`)

/** Hands a request to the kernel: only a port of the card has VFs. */
export function requestOfVf(machine: Machine, link: Link | undefined, index: number, request: VfRequest): Sys {
  const pf = link?.kind === 'pf' ? pfOf(machine.state, link) : undefined
  if (!pf) return refused('EOPNOTSUPP')
  const vf = pf.vfs.find((each) => each.index === index)
  return vf ? setVfAttributes(pf, vf, request) : refused('EINVAL')
}

/** The VFs of a PF, a line each (iproute2, ip/ipaddress.c, print_vfinfo). */
export function vfLines(machine: Machine, link: Link): readonly string[] {
  const pf = pfOf(machine.state, link)
  if (!pf) return []
  return pf.vfs.map((vf) =>
    [
      `    vf ${vf.index}     link/ether ${vf.mac} brd ff:ff:ff:ff:ff:ff`,
      ...(vf.vlan?.id ? [`vlan ${vf.vlan.id}`] : []),
      ...(vf.vlan?.qos ? [`qos ${vf.vlan.qos}`] : []),
      ...(vf.maxTxRate ? [`tx rate ${vf.maxTxRate} (Mbps)`, `max_tx_rate ${vf.maxTxRate}Mbps`] : []),
      ...(vf.minTxRate ? [`min_tx_rate ${vf.minTxRate}Mbps`] : []),
      `spoof checking ${onOff(vf.spoofchk)}`,
      `link-state ${vfLinkState(machine.state, pf, vf)}`,
      `trust ${onOff(vf.trust)}`,
      'query_rss off',
    ].join(', '),
  )
}

/** The same as JSON; without VFs there is no list. */
export function vfInfo(machine: Machine, link: Link): Readonly<Record<string, unknown>> {
  const pf = link.kind === 'pf' ? pfOf(machine.state, link) : undefined
  if (!pf || pf.vfs.length === 0) return {}
  return {
    vfinfo_list: pf.vfs.map((vf) => ({
      vf: vf.index,
      link_type: 'ether',
      address: vf.mac,
      broadcast: 'ff:ff:ff:ff:ff:ff',
      vlan_list: [{ ...(vf.vlan?.id && { vlan: vf.vlan.id }), ...(vf.vlan?.qos && { qos: vf.vlan.qos }) }],
      ...(vf.maxTxRate && { tx_rate: vf.maxTxRate }),
      rate: { max_tx: vf.maxTxRate ?? 0, min_tx: vf.minTxRate ?? 0 },
      spoofchk: vf.spoofchk ?? false,
      link_state: vfLinkState(machine.state, pf, vf),
      trust: vf.trust ?? false,
      query_rss_en: false,
    })),
  }
}

const onOff = (on: true | undefined): string => (on ? 'on' : 'off')
